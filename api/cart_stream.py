"""`GET /v1/carts/{id}/stream`: a cart on all its devices, as server-sent events.

    event: cart       the cart as it is, at the beginning and after every change, as the trusted document web/cart_changed asks for it
    : …               nothing happened; the line still stands

An event's id is the cart's version. A reader that comes back with it as Last-Event-ID, to this process or another, is told only of newer
versions. `{id}` is the UUID in the cart's global id. What opens the cart (the `key=` in its global id, or a customer's access token) comes
in the header Cart-Key and never in the address, because addresses end up in logs. Browsers' own EventSource sends no headers: a page
reads the stream with fetch. The stream ends when the cart was ordered, merged or has expired.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

import msgspec
from litestar.exceptions import MethodNotAllowedException
from litestar.types import HTTPScope, Receive, Send

from api.askers import Asker, Askers
from api.availability.stream import EventStream, last_number
from api.plain import text_of
from spoina.errors import InvalidInput, LimitExceeded, NotFound, Throttled
from spoina.ids import CartId
from storefront.carts.naming import LONGEST, cart_gid
from storefront.documents import operations_folder, sha256_of
from storefront.errors import Code, Refused
from storefront.requests import GraphQLRequest, Headers

PATH = re.compile(r"/v1/carts/([0-9A-Fa-f-]{36})/stream")
TEMPLATE = "/v1/carts/{id}/stream"
HEADER = b"cart-key"
QUIET_SECONDS = 15.0


class _Versioned(msgspec.Struct):
    version: int


class _Data(msgspec.Struct, rename="camel"):
    cart_changed: msgspec.Raw


class _Answer(msgspec.Struct):
    """Of the document; errors are left to its readers over GraphQL."""

    data: _Data


_decode = msgspec.json.Decoder(_Answer).decode
_decode_version = msgspec.json.Decoder(_Versioned).decode


class CartEvents:
    """The events of one reader, as bytes; None after a quiet time."""

    def __init__(self, answers: AsyncIterator[bytes]) -> None:
        self._answers = answers

    def end(self) -> None:
        """Whoever iterates closes the answers."""

    async def events(self) -> AsyncGenerator[bytes | None, None]:
        coming = asyncio.ensure_future(anext(self._answers, None))
        try:
            while True:
                done, _ = await asyncio.wait((coming,), timeout=QUIET_SECONDS)
                if not done:
                    yield None
                elif (answer := coming.result()) is None:
                    return
                else:
                    yield _event(answer)
                    coming = asyncio.ensure_future(anext(self._answers, None))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
            await self._answers.aclose()  # type: ignore[attr-defined]


class CartStreams:
    def __init__(self, askers: Askers) -> None:
        self._askers = askers
        self._document = sha256_of((operations_folder() / "web" / "cart_changed.graphql").read_text(encoding="utf-8"))

    async def stream(self, scope: HTTPScope, receive: Receive, send: Send, further: Headers) -> None:
        """Raises what makes a problem before the stream begins, and nothing afterwards."""
        if scope["method"] != "GET":
            raise MethodNotAllowedException(headers={"allow": "GET, OPTIONS"})
        headers = dict(scope["headers"])
        asker = await self._askers.find(scope, headers)
        request = self._request(scope["path"], text_of(headers.get(HEADER)), text_of(headers.get(b"last-event-id")))
        events = CartEvents(await self._answers(asker, request))
        await EventStream(events, lambda: self._askers.still_admits(headers), send).run(receive, further)

    def _request(self, path: str, key: str | None, since: str | None) -> GraphQLRequest:
        """Raises NotFound, InvalidInput, LimitExceeded."""
        named = PATH.fullmatch(path)
        if not key:
            raise InvalidInput("cart-key", "this header must be there: the key in the cart's id, or a customer's access token")
        if len(key) > LONGEST:
            raise LimitExceeded("cart-key", LONGEST, "characters")
        try:
            cart = CartId(UUID(named[1] if named else ""))
        except ValueError:
            raise NotFound("cart", "with this id and key") from None
        variables: dict[str, object] = {"id": cart_gid(cart, key)}
        if (version := last_number(since)) is not None:
            variables["since"] = min(version, 2**31 - 1)
        return GraphQLRequest(sha256=self._document, variables=variables)

    async def _answers(self, asker: Asker, request: GraphQLRequest) -> AsyncIterator[bytes]:
        try:
            return await asker.storefront.subscribe(request, asker.caller)
        except Refused as refusal:
            if refusal.code is Code.NOT_FOUND:
                raise NotFound("cart", "with this id and key") from None
            if isinstance(refusal.__cause__, Throttled):
                raise refusal.__cause__ from None
            raise


def _event(answer: bytes) -> bytes:
    cart = bytes(_decode(answer).data.cart_changed)
    return b"event: cart\nid: %d\ndata: %s\n\n" % (_decode_version(cart).version, cart)
