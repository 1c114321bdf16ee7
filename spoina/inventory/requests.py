"""What may be asked of stock: limits, each named in its error."""

import re
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b

import msgspec

from spoina.errors import InvalidInput, LimitExceeded
from spoina.inventory.types import Command, HoldLine, HoldRequest, MoveLine

MOST_LINES = 200
MOST_UNITS = 1_000_000
LONGEST_TTL = timedelta(days=30)
LONGEST_REFERENCE = 200
_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,29}")

_encode = msgspec.msgpack.Encoder(enc_hook=str).encode


def digest_of(*facts: object) -> bytes:
    """By which a command that is sent again is told from another one under the same key."""
    return blake2b(_encode(facts), digest_size=16).digest()


def check_hold(request: HoldRequest) -> None:
    """Raises InvalidInput or LimitExceeded."""
    _check_number_of_lines(request.lines)
    check_channel(request.channel)
    check_ttl(request.ttl)
    if not 0 < len(request.holder.reference) <= LONGEST_REFERENCE:
        raise LimitExceeded("holder.reference", LONGEST_REFERENCE, "characters, at least one")
    for place, line in enumerate(request.lines):
        _check_line(place, line, least=1)


def check_ttl(ttl: timedelta) -> None:
    if not timedelta(seconds=1) <= ttl <= LONGEST_TTL:
        raise InvalidInput("ttl", f"must be between one second and {LONGEST_TTL.days} days")


def check_channel(channel: str) -> None:
    if not _CHANNEL.fullmatch(channel):
        raise InvalidInput("channel", "must be a short name of lower-case letters, digits, _ and -")


def check_command(command: Command, lines: Sequence[MoveLine], *, least: int) -> None:
    """`least`: the smallest number of units a line may have."""
    _check_number_of_lines(lines)
    for field in ("source", "reference"):
        if not 0 < len(getattr(command, field)) <= LONGEST_REFERENCE:
            raise LimitExceeded(field, LONGEST_REFERENCE, "characters, at least one")
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
    if not 0 < line.item < 2**63:
        raise InvalidInput(f"lines[{place}].item", "is no id")
