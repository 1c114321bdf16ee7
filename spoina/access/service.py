"""Keys are made, listed, taken back, and recognised."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from spoina.access import sql
from spoina.access.rules import HINT_LENGTH, TOKEN_BYTES, TOKEN_PATTERN, checked_name, digest_of, token_for
from spoina.access.types import Key, KeyKind, NewKey
from spoina.catalog.flights import Flights
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import NotFound
from spoina.ids import KeyId, TerminalId

REMEMBERED_SECONDS = 2.0
"""A revoked key is refused at the latest after this time, in every process and without a message between them."""
REMEMBERED_KEYS = 10_000
UNKNOWN_SECONDS = 60.0
"""That nobody has a token is remembered so long, and no longer than until the next key is announced. REMEMBERED_SECONDS while announcements
are not heard: a key that was asked for before it was made works then at the latest."""
UNKNOWN_TOKENS = 10_000
"""Each some 200 bytes."""
_Value = TypeVar("_Value")


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
    key: Key
    until: float


class KeyRing:
    """Recognises tokens. `monotonic` gives seconds, and `seconds` gives them to others. A subscriber of the listener, which it works
    without.

    Tokens that nobody has are remembered apart from keys, and looked for one at a time: who tries many makes it forget no key, and takes
    one of the pool's connections at most.
    """

    channels: Sequence[str] = (sql.KEY_MADE,)

    def __init__(self, pool: Pool, monotonic: Callable[[], float]) -> None:
        self._pool, self.seconds = pool, monotonic
        self._known: dict[str, _Remembered] = {}
        self._unknown: dict[str, float] = {}
        self._looks: Flights[str, Key | None] = Flights()
        self._strangers_turn = asyncio.Lock()
        self._announced, self._hears = 0, False

    def known_until(self, token: str) -> float:
        """By `seconds`: until when `find` answers as it did last, without looking. 0: it will look."""
        remembered = self._known.get(token)
        return remembered.until if remembered else 0.0

    def is_stranger(self, token: str) -> bool:
        """Whether `find` would begin to look for a token that it never met a key by."""
        return token not in self._known and token not in self._looks and not self._is_refused(token)

    async def find(self, token: str) -> Key | None:
        """None for a token that is malformed, unknown or revoked: the caller cannot tell which."""
        remembered = self._known.get(token)
        if remembered and remembered.until > self.seconds():
            return remembered.key
        if self._is_refused(token):
            return None
        if token not in self._looks:
            self._looks.launch((token,), self._look(token))
        (key,) = await self._looks.join((token,))
        return key

    def heard(self, channel: str, payload: str) -> None:
        self._forget_strangers()

    def cut_off(self) -> None:
        self._hears = False
        self._forget_strangers()

    async def resumed(self) -> None:
        self._hears = True
        self._forget_strangers()

    def _is_refused(self, token: str) -> bool:
        return self._unknown.get(token, 0.0) > self.seconds() or not TOKEN_PATTERN.fullmatch(token)

    def _forget_strangers(self) -> None:
        """What is being looked for just now may have been made meanwhile."""
        self._announced += 1
        self._unknown.clear()
        self._looks.close()

    async def _look(self, token: str) -> Key | None:
        if token in self._known:
            return await self._look_now(token)
        async with self._strangers_turn:
            return await self._look_now(token)

    async def _look_now(self, token: str) -> Key | None:
        asked_at, announced = self.seconds(), self._announced
        key = await sql.find_active(self._pool, digest_of(token))
        if key is not None:
            _remember(self._known, token, _Remembered(key, asked_at + REMEMBERED_SECONDS), REMEMBERED_KEYS)
            return key
        self._known.pop(token, None)
        if announced == self._announced:
            _remember(self._unknown, token, asked_at + (UNKNOWN_SECONDS if self._hears else REMEMBERED_SECONDS), UNKNOWN_TOKENS)
        return None


def _remember(memory: dict[str, _Value], token: str, value: _Value, most: int) -> None:
    memory.pop(token, None)
    while len(memory) >= most:
        del memory[next(iter(memory))]
    memory[token] = value
