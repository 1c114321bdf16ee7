"""What comes in and what goes out, free of any web framework.

A request names its document in one of three ways: the text (`query`), Apollo's `extensions.persistedQuery.sha256Hash`, or `documentId`
(also `id`), the SHA-256 of a trusted document's text in hex, with or without a leading "sha256:".
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from spoina.usage.types import NOTHING, Use
from storefront.errors import Code, Refused

T = TypeVar("T")

Variables = dict[str, object]
"""JSON as the client sent it: graphql-core coerces it against the document's own declarations."""
Headers = tuple[tuple[bytes, bytes], ...]
"""As servers send them: an answer that is given again has nothing left to encode."""


class GraphQLRequest(msgspec.Struct, frozen=True, kw_only=True):
    query: str | None = None
    sha256: str | None = None
    variables: Variables = {}
    operation_name: str | None = None
    over_get: bool = False


class GraphQLResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`until`: when a price in it changes by itself. `use` and `cost`: as what it is counted each time it is given."""

    status: int
    body: bytes
    headers: Headers
    until: datetime | None = None
    use: Use = NOTHING
    cost: int = 0

    def header(self, name: str) -> str | None:
        return next((value.decode("latin-1") for key, value in self.headers if key == name.encode()), None)


class PersistedQuery(msgspec.Struct, frozen=True, rename="camel"):
    sha256_hash: str | None = None


class Extensions(msgspec.Struct, frozen=True, rename="camel"):
    persisted_query: PersistedQuery | None = None


class _Posted(msgspec.Struct, frozen=True, rename="camel"):
    query: str | None = None
    variables: Variables | None = None
    operation_name: str | None = None
    extensions: Extensions | None = None
    document_id: str | None = None
    id: str | None = None


_POSTED = msgspec.json.Decoder(_Posted)
_VARIABLES = msgspec.json.Decoder(Variables | None)
_EXTENSIONS = msgspec.json.Decoder(Extensions | None)


def parse_post(body: bytes, content_type: str, *, limit: int) -> GraphQLRequest:
    """Reads `application/json` and the dialect's `application/graphql`, whose body is the document itself. Raises Refused."""
    if len(body) > limit:
        raise Refused(Code.LIMIT_EXCEEDED, f"body: at most {limit} bytes", status=413)
    if content_type.partition(";")[0].strip().lower() == "application/graphql":
        return GraphQLRequest(query=_text(body))
    if body.lstrip()[:1] == b"[":
        raise Refused(Code.BATCH_REFUSED, "body: one request each; batches are not accepted")
    try:
        posted = _POSTED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Code.BAD_REQUEST, f"body: {error}") from None
    return GraphQLRequest(
        query=posted.query,
        sha256=_sha256(posted.document_id or posted.id, posted.extensions),
        variables=posted.variables or {},
        operation_name=posted.operation_name,
    )


def parse_get(parameters: Mapping[str, str]) -> GraphQLRequest:
    """Reads the query string's parameters; `variables` and `extensions` are JSON. Raises Refused."""
    return GraphQLRequest(
        query=parameters.get("query"),
        sha256=_sha256(parameters.get("documentId") or parameters.get("id"), _json(_EXTENSIONS, parameters, "extensions")),
        variables=_json(_VARIABLES, parameters, "variables") or {},
        operation_name=parameters.get("operationName") or None,
        over_get=True,
    )


def _json(decoder: "msgspec.json.Decoder[T | None]", parameters: Mapping[str, str], name: str) -> T | None:
    text = parameters.get(name)
    if not text:
        return None
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(Code.BAD_REQUEST, f"{name}: {error}") from None


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refused(Code.BAD_REQUEST, "body: not UTF-8") from None


def _sha256(document_id: str | None, extensions: Extensions | None) -> str | None:
    persisted = extensions.persisted_query if extensions else None
    found = document_id or (persisted.sha256_hash if persisted else None)
    return found.removeprefix("sha256:").lower() if found else None
