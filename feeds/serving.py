"""What a crawler is answered: which bytes of which build, under which conditions (RFC 9110). No I/O here."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

import msgspec

from feeds.records import Published


class Coding(StrEnum):
    """How the bytes of an answer are made from the stored ones, which are gzip."""

    STORED = "stored"
    """The .gz itself."""
    AS_ENCODING = "as_encoding"
    """The stored bytes under Content-Encoding: gzip."""
    UNPACKED = "unpacked"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as it matters. `packed`: the address ended in .gz."""

    packed: bool
    accept_encoding: str = ""
    authorization: str = ""
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_range: str | None = None
    range: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`start` and `size` are of the bytes as `coding` makes them; 0 bytes: only the headers."""

    status: int
    headers: Mapping[str, str]
    coding: Coding = Coding.STORED
    start: int = 0
    size: int = 0


def may_read(feed: Published, secret: str) -> bool:
    return compare_digest(feed.secret.encode(), secret.encode("utf-8", "replace"))


def is_admitted(feed: Published, authorization: str) -> bool:
    """Whether the request may see a feed that asks for a name and a password."""
    if feed.auth_user is None or feed.auth_password_sha256 is None:
        return True
    user, password = _basic(authorization)
    same_user = compare_digest(user.encode(), feed.auth_user.encode())
    same_password = compare_digest(sha256(password.encode()).hexdigest(), feed.auth_password_sha256)
    return same_user and same_password


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, credentials = authorization.partition(" ")
    try:
        decoded = b64decode(credentials, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        decoded = ""
    user, _, password = decoded.partition(":")
    return user, password


def answer(feed: Published, asked: Asked) -> Answer:
    """To a request that is let in, for a feed that has been built."""
    coding = _coding(asked)
    tag, moment = _tag(feed, coding), feed.published_at or datetime.fromtimestamp(0, UTC)
    headers = {
        "etag": tag,
        "last-modified": format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "cache-control": "private, no-cache",
        "accept-ranges": "bytes",
        "x-robots-tag": "noindex",
    }
    if not asked.packed:
        headers["vary"] = "accept-encoding"
    if _is_unchanged(asked, tag, moment):
        return Answer(status=304, headers=headers)
    headers["content-type"] = "application/gzip" if coding is Coding.STORED else feed.media_type
    if coding is Coding.AS_ENCODING:
        headers["content-encoding"] = "gzip"
    whole = feed.raw_bytes if coding is Coding.UNPACKED else feed.packed_bytes
    return _ranged(asked, headers, coding, whole, tag, moment)


def _coding(asked: Asked) -> Coding:
    """A part of a file means a part of the file itself, so that ranges are never of an encoded one."""
    if asked.packed:
        return Coding.STORED
    return Coding.AS_ENCODING if asked.range is None and _accepts_gzip(asked.accept_encoding) else Coding.UNPACKED


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in {"gzip", "x-gzip"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _tag(feed: Published, coding: Coding) -> str:
    """Strong: each coding has its own bytes."""
    return f'"{feed.digest.hex()[:32]}{"-" + coding.value if coding is not Coding.STORED else ""}"'


def _is_unchanged(asked: Asked, tag: str, moment: datetime) -> bool:
    if asked.if_none_match is not None:
        given = [each.strip().removeprefix("W/") for each in asked.if_none_match.split(",")]
        return tag in given or "*" in given
    since = _moment(asked.if_modified_since)
    return since is not None and moment.replace(microsecond=0) <= since


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _ranged(asked: Asked, headers: dict[str, str], coding: Coding, whole: int, tag: str, moment: datetime) -> Answer:
    if asked.range is None or not _range_still_holds(asked.if_range, tag, moment):
        return Answer(status=200, headers={**headers, "content-length": str(whole)}, coding=coding, size=whole)
    wanted = parse_range(asked.range, whole)
    if wanted is None:
        return Answer(status=200, headers={**headers, "content-length": str(whole)}, coding=coding, size=whole)
    start, size = wanted
    if size <= 0:
        return Answer(status=416, headers={**headers, "content-range": f"bytes */{whole}", "content-length": "0"})
    headers = {**headers, "content-range": f"bytes {start}-{start + size - 1}/{whole}", "content-length": str(size)}
    return Answer(status=206, headers=headers, coding=coding, start=start, size=size)


def _range_still_holds(if_range: str | None, tag: str, moment: datetime) -> bool:
    if if_range is None or if_range == tag:
        return True
    since = _moment(if_range) if not if_range.startswith(('"', "W/")) else None
    return since is not None and since == moment.replace(microsecond=0)


def parse_range(header: str, whole: int) -> tuple[int, int] | None:
    """Start and size of the one range that is asked for; a size of 0: it lies outside. None: not understood, or several, which may be
    ignored."""
    unit, _, spec = header.partition("=")
    first, dash, last = (part.strip() for part in spec.strip().partition("-"))
    if unit.strip().lower() != "bytes" or not dash or "," in spec or not (first or last):
        return None
    if not all(part.isascii() and part.isdigit() for part in (first, last) if part):
        return None
    if not first:
        size = min(int(last), whole)
        return whole - size, size
    start, end = int(first), min(int(last), whole - 1) if last else whole - 1
    if last and int(last) < start:
        return None
    return (start, end - start + 1) if start < whole else (0, 0)
