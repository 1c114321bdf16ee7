"""Which web pages may read answers from the storefront. Keys travel in a header that a page sets itself, never in a cookie, so
allowing every origin gives nobody anything that they could not fetch without a browser.
"""

from collections.abc import Sequence

from storefront.requests import Headers

ANY = "*"
REMEMBERED_SECONDS = 86_400
ALLOWED_HEADERS = (
    "authorization, content-type, accept, accept-language, if-none-match, x-shopify-storefront-access-token, "
    "shopify-storefront-private-token, x-sdk-variant, x-sdk-version, x-sdk-variant-source, shopify-storefront-buyer-ip, "
    "x-client-name, x-client-version, apollographql-client-name, apollographql-client-version, graphql-client-name, "
    "graphql-client-version, traceparent, tracestate, cart-key, last-event-id"
)
"""The dialect's client libraries send the x-sdk ones with every request, others say which client asks."""


PREFLIGHT: Headers = (
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", ALLOWED_HEADERS.encode()),
    (b"access-control-max-age", str(REMEMBERED_SECONDS).encode()),
)
_EXPOSED = (b"access-control-expose-headers", b"etag, retry-after, ratelimit, ratelimit-policy")
_EVERYBODY: Headers = ((b"access-control-allow-origin", b"*"), _EXPOSED)
_BY_ORIGIN: Headers = ((b"vary", b"origin"),)


class CrossOrigin:
    """`origins`: "*" or a list such as "https://sklep.example"."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = ANY in origins
        self._origins = frozenset(origin.encode() for origin in origins)

    def headers(self, origin: bytes | None) -> Headers:
        """None that admits an origin which is not on the list: the browser then keeps the answer from the page."""
        if self._any:
            return _EVERYBODY
        if origin in self._origins and origin is not None:
            return ((b"access-control-allow-origin", origin), _EXPOSED, *_BY_ORIGIN)
        return _BY_ORIGIN
