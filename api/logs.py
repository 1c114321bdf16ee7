"""Logs: one JSON object a line in production, coloured lines in development; never a secret."""

import logging
import re
import sys

import msgspec
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

SECRET = re.compile(r"\b(sp_(?:web|app|pos|server|staff)_|ck_|cs_)[A-Za-z0-9_-]{6,}")
PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
QUIET = ("httpx", "httpcore", "uvicorn.access")
"""They log addresses with signatures in them, or every request."""


def configure_logs(*, development: bool, level: int = logging.INFO) -> None:
    """The standard library's loggers (ours, and every library's) through structlog's formatter, to standard error.

    Tracebacks are plain: the pretty ones print local variables, and those hold keys.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=_processors(development=development), foreign_pre_chain=_described())
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.configure(
        processors=[*_described(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(text: str) -> str:
    """Keys and passwords that found their way into a message are cut to their beginning: a second fence, not the first."""
    return PASSWORD_IN_URL.sub(r"\1…@", SECRET.sub(r"\1…", text))


def _described() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_uvicorns_colours,
    ]


def _without_uvicorns_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Uvicorn says some things a second time, in colours."""
    event.pop("color_message", None)
    return event


def _processors(*, development: bool) -> list[Processor]:
    rendering: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if development
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    )
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering, _redacted]


def _json(event: EventDict, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def _redacted(_: WrappedLogger, __: str, line: EventDict | str) -> str:
    return redact(str(line))
