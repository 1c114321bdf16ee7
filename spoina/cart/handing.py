"""Giving a cart to another device: by a code, or from where it is parked. The device gets a secret of its own to the same cart."""

import hashlib
from base64 import b32encode
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.handoff import VALID_FOR, HandoffCode
from spoina.cart.keys import Randomness, living, new_secret, secret_digest, unknown_cart
from spoina.cart.limits import MOST_SECRETS
from spoina.cart.recording import record
from spoina.cart.rules import GUEST_DAYS
from spoina.cart.types import Cart, Device, NewCart
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import NotFound, TooManyAttempts, WrongState
from spoina.ids import CartId

CODE_BYTES = 5
MOST_ATTEMPTS = 10
"""Of one client in a minute, right ones too: a code has 40 random bits and lives for two minutes."""
LONGEST_CODE = 40
_ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_READ_AS = str.maketrans("OIL", "011")
"""Crockford's alphabet: without letters that are taken for digits."""

_VOID = "delete from cart_handoff where cart_id = $1 and claimed_at is null"
_OFFER = "insert into cart_handoff (code_digest, cart_id, created_at, expires_at) values ($1, $2, $3, $4)"
_CLAIM = """
update cart_handoff set claimed_at = $2 where code_digest = $1 and claimed_at is null and expires_at > $2 returning cart_id
"""
_BECAME = "select claimed_at from cart_handoff where code_digest = $1"
_ATTEMPT = """
insert into cart_handoff_miss as tried (client, minute, misses) values ($1, $2, 1)
on conflict (client, minute) do update set misses = tried.misses + 1 returning misses
"""


class Given(msgspec.Struct, frozen=True):
    new: NewCart
    cart: Cart


class Handoffs:
    def __init__(self, pool: Pool, clock: Clock, randomness: Randomness) -> None:
        self._pool, self._clock, self._randomness = pool, clock, randomness

    async def offer(self, cart: Cart, device: Device) -> HandoffCode:
        now = self._clock()
        code = b32encode(self._randomness(CODE_BYTES)).decode().translate(_ALPHABET)
        async with transaction(self._pool) as db:
            stored = (await sql.lock(db, [cart.id])).get(cart.id)
            if stored is None:
                raise unknown_cart(cart.id)
            await db.execute(_VOID, cart.id)
            await db.execute(_OFFER, _digest(code), cart.id, now, now + VALID_FOR)
            offered = replace(stored.cart, version=stored.cart.version + 1)
            await sql.write(db, [offered], [record(offered, "offer", device)], now)
        return HandoffCode(code=f"{code[:4]}-{code[4:]}", expires_at=now + VALID_FOR)

    async def claim(self, code: str, device: Device, client: str) -> Given:
        now = self._clock()
        await self._count(client, now)
        digest = _digest("".join(filter(str.isalnum, code[:LONGEST_CODE].upper())).translate(_READ_AS))
        async with transaction(self._pool) as db:
            row = await db.fetchrow(_CLAIM, digest, now)
            if row is not None:
                return await self._give(db, CartId(row["cart_id"]), "claim", device, now)
        became = await self._pool.fetchrow(_BECAME, digest)
        if became is None:
            raise NotFound("handoff code", "of these characters")
        raise WrongState("the handoff code", "expired" if became["claimed_at"] is None else "claimed", "ask for a new one")

    async def resume(self, cart: CartId, device: Device) -> Given:
        async with transaction(self._pool) as db:
            return await self._give(db, cart, "resume_at_till", device, self._clock(), parked=True)

    async def _count(self, client: str, now: datetime) -> None:
        """Committed before the attempt, so that a refusal does not undo it."""
        minute = now.replace(second=0, microsecond=0)
        if await self._pool.fetchval(_ATTEMPT, client, minute) > MOST_ATTEMPTS:
            left = int((minute + timedelta(minutes=1) - now).total_seconds()) + 1
            raise TooManyAttempts("handoff code", MOST_ATTEMPTS, left)

    async def _give(self, db: Connection, cart: CartId, kind: str, device: Device, now: datetime, *, parked: bool = False) -> Given:
        stored = (await sql.lock(db, [cart])).get(cart)
        if stored is None or (parked and (device.location is None or stored.cart.location != device.location)):
            raise unknown_cart(cart)
        secret = new_secret(self._randomness)
        found = living(stored.cart, now)
        expires = None if found.customer is not None else now + GUEST_DAYS
        given = replace(found, version=found.version + 1, expires_at=expires, location=None if parked else found.location)
        await sql.give(db, cart, secret_digest(secret), MOST_SECRETS)
        await sql.write(db, [given], [record(given, kind, device)], now)
        return Given(NewCart(id=cart, secret=secret), given)


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
