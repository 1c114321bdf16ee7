"""Who asks, by name and version: as the client says in its headers, else by its key."""

from collections.abc import Mapping

from spoina.access.types import Key
from spoina.ids import KeyId
from spoina.usage.types import Client

CLIENT_HEADERS = frozenset(f"{whose}-client-{what}".encode() for whose in ("x", "apollographql", "graphql") for what in ("name", "version"))
MOST_OF_A_KEY = 200
"""Names and versions; a key that stands in a page's source is everybody's, and whoever sends random names fills no ledger."""
LONGEST = 60
OTHERS = "others"


class Clients:
    """One per process."""

    def __init__(self) -> None:
        self._known: dict[tuple[KeyId, bytes, bytes], Client] = {}
        self._of_key: dict[KeyId, int] = {}

    def of(self, key: Key, headers: Mapping[bytes, bytes]) -> Client:
        # Written out, because every request passes here: a loop over the names takes as long as all the rest.
        if CLIENT_HEADERS.isdisjoint(headers):
            return self._known.get((key.id, b"", b"")) or self._named(key, b"", b"")
        sent = headers.get
        name = sent(b"x-client-name") or sent(b"apollographql-client-name") or sent(b"graphql-client-name") or b""
        version = sent(b"x-client-version") or sent(b"apollographql-client-version") or sent(b"graphql-client-version") or b""
        return self._known.get((key.id, name, version)) or self._named(key, name[:LONGEST], version[:LONGEST])

    def _named(self, key: Key, name: bytes, version: bytes) -> Client:
        """Past the limit all are counted as one, still under the name of their key."""
        if known := self._known.get((key.id, name, version)):
            return known
        met = self._of_key.get(key.id, 0)
        if met >= MOST_OF_A_KEY:
            return Client(key.name, OTHERS)
        self._of_key[key.id] = met + 1
        client = Client(_text(name) or key.name, _text(version))
        self._known[key.id, name, version] = client
        return client


def _text(value: bytes) -> str:
    return "".join(letter for letter in value.decode("utf-8", "replace") if letter.isprintable()).strip()
