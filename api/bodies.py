"""Request bodies are read whole, up to a limit that stands in the refusal."""

from litestar.types import Receive

from spoina.errors import InvalidInput, LimitExceeded


class BodyTooLarge(LimitExceeded):
    def __init__(self, limit: int) -> None:
        super().__init__("body", limit, "bytes")


async def read_body(receive: Receive, declared_length: str | None, limit: int) -> bytes:
    """Raises BodyTooLarge as soon as that is known, InvalidInput where the client hung up half-way."""
    if declared_length and declared_length.isdigit() and int(declared_length) > limit:
        raise BodyTooLarge(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise InvalidInput("body", "ended before it was complete")
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge(limit)
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)
