"""Merging two carts and undoing it, each in one transaction. Both carts are kept as they were, so that both can be again."""

from datetime import datetime

import asyncpg
import msgspec
from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.keys import check_access, living, unknown_cart
from spoina.cart.merging import MergePolicy, MergeReport, merge
from spoina.cart.policies import CartPolicy
from spoina.cart.recording import record
from spoina.cart.rules import GUEST_DAYS, codes_in, variants_in
from spoina.cart.types import Cart, CartAccess, CartStatus, Device
from spoina.cart.worlds import Worlds
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, WrongState
from spoina.ids import CartId, CustomerId

ATTEMPTS = 3

_STANDING = (
    "select id, target_id, target_version, guest_body, target_body, report from cart_merge where guest_id = $1 and undone_at is null"
)
_INSERT = """
insert into cart_merge (guest_id, target_id, guest_body, target_body, target_version, report, merged_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_UNDO = "update cart_merge set undone_at = $2 where id = $1"

_encode = msgspec.json.encode
_decode_report = msgspec.json.Decoder(MergeReport).decode


class Outcome(msgspec.Struct, frozen=True):
    cart: Cart
    report: MergeReport | None


class Merges:
    def __init__(self, pool: Pool, worlds: Worlds, policy: CartPolicy) -> None:
        self._pool, self._worlds, self._policy = pool, worlds, policy

    async def merge(self, guest: CartAccess, target: CartAccess, device: Device, policy: MergePolicy | None) -> Outcome:
        if guest.id == target.id:
            raise InvalidInput("guest", "is the same cart")
        async with transaction(self._pool) as db:
            stored = await sql.lock(db, [guest.id, target.id])
            into = _checked(target, stored, self._worlds.clock())
            return await self._merged(db, guest, stored, into, device, policy)

    async def sign_in(self, access: CartAccess, customer: CustomerId, device: Device, policy: MergePolicy | None) -> Outcome:
        """Again, when another device of the customer was faster in giving him his first cart."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._sign_in(access, customer, device, policy)
            except asyncpg.UniqueViolationError:
                continue
        return await self._sign_in(access, customer, device, policy)

    async def _sign_in(self, access: CartAccess, customer: CustomerId, device: Device, policy: MergePolicy | None) -> Outcome:
        async with transaction(self._pool) as db:
            found = await sql.find(db, access.id)
            if found is None:
                raise unknown_cart(access.id)
            present = await sql.find_of_customer(db, customer, found.cart.group)
            ids = {access.id} if present is None else {access.id, present.cart.id}
            stored = await sql.lock(db, ids)
            if present is not None and present.cart.id != access.id:
                into = living(stored[present.cart.id].cart, self._worlds.clock())
                return await self._merged(db, access, stored, into, device, policy)
            cart = _checked(access, stored, self._worlds.clock())
            return Outcome(await self._given(db, cart, customer, device), None)

    async def _given(self, db: Connection, cart: Cart, customer: CustomerId, device: Device) -> Cart:
        """A cart that was nobody's."""
        if cart.customer == customer:
            return cart
        if cart.customer is not None:
            raise unknown_cart(cart.id)
        given = replace(cart, version=cart.version + 1, customer=customer, expires_at=None)
        await sql.write(db, [given], [record(given, "sign_in", device)], self._worlds.clock())
        return given

    async def _merged(
        self, db: Connection, access: CartAccess, stored: dict[CartId, sql.Stored], into: Cart, device: Device, policy: MergePolicy | None
    ) -> Outcome:
        held = stored.get(access.id)
        if held is not None and held.cart.status is CartStatus.MERGED and held.cart.successor == into.id:
            _checked(access, {access.id: replace(held, cart=replace(held.cart, status=CartStatus.ACTIVE))}, held.cart.updated_at)
            row = await db.fetchrow(_STANDING, access.id)
            return Outcome(into, None if row is None else _decode_report(row["report"]))
        guest = _checked(access, stored, self._worlds.clock())
        if guest.customer is not None:
            raise unknown_cart(guest.id)
        return await self._write(db, stored, guest, into, device, policy or self._policy.merge)

    async def _write(
        self, db: Connection, stored: dict[CartId, sql.Stored], guest: Cart, into: Cart, device: Device, policy: MergePolicy
    ) -> Outcome:
        knowledge = await self._worlds.know(
            variants_in(guest.state, ()) | variants_in(into.state, ()), codes_in(guest.state, ()) | codes_in(into.state, ())
        )
        now = knowledge.now
        made = merge(guest, into, policy, self._worlds.world(knowledge, device.channel), self._worlds.totals)
        target = replace(
            into, version=into.version + 1, state=made.state, expires_at=None if into.customer is not None else now + GUEST_DAYS
        )
        away = replace(
            guest, version=guest.version + 1, status=CartStatus.MERGED, successor=into.id, customer=None, expires_at=now + GUEST_DAYS
        )
        report = MergeReport(
            guest=guest.id,
            target=into.id,
            policy=policy,
            version=target.version,
            merged_at=now,
            undo_until=now + self._policy.undo_for,
            added=made.added,
            raised=made.raised,
            dropped=made.dropped,
        )
        log = [record(target, "merge", device), record(away, "merge_away", device)]
        await sql.write(db, [target, away], log, now)
        bodies = stored[guest.id].body, stored[into.id].body
        await db.execute(_INSERT, guest.id, into.id, *bodies, target.version, _encode(report), now)
        return Outcome(target, report)

    async def undo(self, target: CartAccess, guest: CartId, device: Device) -> Cart:
        async with transaction(self._pool) as db:
            stored = await sql.lock(db, {target.id, guest})
            now = self._worlds.clock()
            into = _checked(target, stored, now)
            row = await db.fetchrow(_STANDING, guest)
            if row is None or row["target_id"] != target.id or guest not in stored:
                raise WrongState("the merge", "undone", "there is none of this cart into the other that stands")
            report = _decode_report(row["report"])
            if now > report.undo_until:
                raise WrongState("the merge", "final", f"it could be undone until {report.undo_until.isoformat()}")
            if into.version != row["target_version"]:
                raise WrongState("the cart", "changed", "it was changed after the merge, and undoing would lose that")
            restored = replace(into, version=into.version + 1, state=sql.decode_state(row["target_body"]))
            return await self._restore(db, restored, stored[guest].cart, row, now, device)

    async def _restore(self, db: Connection, restored: Cart, away: Cart, row: asyncpg.Record, now: datetime, device: Device) -> Cart:
        back = replace(
            away,
            version=away.version + 1,
            status=CartStatus.ACTIVE,
            successor=None,
            state=sql.decode_state(row["guest_body"]),
            expires_at=now + GUEST_DAYS,
        )
        await sql.write(db, [restored, back], [record(restored, "undo_merge", device), record(back, "undo_merge", device)], now)
        await db.execute(_UNDO, row["id"], now)
        return restored


def _checked(access: CartAccess, stored: dict[CartId, sql.Stored], now: datetime) -> Cart:
    found = stored.get(access.id)
    return check_access(access, None if found is None else found.cart, () if found is None else found.digests, now)
