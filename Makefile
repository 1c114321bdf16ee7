PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: demo test lint bench relevance fuzz-graphql fuzz-rest clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(VENV)/bin/spoina demo

test: $(READY)
	$(VENV)/bin/pytest -n logical

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(READY)
	$(VENV)/bin/python -m tests.benchmarks

relevance: $(READY)
	$(VENV)/bin/python -m tests.relevance

fuzz-graphql: $(READY)
	$(VENV)/bin/python -m tests.property.fuzz_graphql

fuzz-rest: $(READY)
	$(VENV)/bin/python -m tests.property.fuzz_rest

clean:
	rm -rf $(VENV) .spoina
