"""Who asks, by name and version: as the client says in its headers, else by its key."""

from collections.abc import Mapping

from spoina.access.types import Key
from spoina.ids import KeyId
from spoina.usage.types import Client

NAMED_IN = (b"apollographql-client-name", b"x-client-name", b"graphql-client-name")
VERSION_IN = (b"apollographql-client-version", b"x-client-version", b"graphql-client-version")
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
        name, version = _first(headers, NAMED_IN), _first(headers, VERSION_IN)
        return self._known.get((key.id, name, version)) or self._met(key, name, version)

    def _met(self, key: Key, name: bytes, version: bytes) -> Client:
        """Past the limit all are counted as one, still under the name of their key."""
        known = self._of_key.get(key.id, 0)
        if known >= MOST_OF_A_KEY:
            return Client(key.name, OTHERS)
        self._of_key[key.id] = known + 1
        client = Client(_text(name) or key.name, _text(version))
        self._known[key.id, name, version] = client
        return client


def _first(headers: Mapping[bytes, bytes], names: tuple[bytes, ...]) -> bytes:
    for name in names:
        if value := headers.get(name):
            return value[:LONGEST]
    return b""


def _text(value: bytes) -> str:
    return "".join(letter for letter in value.decode("utf-8", "replace") if letter.isprintable()).strip()
