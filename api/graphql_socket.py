"""GraphQL over a WebSocket at /graphql: the protocol graphql-transport-ws, as its clients (graphql-ws, Apollo, urql) speak it.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, read in 2026. The key travels in the request's headers, or, because a
browser cannot set those, in connection_init's payload: {"authorization": "Bearer …"}.
"""

import asyncio
from enum import IntEnum

import msgspec
from litestar.types import Receive, Send
from litestar.types import WebSocketScope as SocketScope

from api.askers import Asker, Askers
from api.authentication import DIALECT_HEADERS
from api.clients import CLIENT_HEADERS
from spoina.errors import Forbidden, Throttled, TooManyStreams, Unauthorized
from storefront.errors import Code, Problem, Refused
from storefront.requests import parse_post
from storefront.throttling import pay_for_request

PROTOCOL = "graphql-transport-ws"
MOST_SUBSCRIPTIONS = 20
MESSAGE_BYTES = 64 * 1024


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: until connection_init must have come, and between two looks whether the key is still good."""

    init: float = 10.0
    key: float = 15.0


class Close(IntEnum):
    BAD_MESSAGE = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    WRONG_PROTOCOL = 4406
    INIT_TIMEOUT = 4408
    ID_TAKEN = 4409
    INIT_TWICE = 4429
    TOO_LARGE = 1009
    TOO_MANY = 1013


REASONS = {
    Close.UNAUTHORIZED: "Unauthorized",
    Close.FORBIDDEN: "Forbidden",
    Close.WRONG_PROTOCOL: f"Subprotocol not acceptable: {PROTOCOL} is spoken",
    Close.INIT_TIMEOUT: "Connection initialisation timeout",
    Close.INIT_TWICE: "Too many initialisation requests",
    Close.TOO_LARGE: f"At most {MESSAGE_BYTES} bytes a message",
}


class Message(msgspec.Struct, frozen=True):
    type: str
    id: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"null")


class _Closed(Exception):
    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason or REASONS.get(Close(code), "")


_decode = msgspec.json.Decoder(Message).decode
_decode_payload = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_encode = msgspec.json.Encoder().encode


class GraphQLSocket:
    """What is common to all connections."""

    def __init__(self, askers: Askers, patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
        self._askers, self._patience = askers, patience

    async def __call__(self, scope: SocketScope, receive: Receive, send: Send) -> None:
        await receive()
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
            await _close(send, Close.WRONG_PROTOCOL, REASONS[Close.WRONG_PROTOCOL])
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL, "headers": []})
        connection = _Connection(self._askers, self._patience, scope, receive, send)
        try:
            await connection.serve()
        except _Closed as closed:
            await _close(send, closed.code, closed.reason)
        except ConnectionError:
            pass  # the client is gone
        finally:
            await connection.end()


class _Connection:
    def __init__(self, askers: Askers, patience: Patience, scope: SocketScope, receive: Receive, send: Send) -> None:
        self._askers, self._patience = askers, patience
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = dict(scope["headers"])
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Until the client is gone. Raises _Closed for what it did wrong."""
        try:
            async with asyncio.timeout(self._patience.init):
                asker = await self._begun()
        except TimeoutError:
            raise _Closed(Close.INIT_TIMEOUT) from None
        try:
            with asker.budget.stream():
                await self._converse(asker)
        except TooManyStreams as refusal:
            raise _Closed(Close.TOO_MANY, str(refusal)) from None

    async def _converse(self, asker: Asker) -> None:
        await self._tell("connection_ack")
        while True:
            message = await self._next_while_admitted()
            match message.type:
                case "subscribe":
                    await self._subscribe(message, asker)
                case "complete":
                    self._complete(message)
                case "connection_init":
                    raise _Closed(Close.INIT_TWICE)
                case _:
                    await self._common(message)

    async def end(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _begun(self) -> Asker:
        while True:
            message = await self._next()
            if message.type == "connection_init":
                self._headers = _credentials(message.payload) | self._headers
                return await self._admit()
            if message.type == "subscribe":
                raise _Closed(Close.UNAUTHORIZED)
            await self._common(message)

    async def _admit(self) -> Asker:
        try:
            return await self._askers.find(self._scope, self._headers)
        except (Unauthorized, Forbidden) as error:
            raise _Closed(Close.FORBIDDEN, f"Forbidden: {error}"[:120]) from None
        except Throttled as error:
            raise _Closed(Close.TOO_MANY, str(error)[:120]) from None

    async def _next_while_admitted(self) -> Message:
        """Looks now and then whether the key was taken back, however quiet the client is."""
        waiting = asyncio.ensure_future(self._next())
        try:
            while not (await asyncio.wait((waiting,), timeout=self._patience.key))[0]:
                await self._admit()
            return waiting.result()
        finally:
            waiting.cancel()

    async def _next(self) -> Message:
        received = await self._receive()
        if received["type"] != "websocket.receive":
            raise ConnectionError("the client is gone")
        content = received.get("text") or received.get("bytes") or ""
        if len(content) > MESSAGE_BYTES:
            raise _Closed(Close.TOO_LARGE)
        try:
            return _decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Closed(Close.BAD_MESSAGE, f"Invalid message: {error}"[:120]) from None

    async def _common(self, message: Message) -> None:
        if message.type == "ping":
            await self._tell("pong")
        elif message.type != "pong":
            raise _Closed(Close.BAD_MESSAGE, f"Invalid message type {message.type!r}"[:120])

    async def _subscribe(self, message: Message, asker: Asker) -> None:
        if not message.id:
            raise _Closed(Close.BAD_MESSAGE, "Invalid message: subscribe needs an id")
        if message.id in self._running:
            raise _Closed(Close.ID_TAKEN, f"Subscriber for {message.id} already exists"[:120])
        if len(self._running) >= MOST_SUBSCRIPTIONS:
            refusal = Refused(Code.LIMIT_EXCEEDED, f"at most {MOST_SUBSCRIPTIONS} subscriptions a connection")
            await self._refuse(message.id, refusal.problems)
        else:
            self._running[message.id] = asyncio.create_task(self._answer(message.id, bytes(message.payload), asker))

    def _complete(self, message: Message) -> None:
        if task := self._running.pop(message.id or "", None):
            task.cancel()

    async def _answer(self, name: str, payload: bytes, asker: Asker) -> None:
        try:
            pay_for_request(asker.caller)
            request = parse_post(payload, "application/json", limit=MESSAGE_BYTES)
            answers = await asker.storefront.subscribe(request, asker.caller)
            try:
                async for body in answers:
                    await self._tell("next", name, body)
            finally:
                await answers.aclose()  # type: ignore[attr-defined]
            await self._tell("complete", name)
        except Refused as refusal:
            await self._refuse(name, refusal.problems)
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    async def _refuse(self, name: str, problems: tuple[Problem, ...]) -> None:
        await self._tell("error", name, _encode(problems))

    async def _tell(self, kind: str, name: str | None = None, payload: bytes | None = None) -> None:
        told: dict[str, object] = {"type": kind}
        if name is not None:
            told["id"] = name
        if payload is not None:
            told["payload"] = msgspec.Raw(payload)
        await self._send({"type": "websocket.send", "bytes": None, "text": _encode(told).decode()})


def _credentials(payload: msgspec.Raw) -> dict[bytes, bytes]:
    """Header-like members of connection_init's payload."""
    known = {b"authorization", *DIALECT_HEADERS, *CLIENT_HEADERS}
    try:
        members = _decode_payload(payload) or {}
        texts = {
            name.lower().encode(): msgspec.json.decode(value, type=str) for name, value in members.items() if name.lower().encode() in known
        }
    except msgspec.DecodeError:
        raise _Closed(Close.BAD_MESSAGE, "Invalid message: connection_init's payload is an object of texts") from None
    return {name: value.encode() for name, value in texts.items()}


async def _close(send: Send, code: int, reason: str) -> None:
    await send({"type": "websocket.close", "code": code, "reason": reason})
