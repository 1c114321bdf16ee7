"""What shared caches may do with an answer: a tag by its bytes, and how long it may be given again without asking."""

import hashlib
from datetime import datetime

from msgspec.structs import replace

from storefront.requests import GraphQLResponse

FRESH_SECONDS = 5
"""Stock moves all the time."""
STALE_SECONDS = 25
"""How much longer an answer may be given while a new one is fetched."""


def tag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def for_shared_caches(response: GraphQLResponse, if_none_match: str | None, now: datetime) -> GraphQLResponse:
    """The answer with its lifetime, or 304 without a body. What has no tag is not for caches and stays as it is."""
    etag = response.header("etag")
    if etag is None:
        return response
    control = b"cache-control", _lifetime(response.until, now).encode()
    if if_none_match and _matches(etag, if_none_match):
        return GraphQLResponse(status=304, body=b"", headers=((b"etag", etag.encode()), control))
    return replace(response, headers=(*response.headers, control))


def _lifetime(until: datetime | None, now: datetime) -> str:
    """A sale begins and ends on the second: no cache shows the old price after that."""
    left = FRESH_SECONDS + STALE_SECONDS if until is None else max(0, int((until - now).total_seconds()))
    fresh = min(FRESH_SECONDS, left)
    stale = min(STALE_SECONDS, left - fresh)
    return f"public, max-age={fresh}" + (f", stale-while-revalidate={stale}" if stale else "")


def _matches(etag: str, if_none_match: str) -> bool:
    """A proxy that compresses marks the tag as weak; the comparison is a weak one (RFC 9110, 13.1.2)."""
    return if_none_match.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in if_none_match.split(","))
