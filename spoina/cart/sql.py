"""The statements of carts. A cart's row is locked by whoever changes it, several in the order of their ids; stock, where the same
transaction holds some, is locked after carts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import get_args

import asyncpg
import msgspec

from spoina.cart.operations import AnyOperation, Applied, Operation
from spoina.cart.types import Cart, CartGroup, CartState, CartStatus, Device, HistoryEntry
from spoina.db import Connection, Pool
from spoina.ids import CartId, Channel, CustomerId, LocationId, OperationId

CART_CHANGED = "cart_changed"
CLIENTS = frozenset(str(operation.__struct_config__.tag) for operation in get_args(AnyOperation))
"""Kinds of clients' operations; others are commands of our own, such as a merge."""
_NOTHING_LOGGED: tuple[list[object], ...] = ([],) * 9

_encode = msgspec.json.Encoder().encode
_decode_state = msgspec.json.Decoder(CartState).decode
_decode_outcome = msgspec.json.Decoder(Applied).decode
_decode_operation = msgspec.json.Decoder(AnyOperation).decode

_COLUMNS = """
id, version, status, cart_group, channel, customer, location_id, successor, secret_digests, created_at, updated_at, expires_at, body
"""
_ONE = f"select {_COLUMNS} from cart where id = $1"  # noqa: S608
_OF_CUSTOMER = f"select {_COLUMNS} from cart where customer = $1 and cart_group = $2 and status = 'active'"  # noqa: S608
_PARKED = f"select {_COLUMNS} from cart where location_id = $1 and status = 'active' order by updated_at desc limit $2"  # noqa: S608
_LOCK = f"""
select {_COLUMNS}, known.operation_ids, known.digests, known.outcomes
from cart
left join lateral (
    select array_agg(operation_id) as operation_ids, array_agg(digest) as digests, array_agg(outcome) as outcomes
    from cart_op where cart_id = cart.id and operation_id = any($2::text[])
) as known on true
where id = any($1::uuid[]) order by id for no key update of cart
"""  # noqa: S608
_WRITE = f"""
with written as (
    insert into cart ({_COLUMNS})
    select id, version, status, cart_group, channel, customer, location_id, successor, array[secret_digest], $1, $1, expires_at, body
    from unnest(
        $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::uuid[], $11::bytea[],
        $12::timestamptz[], $13::bytea[]
    ) as each (id, version, status, cart_group, channel, customer, location_id, successor, secret_digest, expires_at, body)
    on conflict (id) do update set version = excluded.version, status = excluded.status, customer = excluded.customer,
        location_id = excluded.location_id, successor = excluded.successor, updated_at = excluded.updated_at,
        expires_at = excluded.expires_at, body = excluded.body
), logged as (
    insert into cart_op (at, cart_id, operation_id, version, kind, channel, device, digest, body, outcome)
    select $1, *
    from unnest($14::uuid[], $15::text[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::bytea[], $21::bytea[], $22::bytea[])
)
select pg_notify('cart_changed', $2)
"""  # noqa: S608
_HISTORY = """
select version, operation_id, kind, channel, device, at, body, outcome from cart_op where cart_id = $1 and version > $2
order by version desc limit $3
"""
_GIVE = """
update cart set secret_digests = (array_append(secret_digests, $2))[greatest(cardinality(secret_digests) + 2 - $3, 1):] where id = $1
"""
_VERSIONS = "select id, version from cart where id = any($1::uuid[])"
_PURGE = """
with gone as (
    delete from cart where id in (select id from cart where expires_at < $1 limit $3) returning id
), forgotten as (
    delete from cart_op where at < $2 and (cart_id, operation_id) in (select cart_id, operation_id from cart_op where at < $2 limit $3)
    returning 1
)
select (select count(*) from gone), (select count(*) from forgotten)
"""


class Stored(msgspec.Struct, frozen=True):
    """A row. `known`: those of the operations that were asked for that were applied already, with the digest of each."""

    cart: Cart
    digests: Sequence[bytes]
    body: bytes
    known: Mapping[OperationId, tuple[bytes, Applied]] = {}


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `cart_op`."""

    cart: CartId
    operation: OperationId
    kind: str
    device: Device
    digest: bytes
    body: bytes
    outcome: Applied


class Recalled(msgspec.Struct, frozen=True):
    """`operation` None: it was none of a client's, as a merge."""

    entry: HistoryEntry
    operation: AnyOperation | None
    outcome: Applied


def logged(cart: CartId, operation: Operation, device: Device, outcome: Applied, body: bytes, digest: bytes) -> Logged:
    return Logged(
        cart=cart,
        operation=operation.id,
        kind=str(operation.__struct_config__.tag),
        device=device,
        digest=digest,
        body=body,
        outcome=outcome,
    )


def encode_operation(operation: Operation) -> bytes:
    return _encode(operation)


