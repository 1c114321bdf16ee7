"""WordPress's REST server: reads the call, finds who calls, finds the route, and says the rest in headers."""

import inspect

from litestar.types import Receive, Scope, Send

from simulators.woocommerce.auth import check_permission
from simulators.woocommerce.errors import RestError, no_route
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.routes import Request, Route, shop_routes
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.webhooks import Sender

_ALWAYS = (
    (b"content-type", b"application/json; charset=UTF-8"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-expose-headers", b"X-WP-Total, X-WP-TotalPages, Link"),
    (b"access-control-allow-headers", b"Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"),
)
_KEYED = ("/wc/", "/wc-")
"""WooCommerce's keys are good for its own namespaces, and for those of others that are named after it."""
_NOT_STORED = (
    (b"expires", b"Wed, 11 Jan 1984 05:00:00 GMT"),
    (b"cache-control", b"no-cache, must-revalidate, max-age=0, no-store, private"),
)


class RestServer:
    def __init__(self, shop: Shop, sender: Sender) -> None:
        self._shop = shop
        self._sender = sender
        self._routes = shop_routes(global_variations=shop.settings.global_variations, companion=shop.companion)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = await _read_call(scope, receive)
        answer = await self.answer(call)
        body = answer.encoded(call.origin)
        headers = [*_ALWAYS, *((name.encode(), value.encode()) for name, value in answer.headers.items())]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if call.method == "HEAD" else body, "more_body": False})

    async def answer(self, call: Call) -> Answer:
        index = f'<{call.origin}/wp-json/>; rel="https://api.w.org/"'
        named: dict[str, str] = {}
        try:
            answer = await self._dispatch(call, named)
        except RestError as error:
            if error.hides_methods:
                named.pop("allow", None)
            answer = Answer(error.as_json(), status=error.status)
        answer.headers = {"link": index, **named, **answer.headers}
        if "location" in answer.headers:
            answer.headers["location"] = answer.headers["location"].replace("{origin}", call.origin)
        return answer

    async def _dispatch(self, call: Call, named: dict[str, str]) -> Answer:
        key = None
        if call.path.startswith(_KEYED):
            try:
                key = self._shop.keyring.authenticate(call, self._shop.time.now())
            finally:
                named.update({"vary": "Origin"} if key is None else {})
        if key is not None:
            named.update({name.decode(): value.decode() for name, value in _NOT_STORED})
            check_permission(key, call.method)
        elif not call.path.startswith(_KEYED):
            named["vary"] = "Origin"
        route, parts = self._match(call)
        if key is None and not route.public:
            raise _anonymous(call)
        named["allow"] = route.allow
        handled = route.handlers[call.method](Request(self._shop, call, parts, self._sender))
        return await handled if inspect.isawaitable(handled) else handled

    def _match(self, call: Call) -> tuple[Route, tuple[str, ...]]:
        for route in self._routes:
            match = route.pattern.fullmatch(call.path)
            if match is not None and call.method in route.handlers:
                return route, match.groups()
        raise no_route()


def _anonymous(call: Call) -> RestError:
    if call.path.endswith("/batch"):
        refused = ("batch", "Sorry, you are not allowed to batch manipulate this resource.")
    elif call.method in ("GET", "HEAD"):
        one = call.path.rpartition("/")[2].isdecimal()
        refused = ("view", "Sorry, you cannot view this resource." if one else "Sorry, you cannot list resources.")
    elif call.method == "DELETE":
        refused = ("delete", "Sorry, you are not allowed to delete this resource.")
    elif call.path.rpartition("/")[2].isdecimal():
        refused = ("edit", "Sorry, you are not allowed to edit this resource.")
    else:
        refused = ("create", "Sorry, you are not allowed to create resources.")
    return RestError(f"woocommerce_rest_cannot_{refused[0]}", refused[1], 401)


async def _read_call(scope: Scope, receive: Receive) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    address = scope.get("raw_path", b"").decode("latin-1").partition("?")[0] or scope["path"]
    _, _, below = address.partition("/wp-json")
    method: str = scope["method"]  # type: ignore[typeddict-item]
    override = headers.get("x-http-method-override")
    return Call(
        method=override.upper() if override and method == "POST" else method,
        address=address,
        path=below.rstrip("/"),
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _read_body(receive) if method != "GET" else b"",
        scheme=scope["scheme"],
        host=headers.get("host", "127.0.0.1"),
    )


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(chunks)
        chunks.append(message["body"])
        if not message["more_body"]:
            return b"".join(chunks)
