"""Request bodies are read whole, up to a limit that stands in the refusal."""

import re

import msgspec
from litestar.types import Receive, ReceiveMessage

from spoina.errors import InvalidInput, LimitExceeded

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a body raises: it is no JSON or of another shape, no UTF-8, nested too deeply."""
_MEMBER = re.compile(r"Object (missing required|contains unknown) field `(.+)`")
_WITHOUT_NUL = r"matching regex '^[^\\x00]*$'"


class BodyTooLarge(LimitExceeded):
    def __init__(self, limit: int) -> None:
        super().__init__("body", limit, "bytes")


async def read_body(receive: Receive, declared_length: str | bytes | None, limit: int) -> bytes:
    """Raises BodyTooLarge as soon as that is known, InvalidInput where the client hung up half-way."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body") and len(whole := message.get("body", b"")) <= limit:
        return whole  # nearly every request comes in one piece
    part, more = _part(message)
    if declared_length and declared_length.isdigit() and int(declared_length) > limit:
        raise BodyTooLarge(limit)
    parts, size = [part], len(part)
    while size <= limit:
        if not more:
            return b"".join(parts)
        part, more = _part(await receive())
        parts.append(part)
        size += len(part)
    raise BodyTooLarge(limit)


def _part(message: ReceiveMessage) -> tuple[bytes, bool]:
    """And whether more comes."""
    if message["type"] != "http.request":
        raise InvalidInput("body", "ended before it was complete")
    return message.get("body", b""), message.get("more_body", False)


def unreadable(error: Exception, whole: str = "body") -> InvalidInput:
    """One of UNREADABLE, told of the field that is to be mended; `whole` where that is no single one."""
    match error:
        case msgspec.ValidationError():
            reason, _, path = str(error).partition(" - at `$")
            return misfit(path.rstrip("`").lstrip("."), reason, whole)
        case UnicodeDecodeError():
            return InvalidInput(whole, f"is no UTF-8: {error}")
        case RecursionError():
            return InvalidInput(whole, "is nested too deeply")
        case _:
            return InvalidInput(whole, f"is no JSON: {error}")


def misfit(path: str, reason: str, whole: str = "body") -> InvalidInput:
    """`reason`: msgspec's words about what stands at `path`, which is empty for all of it."""
    if member := _MEMBER.fullmatch(reason):
        what = "must be there" if member[1].startswith("missing") else "is not known here"
        return InvalidInput(".".join(filter(None, (path, member[2]))), what)
    if reason.endswith(_WITHOUT_NUL):
        return InvalidInput(path or whole, "contains the character NUL")
    return InvalidInput(path or whole, reason)
