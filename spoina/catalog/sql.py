"""The statements by which the catalogue is written. Everyone who writes it holds `lock` first, so rows are replaced without races."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from spoina.catalog.assembly import CHANNEL, ProductRow, VariantRow, decode_product, decode_variant
from spoina.catalog.facts import StockFact
from spoina.catalog.types import Product, Variant
from spoina.db import Connection
from spoina.ids import LocationId, ProductId, StockItemId, VariantId

WOOCOMMERCE = LocationId(1)
"""The location whose stock WooCommerce owns (migration 0001)."""

_CATALOGUE_LOCK = 0x5B01
"""Transaction-scoped advisory lock: one writer at a time, so that versions are committed in their order."""


class Known(NamedTuple):
    """What is stored of a product or variant: enough to tell whether a read brings news."""

    hash: bytes
    as_of: datetime
    alive: bool


async def lock(db: Connection) -> None:
    await db.execute("select pg_advisory_xact_lock($1)", _CATALOGUE_LOCK)


async def next_version(db: Connection) -> int:
    version: int = await db.fetchval("select nextval('catalog_version')")
    return version


async def known_products(db: Connection, ids: Sequence[ProductId]) -> dict[ProductId, Known]:
    rows = await db.fetch("select id, hash, as_of, deleted_at is null from product where id = any($1::bigint[])", ids)
    return {ProductId(row[0]): Known(row[1], row[2], row[3]) for row in rows}


async def known_variants(db: Connection, ids: Sequence[VariantId]) -> dict[VariantId, Known]:
    rows = await db.fetch("select id, hash, as_of from variant where id = any($1::bigint[])", ids)
    return {VariantId(row[0]): Known(row[1], row[2], alive=True) for row in rows}


async def variants_of(db: Connection, product_ids: Sequence[ProductId]) -> dict[ProductId, list[Variant]]:
    rows = await db.fetch("select product_id, body from variant where product_id = any($1::bigint[])", product_ids)
    found: dict[ProductId, list[Variant]] = {product_id: [] for product_id in product_ids}
    for product_id, body in rows:
        found[product_id].append(decode_variant(body))
    return found


async def variants(db: Connection, ids: Sequence[VariantId]) -> dict[VariantId, Variant]:
    rows = await db.fetch("select id, body from variant where id = any($1::bigint[])", ids)
    return {VariantId(row[0]): decode_variant(row[1]) for row in rows}


async def on_hand(db: Connection, items: Sequence[StockItemId]) -> dict[StockItemId, int]:
    """As the shop counts it, before holds and buffers."""
    rows = await db.fetch("select item_id, on_hand from stock where location_id = $1 and item_id = any($2::bigint[])", WOOCOMMERCE, items)
    return {StockItemId(row[0]): row[1] for row in rows}


_DOCUMENTS = """
select p.hash, p.as_of, d.body from product p join product_document d on d.product_id = p.id
where p.id = any($1::bigint[]) and p.deleted_at is null and d.channel = $2
"""


async def documents(db: Connection, ids: Sequence[ProductId]) -> list[tuple[bytes, Product]]:
    """Each product as it is prepared now, with the hash of its own facts. `as_of` is the row's: it moves when a read brings no news."""
    rows = await db.fetch(_DOCUMENTS, ids, CHANNEL)
    return [(row[0], msgspec.structs.replace(decode_product(row[2]), as_of=row[1])) for row in rows]


class Listing(NamedTuple):
    """What listings sort and filter by, as far as it follows from the product alone."""

    handle: str
    kind: str
    status: str
    listed: bool
    searchable: bool
    published: bool
    title: str
    vendor: str
    product_type: str
    labels: list[str]
    price_min: int | None
    price_max: int | None
    price_until: datetime | None


_LISTINGS = f"select id, {', '.join(Listing._fields)} from product where id = any($1::bigint[]) and deleted_at is null"  # noqa: S608


async def listings(db: Connection, ids: Sequence[ProductId]) -> dict[ProductId, Listing]:
    return {ProductId(row[0]): Listing(*row[1:]) for row in await db.fetch(_LISTINGS, ids)}


