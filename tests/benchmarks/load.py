"""A small load generator: keep-alive connections that each send one request after the other, as fast as they are answered."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit


class Request:
    """One request as bytes, made once and sent often."""

    def __init__(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._wire = "\r\n".join([*lines, "", ""]).encode() + body

    @property
    def wire(self) -> bytes:
        return self._wire


class FreshRequest(Request):
    """A request whose NUMBER is another one each time, so that no answer can be given again."""

    NUMBER = b"#########"

    def __init__(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        super().__init__(url, body, headers)
        self._before, self._after = self._wire.split(self.NUMBER)
        self._sent = 0

    @property
    def wire(self) -> bytes:
        self._sent += 1
        return b"%s%09d%s" % (self._before, self._sent, self._after)


async def send_many(request: Request, count: int, connections: int) -> bytes:
    """Sends `count` requests in all over so many connections; returns the last answer's body. Raises on anything but 200."""
    shares = [count // connections] * connections
    answers: Sequence[bytes] = await asyncio.gather(*(_send(request, share) for share in shares))
    return answers[-1]


async def _send(request: Request, count: int) -> bytes:
    reader, writer = await asyncio.open_connection(request.host, request.port)
    body = b""
    for _ in range(count):
        writer.write(request.wire)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        body = await reader.readexactly(_length(head))
    writer.close()
    await writer.wait_closed()
    return body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise RuntimeError("the answer has no Content-Length")
