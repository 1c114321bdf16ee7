"""The outermost application: opens what the program stands on when the server starts, and answers with what was made of it."""

import gc
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Literal, cast

from litestar.types import ASGIApp, LifeSpanReceive, LifeSpanScope, LifeSpanSend, LifeSpanSendMessage, Receive, Scope, Send

from spoina.errors import SpoinaError

SELDOM = 25_000, 20, 50
"""Of objects made and not yet freed: a request leaves a few hundred, nearly none of them in circles, and with Python's 700 every other
request would look for circles."""

OpenApplication = Callable[[], AbstractAsyncContextManager[ASGIApp]]


class Spoina:
    """An ASGI application over one that exists only while the server runs."""

    def __init__(self, open_application: OpenApplication) -> None:
        self._open = open_application
        self._application: ASGIApp | None = None

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend) -> None:
        if scope["type"] == "lifespan":
            await self._live(cast("LifeSpanReceive", receive), cast("LifeSpanSend", send))
        elif self._application:
            await self._application(scope, cast("Receive", receive), cast("Send", send))
        else:
            raise RuntimeError("the server sent a request before it started the application")

    async def _live(self, receive: LifeSpanReceive, send: LifeSpanSend) -> None:
        phase: Literal["startup", "shutdown"] = "startup"
        await receive()
        try:
            async with self._open() as self._application:
                # What was made until here lives as long as the process: walking it again and again would cost each request.
                gc.collect()
                gc.freeze()
                gc.set_threshold(*SELDOM)
                await send({"type": "lifespan.startup.complete"})
                phase = "shutdown"
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
        except SpoinaError as error:
            await send(_failed(phase, str(error)))
        finally:
            self._application = None


def _failed(phase: Literal["startup", "shutdown"], message: str) -> LifeSpanSendMessage:
    if phase == "startup":
        return {"type": "lifespan.startup.failed", "message": message}
    return {"type": "lifespan.shutdown.failed", "message": message}
