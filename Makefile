PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
PACKAGES := spoina channels search feeds api graphql deploy

INSTALL := $(VENV)/bin/pip install --quiet --disable-pip-version-check --no-compile

# Where bytecode may not be written, each of the hundred processes that the suite starts compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint bench relevance fuzz-graphql fuzz-rest clean

# The pip that comes with Python 3.11 takes four times as long over the lock as today's, and compiles on one core.
$(READY): requirements.lock .ci/pip.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --require-hashes -r .ci/pip.lock
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	-$(VENV)/bin/python -m compileall -q -j 0 $(VENV)/lib $(PACKAGES)
	touch $(READY)

demo: $(READY)
	$(VENV)/bin/spoina demo

test: $(READY)
	$(VENV)/bin/pytest -n logical

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --num-workers auto
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