def digest_of(operation: bytes) -> bytes:
    """By which the same operation is told from another one under its id."""
    return blake2b(operation, digest_size=16).digest()


def encode_state(state: CartState) -> bytes:
    return _encode(state)


def decode_state(body: bytes) -> CartState:
    return _decode_state(body)


async def find(db: Connection | Pool, cart: CartId) -> Stored | None:
    return _first(await db.fetch(_ONE, cart))


async def find_of_customer(db: Connection | Pool, customer: CustomerId, group: CartGroup) -> Stored | None:
    return _first(await db.fetch(_OF_CUSTOMER, customer, group))


async def find_parked(db: Connection | Pool, location: LocationId, limit: int) -> list[Stored]:
    return [_stored(row) for row in await db.fetch(_PARKED, location, limit)]


async def lock(db: Connection, carts: Collection[CartId], operations: Collection[OperationId] = ()) -> dict[CartId, Stored]:
    """Until the transaction ends. An id with a zero byte, which PostgreSQL's texts cannot have, is nobody's."""
    named = [operation for operation in operations if "\0" not in operation]
    return {CartId(row["id"]): _stored(row, _known(row)) for row in await db.fetch(_LOCK, list(carts), named)}


async def write(
    db: Connection, carts: Sequence[Cart], log: Sequence[Logged], now: datetime, founded: Mapping[CartId, bytes] | None = None
) -> None:
    """Carts and what was done to them, and says so to everybody once it is committed. `founded`: digests of new carts' secrets."""
    founded = founded or {}
    facts = [
        (
            cart.id,
            cart.version,
            cart.status.value,
            cart.group,
            cart.channel,
            cart.customer,
            cart.location,
            cart.successor,
            founded.get(cart.id, b""),
            cart.expires_at,
            _encode(cart.state),
        )
        for cart in carts
    ]
    entries = [
        (
            each.cart,
            each.operation,
            each.outcome.version,
            each.kind,
            each.device.channel,
            each.device.name,
            each.digest,
            each.body,
            _encode(each.outcome),
        )
        for each in log
    ]
    columns = map(list, zip(*facts, strict=True))
    news = ",".join(f"{cart.id}:{cart.version}" for cart in carts)
    await db.fetch(_WRITE, now, news, *columns, *(map(list, zip(*entries, strict=True)) if entries else _NOTHING_LOGGED))


async def give(db: Connection, cart: CartId, digest: bytes, most: int) -> None:
    """One more secret; of more than `most`, the oldest goes."""
    await db.execute(_GIVE, cart, digest, most)


async def history(db: Connection | Pool, cart: CartId, since: int, limit: int = 10_000) -> list[Recalled]:
    """Oldest first; of more than `limit`, the latest."""
    return [_recalled(row) for row in reversed(await db.fetch(_HISTORY, cart, since, limit))]


async def versions(db: Connection | Pool, carts: Collection[CartId]) -> dict[CartId, int]:
    return {CartId(row[0]): row[1] for row in await db.fetch(_VERSIONS, list(carts))}


async def purge(db: Connection | Pool, expired_before: datetime, logged_before: datetime, limit: int) -> int:
    """How many rows went; as many as `limit` of either: there may be more."""
    (row,) = await db.fetch(_PURGE, expired_before, logged_before, limit)
    carts, operations = row
    return max(int(carts), int(operations))


def _first(rows: Sequence[asyncpg.Record]) -> Stored | None:
    return _stored(rows[0]) if rows else None


def _known(row: asyncpg.Record) -> dict[OperationId, tuple[bytes, Applied]]:
    if row["operation_ids"] is None:
        return {}
    found = zip(row["operation_ids"], row["digests"], row["outcomes"], strict=True)
    return {OperationId(operation): (digest, _decode_outcome(outcome)) for operation, digest, outcome in found}


def _stored(row: asyncpg.Record, known: Mapping[OperationId, tuple[bytes, Applied]] | None = None) -> Stored:
    cart = Cart(
        id=CartId(row["id"]),
        version=row["version"],
        status=CartStatus(row["status"]),
        group=CartGroup(row["cart_group"]),
        channel=Channel(row["channel"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        expires_at=row["expires_at"],
        state=_decode_state(row["body"]),
        customer=row["customer"],
        location=row["location_id"],
        successor=row["successor"],
    )
    return Stored(cart, row["secret_digests"], row["body"], known or {})


def _recalled(row: asyncpg.Record) -> Recalled:
    entry = HistoryEntry(
        version=row["version"],
        operation=row["operation_id"],
        kind=row["kind"],
        channel=row["channel"],
        device=row["device"],
        at=row["at"],
    )
    operation = _decode_operation(row["body"]) if row["kind"] in CLIENTS else None
    return Recalled(entry, operation, _decode_outcome(row["outcome"]))
