"""What may be asked of stock: limits, each named in its error."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b

import msgspec

from spoina.errors import InvalidInput, LimitExceeded
from spoina.inventory.types import Command, HoldLine, HoldRequest, MoveLine

MOST_LINES = 200
MOST_UNITS = 1_000_000
SHORTEST_TTL, LONGEST_TTL = timedelta(seconds=1), timedelta(days=30)
"""Whole seconds count."""
LONGEST_REFERENCE = 200
LONGEST_NOTE = 1000
_TOO_LARGE_ID = 2**63
_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,29}")

_encode = msgspec.msgpack.Encoder(enc_hook=str).encode


def digest_of(*facts: object) -> bytes:
    """By which a command that is sent again is told from another one under the same key."""
    return blake2b(_encode(facts), digest_size=16).digest()


def check_hold(request: HoldRequest) -> None:
    """Raises InvalidInput or LimitExceeded."""
    lines = request.lines
    if not 0 < len(lines) <= MOST_LINES:
        _check_number_of_lines(lines)
    check_channel(request.channel)
    check_ttl(request.ttl)
    check_text("holder.reference", request.holder.reference)
    for place, line in enumerate(lines):
        if not (0 < line.units <= MOST_UNITS and 0 < line.item < _TOO_LARGE_ID):
            _check_line(place, line, least=1)
        if line.location is not None and not 0 < line.location < _TOO_LARGE_ID:
            raise InvalidInput(f"lines[{place}].location", "is no id")


def check_ttl(ttl: timedelta) -> None:
    if not SHORTEST_TTL <= ttl <= LONGEST_TTL:
        raise InvalidInput("ttl", f"must be between one second and {LONGEST_TTL.days} days")


@lru_cache(maxsize=1000)
def _is_channel(name: str) -> bool:
    return _CHANNEL.fullmatch(name) is not None


def check_channel(channel: str) -> None:
    if not _is_channel(channel):
        raise InvalidInput("channel", "must be a short name of lower-case letters, digits, _ and -")


def check_text(field: str, text: str) -> None:
    """A name of somebody else's: one line."""
    if not 0 < len(text) <= LONGEST_REFERENCE:
        raise LimitExceeded(field, LONGEST_REFERENCE, "characters, at least one")
    if not text.isprintable():
        raise InvalidInput(field, "contains a character that cannot be printed")


def check_note(field: str, text: str) -> None:
    """What people write: nothing, or several lines."""
    if len(text) > LONGEST_NOTE:
        raise LimitExceeded(field, LONGEST_NOTE, "characters")
    if "\0" in text:
        raise InvalidInput(field, "contains the character NUL")


def check_command(command: Command, lines: Sequence[MoveLine], *, least: int, empty: bool = False) -> None:
    """`least`: the smallest number of units a line may have. `empty`: there may be no lines."""
    if lines or not empty:
        _check_number_of_lines(lines)
    check_text("source", command.source)
    check_text("reference", command.reference)
    check_note("actor", command.actor)
    check_note("note", command.note)
    for place, line in enumerate(lines):
        _check_line(place, line, least=least)


def check_items_once(lines: Sequence[MoveLine]) -> None:
    if len({line.item for line in lines}) < len(lines):
        raise InvalidInput("lines", "name each item once")


def _check_number_of_lines(lines: Sequence[object]) -> None:
    if not lines:
        raise InvalidInput("lines", "at least one is needed")
    if len(lines) > MOST_LINES:
        raise LimitExceeded("lines", MOST_LINES, "lines")


def _check_line(place: int, line: HoldLine | MoveLine, *, least: int) -> None:
    if not least <= line.units <= MOST_UNITS:
        raise InvalidInput(f"lines[{place}].units", f"must be between {least} and {MOST_UNITS}")
    if not 0 < line.item < _TOO_LARGE_ID:
        raise InvalidInput(f"lines[{place}].item", "is no id")