async def replace_products(
    db: Connection, rows: Sequence[ProductRow], bodies: Sequence[bytes], language: str, *, stored: Sequence[int]
) -> None:
    """`stored`: those of the ids that have a row already."""
    if stored:
        await db.execute("delete from product where id = any($1::bigint[])", stored)
    await db.copy_records_to_table("product", records=rows, columns=ProductRow._fields)
    await db.copy_records_to_table(
        "product_document",
        records=[(row.id, CHANNEL, language, row.version, body) for row, body in zip(rows, bodies, strict=True)],
        columns=("product_id", "channel", "language", "version", "body"),
    )


async def replace_variants(db: Connection, rows: Sequence[VariantRow], *, stored: Sequence[int]) -> None:
    if stored:
        await db.execute("delete from variant where id = any($1::bigint[])", stored)
    await db.copy_records_to_table("variant", records=rows, columns=VariantRow._fields)


async def confirm_products(db: Connection, ids: Sequence[ProductId], as_of: datetime) -> None:
    """The shop was read again and says the same."""
    if ids:
        await db.execute("update product set as_of = $2 where id = any($1::bigint[]) and as_of < $2", ids, as_of)


async def confirm_variants(db: Connection, ids: Sequence[VariantId], as_of: datetime) -> None:
    if ids:
        await db.execute("update variant set as_of = $2 where id = any($1::bigint[]) and as_of < $2", ids, as_of)


# In the lock order of stock (migration 0003). WooCommerce's own counts change nowhere else, and everyone who is here holds `lock`, so
# `known` is what they were. What was owed for sales that this count contains is given back (spoina/inventory/holds.py); a count
# that fell below what is held is opened as an exception.
_COUNT_STOCK = """
with counted as (
    select * from unnest($1::bigint[], $2::integer[]) as fact (item_id, on_hand) order by item_id
), known as (
    select item_id, on_hand, as_of from stock where location_id = $3 and item_id = any($1::bigint[])
), settled as (
    delete from sale_settling using known
    where sale_settling.item_id = known.item_id and sale_settling.confirmed_at <= $4 and known.as_of <= $4
    returning sale_settling.item_id, units
), written as (
    insert into stock (item_id, location_id, on_hand, as_of)
    select item_id, $3, on_hand, $4 from counted
    on conflict (item_id, location_id) do update set
        on_hand = excluded.on_hand,
        as_of = excluded.as_of,
        held = stock.held - coalesce((select sum(units) from settled where settled.item_id = excluded.item_id), 0)
    where stock.as_of <= excluded.as_of
    returning item_id, on_hand, held, buffer
), changed as (
    select written.*, written.on_hand - coalesce(known.on_hand, 0) as delta, known.item_id is null as is_new
    from written left join known using (item_id)
), moved as (
    insert into stock_move (item_id, location_id, delta, reason, source, reference, line, occurred_at, recorded_at)
    select item_id, $3, delta, 'channel_sync', 'woocommerce', '', 0, $4, now() from changed where delta <> 0
), overtaken as (
    insert into stock_exception (kind, item_id, location_id, units, source, reference, opened_at)
    select 'overtaken', item_id, $3, held - backordered - greatest(on_hand, 0), 'woocommerce', 'count', now()
    from changed cross join lateral (
        select coalesce(sum(line.backordered), 0) as backordered from hold_line as line
        where line.item_id = changed.item_id and line.location_id = $3 and line.status in ('active', 'sold_pending')
    ) as promised
    where held > greatest(on_hand, 0) and held - backordered > greatest(on_hand, 0) and not exists (
        select from stock_exception as open
        where open.item_id = changed.item_id and open.location_id = $3 and open.kind = 'overtaken' and open.resolved_at is null
    )
), elsewhere as (
    select item_id, sum(greatest(on_hand - held - buffer, 0))::integer as left_there from stock join location on location.id = location_id
    where location_id <> $3 and item_id = any($1::bigint[]) and ships_online and active group by item_id
)
select
    item_id,
    case when (select ships_online and active from location where id = $3) then greatest(on_hand - held - buffer, 0) else 0 end
        + coalesce(left_there, 0),
    is_new or delta <> 0
from changed left join elsewhere using (item_id)
"""


