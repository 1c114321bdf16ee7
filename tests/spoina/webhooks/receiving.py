"""A receiver that verifies what it gets as the standard tells receivers to, and answers what it is told to."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec


class Received(msgspec.Struct, frozen=True):
    id: str
    body: dict[str, Any]
    signatures: tuple[str, ...]
    signed: bytes

    def is_signed_with(self, secret: str) -> bool:
        key = b64decode(secret.removeprefix("whsec_"))
        return "v1," + b64encode(hmac.digest(key, self.signed, sha256)).decode() in self.signatures


class Receiver:
    """An ASGI application. `answer` gives the status for the n-th delivery, counted from 1."""

    def __init__(self, answer: Callable[[int], int] = lambda _: 200) -> None:
        self.answer, self.received = answer, list[Received]()

    async def __call__(self, scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signatures = tuple(headers["webhook-signature"].split(" "))
        self.received.append(Received(headers["webhook-id"], msgspec.json.decode(body), signatures, signed))
        location = [(b"location", b"/elsewhere")] if scope["path"] == "/moved" else []
        await send({"type": "http.response.start", "status": self.answer(len(self.received)), "headers": location})
        await send({"type": "http.response.body", "body": b"said " + b"x" * 5000})
