import json
import logging

import pytest

from api.logs import configure_logs, redact

TOKEN = "sp_staff_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Bearer {TOKEN} came", "Bearer sp_staff_… came"),
        ("?consumer_key=ck_0123456789abcdef&x=1", "?consumer_key=ck_…&x=1"),
        ("cs_0123456789abcdef", "cs_…"),
        ("postgresql://spoina:hunter2@db/spoina", "postgresql://spoina:…@db/spoina"),
        ("postgres://postgres@/spoina?host=/x", "postgres://postgres@/spoina?host=/x"),
    ],
)
def test_secrets_are_cut(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize("development", [True, False])
def test_no_secret_is_logged(capsys, development):
    configure_logs(development=development)
    logger = logging.getLogger("anybody")
    logger.warning("a key: %s", TOKEN, extra={"header": f"Bearer {TOKEN}"})
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logger.exception("it failed with %s", TOKEN)
    written = capsys.readouterr().err
    assert "sp_staff_…" in written
    assert TOKEN not in written
    assert "Traceback" in written


def test_production_logs_are_one_object_a_line(capsys):
    configure_logs(development=False)
    logging.getLogger("anybody").warning("two\nlines: %s", 2, extra={"count": 3})
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {"event": "two\nlines: 2", "level": "warning", "logger": "anybody", "count": 3}