async def count_stock(db: Connection, facts: Sequence[StockFact], as_of: datetime) -> tuple[dict[StockItemId, int], list[StockItemId]]:
    """Takes over the shop's counts unless a newer read is stored; returns what channels that ship may sell of each item, and the
    items whose count moved. Each difference is a line of stock's ledger."""
    if not facts:
        return {}, []
    counts = {fact.item: fact.on_hand for fact in facts}
    rows = await db.fetch(_COUNT_STOCK, list(counts), list(counts.values()), WOOCOMMERCE, as_of)
    return {StockItemId(row[0]): row[1] for row in rows}, [StockItemId(row[0]) for row in rows if row[2]]


_EXPECTED_LEFT = """
select item_id, coalesce(left_over, 0) + case when not (select ships_online and active from location where id = $3) then 0
    else greatest(fact.on_hand - coalesce(held, 0) - coalesce(buffer, 0), 0) end
from unnest($1::bigint[], $2::integer[]) as fact (item_id, on_hand)
left join (select item_id, held, buffer from stock where location_id = $3) as there using (item_id)
left join lateral (
    select sum(greatest(stock.on_hand - stock.held - stock.buffer, 0))::integer as left_over
    from stock join location on location.id = location_id
    where stock.item_id = fact.item_id and location_id <> $3 and ships_online and active
) as elsewhere on true
"""


async def expected_left(db: Connection, facts: Sequence[StockFact]) -> dict[StockItemId, int]:
    """What channels that ship may sell once `count_stock` has taken these over, if nobody holds or sells any meanwhile."""
    if not facts:
        return {}
    rows = await db.fetch(_EXPECTED_LEFT, [fact.item for fact in facts], [fact.on_hand for fact in facts], WOOCOMMERCE)
    return {StockItemId(row[0]): row[1] for row in rows}


async def stock_left(db: Connection, items: Sequence[StockItemId]) -> dict[StockItemId, int]:
    """What channels that ship may sell, over all locations."""
    rows = await db.fetch("select item_id, left_over from online_stock where item_id = any($1::bigint[])", items)
    return {StockItemId(row[0]): row[1] for row in rows}


_AVAILABILITY = """
with sellable as (
    select v.product_id, bool_or(v.sells = 'always' or (v.sells = 'counted' and coalesce(s.left_over, 0) > 0)) as available
    from variant v
    left join lateral (select left_over from online_stock where item_id = v.stock_item) s on true
    where v.product_id in (select product_id from variant where stock_item = any($1::bigint[]))
    group by v.product_id
)
update product p set available = sellable.available, version = $2
from sellable where p.id = sellable.product_id and p.available is distinct from sellable.available and p.deleted_at is null
returning p.id
"""


async def settle_availability(db: Connection, items: Sequence[StockItemId], version: int) -> int:
    """Makes `product.available` follow these items' stock; returns how many products turned."""
    return len(await db.fetch(_AVAILABILITY, items, version)) if items else 0


# Counts of WooCommerce of which nothing is held; what lies at our own locations is there whatever the catalogue says. Rows that are locked
# are left alone: to wait for a hold here, with other rows locked already, would break the lock order.
_REMOVE_COUNTS = """
with free as (
    select item_id, location_id from stock
    where item_id = any($1::bigint[]) and location_id = $2 and held = 0 for update skip locked
), removed as (
    delete from stock using free where stock.item_id = free.item_id and stock.location_id = free.location_id
    returning stock.item_id, stock.on_hand
)
insert into stock_move (item_id, location_id, delta, reason, source, reference, line, occurred_at, recorded_at)
select item_id, $2, -on_hand, 'channel_sync', 'woocommerce', 'removed', 0, now(), now() from removed where on_hand <> 0
"""


async def stop_counting(db: Connection, items: Sequence[StockItemId]) -> None:
    """The shop counts these no more. What is held stays until it is let go."""
    if items:
        await db.execute(_REMOVE_COUNTS, items, WOOCOMMERCE)


