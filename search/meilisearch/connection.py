"""HTTP to Meilisearch on the request path. Whatever goes wrong is a SearchUnavailable that says what to do about it."""

from typing import Final, TypeVar

import httpx
import msgspec

from search.meilisearch.circuit import Circuit
from spoina.errors import InvalidInput, SearchUnavailable

T = TypeVar("T")

_NOT_THERE: Final = frozenset({"index_not_found", "document_not_found"})
_KEY_REMEDY: Final = "give SPOINA_MEILISEARCH_KEY a key that may search and read documents of these indexes"
_DOWN_REMEDY: Final = "start Meilisearch, or correct SPOINA_MEILISEARCH_URL"
_REFUSED_REMEDY: Final = "Meilisearch 1.34 or newer is needed; run `spoina search reindex` if its settings were changed by hand"


class NotThere(Exception):
    """No such index or document: nobody has built it yet."""


class Refusal(msgspec.Struct, frozen=True):
    """Meilisearch's error body."""

    message: str = ""
    code: str = ""


class Connection:
    """One server. The client has the address and the key; whoever made it closes it. With a `circuit` a server that does not answer is not
    waited for again and again."""

    def __init__(self, client: httpx.AsyncClient, circuit: Circuit | None = None) -> None:
        self._client, self._circuit = client, circuit
        self._refusals = msgspec.json.Decoder(Refusal)

    async def get(self, path: str, decoder: msgspec.json.Decoder[T]) -> T:
        """Raises NotThere, SearchUnavailable."""
        return self._read(await self._sent("GET", path, None), decoder)

    async def post(self, path: str, body: object, decoder: msgspec.json.Decoder[T]) -> T:
        """Raises NotThere, SearchUnavailable."""
        return self._read(await self._sent("POST", path, _encoded(body)), decoder)

    async def _sent(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        headers = {"content-type": "application/json"} if body is not None else {}
        circuit = self._circuit
        if circuit is not None and circuit.is_open:
            raise SearchUnavailable("Meilisearch did not answer in time a moment ago", _DOWN_REMEDY)
        returns = circuit.returns if circuit is not None else 0
        try:
            return await self._client.request(method, path, content=body, headers=headers)
        except httpx.TimeoutException as late:
            if circuit is not None:
                circuit.timed_out(returns)
            raise SearchUnavailable("Meilisearch did not answer in time", _DOWN_REMEDY) from late
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SearchUnavailable(f"Meilisearch cannot be reached ({type(error).__name__})", _DOWN_REMEDY) from error

    def _read(self, response: httpx.Response, decoder: msgspec.json.Decoder[T]) -> T:
        if response.is_error:
            self._raise(response)
        try:
            return decoder.decode(response.content)
        except msgspec.MsgspecError as error:
            raise SearchUnavailable(f"what answered is not Meilisearch as we know it: {error}", _REFUSED_REMEDY) from error

    def _raise(self, response: httpx.Response) -> None:
        try:
            refusal = self._refusals.decode(response.content)
        except msgspec.MsgspecError:
            refusal = Refusal()
        if refusal.code in _NOT_THERE:
            raise NotThere(refusal.message)
        if response.status_code in (401, 403):
            raise SearchUnavailable(f"Meilisearch refuses our key ({refusal.code or response.status_code})", _KEY_REMEDY)
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise SearchUnavailable(f"Meilisearch answered {response.status_code} {refusal.code}".rstrip(), _DOWN_REMEDY)
        raise SearchUnavailable(f"Meilisearch refused a search: {refusal.code} {refusal.message}", _REFUSED_REMEDY)


def _encoded(body: object) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError as error:
        raise InvalidInput("query", "has characters that are no text") from error
