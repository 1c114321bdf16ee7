"""A bare ASGI application that answers every request with the same bytes: the floor that the server itself sets.

`python -m tests.benchmarks.bare PORT FILE` serves the file's bytes, on uvicorn with uvloop and httptools as `spoina serve` does.
"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

Message = dict[str, Any]


def application(body: bytes) -> Callable[..., Awaitable[None]]:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    content = Path(sys.argv[2]).read_bytes()
    uvicorn.run(
        application(content), port=int(sys.argv[1]), loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="warning"
    )
