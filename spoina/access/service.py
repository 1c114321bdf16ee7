"""Keys are made, listed, taken back, and recognised."""

import secrets
from collections.abc import Callable

import msgspec

from spoina.access import sql
from spoina.access.rules import HINT_LENGTH, TOKEN_BYTES, TOKEN_PATTERN, checked_name, digest_of, token_for
from spoina.access.types import Key, KeyKind, NewKey
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import NotFound
from spoina.ids import KeyId, TerminalId

REMEMBERED_SECONDS = 2.0
"""A revoked key is refused at the latest after this time, in every process and without a message between them."""
REMEMBERED_KEYS = 10_000


async def create_key(
    db: Connection | Pool,
    name: str,
    kind: KeyKind,
    clock: Clock,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
    *,
    terminal: TerminalId | None = None,
) -> NewKey:
    """Raises InvalidInput for the name. The token is in the answer and nowhere else. `terminal`: the device it is made for (a POS key)."""
    token = token_for(kind, randomness(TOKEN_BYTES))
    key = await sql.insert(db, checked_name(name), kind, digest_of(token), token[-HINT_LENGTH:], clock(), terminal)
    return NewKey(key=key, token=token)


async def list_keys(db: Connection | Pool) -> list[Key]:
    return await sql.every(db)


async def revoke_key(db: Connection | Pool, key_id: KeyId, clock: Clock) -> Key:
    """Raises NotFound where no key in use has that number."""
    if (key := await sql.revoke(db, key_id, clock())) is None:
        raise NotFound("API key in use with the number", str(key_id))
    return key


class _Remembered(msgspec.Struct, frozen=True):
    key: Key | None
    until: float


class KeyRing:
    """Recognises tokens. `monotonic` gives seconds, and `seconds` gives them to others."""

    def __init__(self, pool: Pool, monotonic: Callable[[], float]) -> None:
        self._pool, self.seconds = pool, monotonic
        self._remembered: dict[str, _Remembered] = {}

    def known_until(self, token: str) -> float:
        """By `seconds`: until when `find` answers as it did last, without looking. 0: it will look."""
        remembered = self._remembered.get(token)
        return remembered.until if remembered else 0.0

    async def find(self, token: str) -> Key | None:
        """None for a token that is malformed, unknown or revoked: the caller cannot tell which."""
        remembered = self._remembered.get(token)
        if remembered and remembered.until > self.seconds():
            return remembered.key
        if not TOKEN_PATTERN.fullmatch(token):
            return None
        asked_at = self.seconds()
        key = await sql.find_active(self._pool, digest_of(token))
        self._remember(token, _Remembered(key, asked_at + REMEMBERED_SECONDS))
        return key

    def _remember(self, token: str, found: _Remembered) -> None:
        self._remembered.pop(token, None)
        while len(self._remembered) >= REMEMBERED_KEYS:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[token] = found
