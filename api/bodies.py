"""Request bodies are read whole, up to a limit that stands in the refusal."""

from litestar.types import Receive, ReceiveMessage

from spoina.errors import InvalidInput, LimitExceeded


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