_REMOVE = """
update product
set deleted_at = $2, as_of = $3, version = $4, published = false, listed = false, searchable = false, available = false
where id = any($1::bigint[]) and deleted_at is null and as_of <= $3
returning id
"""
_STILL_GONE = "update product set as_of = $2 where id = any($1::bigint[]) and deleted_at is not null and as_of < $2"
_NOT_THERE = """
select id from unnest($1::bigint[]) as asked (id) where not exists (select from product where product.id = asked.id and deleted_at is null)
"""


async def remove_products(db: Connection, ids: Sequence[ProductId], as_of: datetime, at: datetime, version: int) -> list[ProductId]:
    """Takes products that the shop did not have at `as_of` out of the catalogue, unless they were read later. Their rows stay as a trace,
    their documents, variants and stock go."""
    await db.execute(_STILL_GONE, ids, as_of)
    gone = await db.fetch(_REMOVE, ids, at, as_of, version)
    absent = [row[0] for row in await db.fetch(_NOT_THERE, ids)]
    await db.execute("delete from product_document where product_id = any($1::bigint[])", absent)
    kept = await kept_variants(db, absent)
    await remove_variants(db, [variant.id for variants in kept.values() for variant in variants])
    await db.execute(_REMOVE_COUNTS, absent, WOOCOMMERCE)
    return [ProductId(row[0]) for row in gone]


async def remove_variants(db: Connection, ids: Sequence[VariantId], *, counted: Sequence[StockItemId] = ()) -> None:
    """`counted`: stock to be kept, since it is a product's now (a simple product that became a variable one shares its number)."""
    if not ids:
        return
    await db.execute("delete from variant where id = any($1::bigint[])", ids)
    await db.execute(_REMOVE_COUNTS, list(set(map(int, ids)) - set(map(int, counted))), WOOCOMMERCE)


class KeptVariant(NamedTuple):
    id: VariantId
    as_of: datetime


async def kept_variants(db: Connection, product_ids: Sequence[ProductId]) -> dict[ProductId, list[KeptVariant]]:
    """Which variants are stored of each of these products."""
    found: dict[ProductId, list[KeptVariant]] = {product_id: [] for product_id in product_ids}
    if product_ids:
        for row in await db.fetch("select product_id, id, as_of from variant where product_id = any($1::bigint[])", product_ids):
            found[ProductId(row[0])].append(KeptVariant(VariantId(row[1]), row[2]))
    return found


_UNOWNED = """
select v.id from variant v
where v.as_of < $1 and not exists (select from product p where p.id = v.product_id and p.deleted_at is null)
"""


async def unowned_variants(db: Connection, read_before: datetime) -> list[VariantId]:
    return [VariantId(row[0]) for row in await db.fetch(_UNOWNED, read_before)]


_DUE_FOR_REPRICING = """
select d.body from product p join product_document d on d.product_id = p.id
where p.price_until <= $1 and p.deleted_at is null and d.channel = $2 order by p.price_until limit $3
"""


async def due_for_repricing(db: Connection, at: datetime, limit: int) -> list[Product]:
    return [decode_product(row[0]) for row in await db.fetch(_DUE_FOR_REPRICING, at, CHANNEL, limit)]


async def reprice(db: Connection, rows: Sequence[tuple[int, int | None, int | None, datetime | None]], version: int) -> None:
    """Each row: product id, lowest and highest price now, and until when."""
    await db.executemany(
        "update product set price_min = $2, price_max = $3, price_until = $4, version = $5 where id = $1", [(*row, version) for row in rows]
    )


async def announce(db: Connection, version: int, moved: Sequence[StockItemId] = ()) -> None:
    """Heard by every API process once this transaction is committed; see spoina/catalog/reader.py."""
    await db.execute("select pg_notify('catalog_changed', $1)", str(version))
    for start in range(0, len(moved), 400):
        await db.execute("select pg_notify('stock_changed', $1)", ",".join(map(str, moved[start : start + 400])))
