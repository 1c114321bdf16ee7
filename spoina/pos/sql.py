"""The statements of a till's documents. Locks in one order: the register, the sale a return points to, then stock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from spoina.db import Connection
from spoina.ids import HoldId, LocationId, RegisterId, SaleId, StockItemId, VariantId
from spoina.pos.rules import KnownVariant
from spoina.pos.types import Document, DocumentKind, Fiscal, Gap, Payment, SaleLine, Terminal, VatLetter, VatLine
from spoina.pricing.types import PriceSchedule

GAPS_TOLD = 100

# A variant that the catalogue has no more is known by its prices, which are never forgotten.
_VARIANTS = """
with asked as (
    select * from unnest($1::integer[], $2::bigint[], $3::text[]) as asked (place, variant_id, sku)
), found as (
    select asked.place, coalesce(asked.variant_id, by_sku.id) as id from asked
    left join lateral (select id from variant where sku = asked.sku order by id limit 1) by_sku on asked.variant_id is null
)
select found.place, found.id, v.id is null as gone, v.sku, v.stock_item, letter.tax_class, letter.letter, letter.rate,
    price.regular, price.sale, price.sale_from, price.sale_to
from found left join variant v on v.id = found.id
left join pos_vat_letter letter on letter.tax_class = case
    when convert_from(v.body, 'UTF8')::json ->> 'tax_status' <> 'taxable' then 'exempt'
    else coalesce(convert_from(v.body, 'UTF8')::json ->> 'tax_class', '') end
left join lateral (
    select regular, sale, sale_from, sale_to from price_change
    where variant_id = found.id and valid_from <= $4 order by valid_from desc limit 1
) price on true
where v.id is not null or exists (select from price_change where variant_id = found.id)
"""


async def known_variants(db: Connection, lines: Sequence[SaleLine], at: datetime) -> dict[int, KnownVariant]:
    """By line number, those the catalogue has or had, with the prices in force at `at`."""
    named = [(place, line.variant_id, line.sku) for place, line in enumerate(lines) if line.variant_id is not None or line.sku is not None]
    rows = await db.fetch(_VARIANTS, *map(list, zip(*named, strict=True)), at) if named else []
    return {row["place"]: _known(row) for row in rows}


def _known(row: asyncpg.Record) -> KnownVariant:
    letter = VatLetter(tax_class=row["tax_class"], letter=row["letter"], rate=row["rate"]) if row["letter"] else None
    schedule = PriceSchedule(regular=row["regular"], sale=row["sale"], sale_from=row["sale_from"], sale_to=row["sale_to"])
    return KnownVariant(
        id=VariantId(row["id"]),
        sku=row["sku"],
        stock_item=None if row["stock_item"] is None else StockItemId(row["stock_item"]),
        vat=letter,
        schedule=None if schedule.regular is None else schedule,
        gone=row["gone"],
    )


class Surroundings(NamedTuple):
    """What a document is recorded into. `repeated`: the register had used the number before. `shift_register`: None where nobody has heard
    of the shift yet."""

    currency: str
    prices_include_tax: bool
    woocommerce_stock: bool
    gaps: tuple[Gap, ...]
    repeated: bool
    shift_register: str | None
    shift_closed: bool


# The register's row is locked until the transaction ends: its documents are recorded one after the other. The old row is read under
# the lock, so that `repeated` is told from what stood there before.
_TAKE_NUMBER = """
with before as materialized (
    select * from pos_register where id = $1 for update
), taken as (
    update pos_register set
        highest = greatest(before.highest, $2::bigint),
        missing = case
            when $2 > before.highest then before.missing + int8multirange(int8range(before.highest + 1, $2))
            else before.missing - int8multirange(int8range($2, $2, '[]')) end
    from before where pos_register.id = before.id
    returning pos_register.missing, not ($2 > before.highest or before.missing @> $2::bigint) as repeated
)
select taken.repeated, shop.currency, shop.prices_include_tax or not shop.calc_taxes as prices_include_tax,
    location.owner = 'woocommerce' as woocommerce,
    owner.code as shift_register, shift.closed_at is not null as shift_closed,
    array(select lower(gap) from unnest(taken.missing) as gap order by 1 limit $5) as first,
    array(select upper(gap) - 1 from unnest(taken.missing) as gap order by 1 limit $5) as last
from taken cross join shop join location on location.id = $3
left join pos_shift shift on shift.id = $4 left join pos_register owner on owner.id = shift.register_id
"""


async def take_number(db: Connection, document: Document, terminal: Terminal) -> Surroundings:
    (row,) = await db.fetch(_TAKE_NUMBER, terminal.register_id, document.sequence, terminal.location, document.shift_id, GAPS_TOLD)
    return Surroundings(
        row["currency"],
        row["prices_include_tax"],
        row["woocommerce"],
        tuple(Gap(first, last) for first, last in zip(row["first"], row["last"], strict=True)),
        row["repeated"],
        row["shift_register"],
        row["shift_closed"],
    )


class StoredLine(NamedTuple):
    variant_id: int | None
    stock_item: int | None
    title: str
    quantity: int
    gross: int


class Stored(NamedTuple):
    """A document as it goes into the tables."""

    kind: DocumentKind
    origin: SaleId | None
    total: int
    buyer_nip: str | None
    fiscal: Fiscal
    catalogue_version: int | None
    lines: Sequence[StoredLine]
    vat_lines: Sequence[VatLine]
    payments: Sequence[Payment]
    differences: bytes
    body: bytes
    pending: HoldId | None = None


_INSERT = """
with document as (
    insert into pos_sale (
        id, kind, origin_id, register_id, terminal_id, location_id, sequence, shift_id, cashier, occurred_at, utc_offset, received_at,
        total, currency, buyer_nip, fiscal_required, fiscal_device_no, fiscal_receipt_no, fiscal_printed_at, fiscal_status,
        catalogue_version, differences, body, pending_hold
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
), lines as (
    insert into pos_sale_line (sale_id, line, variant_id, stock_item, title, quantity, gross)
    select $1, line - 1, variant_id, stock_item, title, quantity, gross
    from unnest($25::bigint[], $26::bigint[], $27::text[], $28::integer[], $29::bigint[])
        with ordinality as each (variant_id, stock_item, title, quantity, gross, line)
), vat as (
    insert into pos_sale_vat (sale_id, letter, rate, net, vat, gross)
    select $1, each.* from unnest($30::text[], $31::integer[], $32::bigint[], $33::bigint[], $34::bigint[]) as each
)
insert into pos_payment (sale_id, place, method, amount)
select $1, place - 1, method, amount from unnest($35::text[], $36::bigint[]) with ordinality as each (method, amount, place)
"""


async def insert(db: Connection, document: Document, terminal: Terminal, stored: Stored, currency: str, now: datetime) -> None:
    offset = document.occurred_at.utcoffset()
    fiscal = stored.fiscal
    await db.execute(
        _INSERT,
        *(document.id, stored.kind.value, stored.origin, terminal.register_id, terminal.id, terminal.location, document.sequence),
        *(document.shift_id, document.cashier, document.occurred_at, 0 if offset is None else int(offset.total_seconds()) // 60, now),
        *(stored.total, currency, stored.buyer_nip, fiscal.required, fiscal.device_no, fiscal.receipt_no, fiscal.printed_at),
        *(fiscal.status.value, stored.catalogue_version, stored.differences, stored.body, stored.pending),
        *_columns(stored.lines, 5),
        *_columns([(line.letter, line.rate, line.net, line.vat, line.gross) for line in stored.vat_lines], 5),
        *_columns([(payment.method, payment.amount) for payment in stored.payments], 2),
    )


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]


class Origin(NamedTuple):
    kind: DocumentKind
    location: LocationId
    register: RegisterId
    total: int
    printed: bool
    pending: HoldId | None
    body: bytes


_ORIGIN = "select kind, location_id, register_id, total, fiscal_status, pending_hold, body from pos_sale where id = $1 for no key update"


async def lock_origin(db: Connection, sale: SaleId) -> Origin | None:
    row = await db.fetchrow(_ORIGIN, sale)
    if row is None:
        return None
    kind, printed = DocumentKind(row["kind"]), row["fiscal_status"] == "printed"
    return Origin(
        kind, LocationId(row["location_id"]), RegisterId(row["register_id"]), row["total"], printed, row["pending_hold"], row["body"]
    )


class SoldLine(NamedTuple):
    variant_id: int | None
    stock_item: int | None
    title: str
    quantity: int
    gross: int
    returned: int
    returned_gross: int


_SOLD = """
select line.line, line.variant_id, line.stock_item, line.title, line.quantity, line.gross, line.returned,
    coalesce(sum(back.gross), 0)::bigint
from pos_sale_line line
left join pos_sale document on document.origin_id = line.sale_id
left join pos_return_line back on back.return_id = document.id and back.origin_line = line.line
where line.sale_id = $1 group by line.sale_id, line.line order by line.line
"""
_GIVE_BACK = """
with back as (
    select * from unnest($3::integer[], $4::integer[], $5::bigint[], $6::boolean[]) as back (line, quantity, gross, restock)
), noted as (
    insert into pos_return_line (return_id, line, origin_line, quantity, gross, restock)
    select $2, row_number() over (order by line) - 1, line, quantity, gross, restock from back
)
update pos_sale_line set returned = returned + back.quantity from back
where sale_id = $1 and pos_sale_line.line = back.line and returned + back.quantity <= pos_sale_line.quantity
returning pos_sale_line.line
"""


async def sold_lines(db: Connection, sale: SaleId) -> list[SoldLine]:
    return [SoldLine(*row[1:]) for row in await db.fetch(_SOLD, sale)]


async def give_back(db: Connection, sale: SaleId, document: SaleId, lines: Sequence[tuple[int, int, int, bool]]) -> set[int]:
    """Rows of (line, quantity, gross, restock). Returns the lines of which that much was left; the others were not touched."""
    return {row[0] for row in await db.fetch(_GIVE_BACK, sale, document, *_columns(lines, 4))}


_LETTERS = "select tax_class, letter, rate from pos_vat_letter order by letter, tax_class"


async def vat_letters(db: Connection) -> list[VatLetter]:
    return [VatLetter(**row) for row in await db.fetch(_LETTERS)]


async def replace_vat_letters(db: Connection, letters: Mapping[str, VatLetter]) -> None:
    await db.execute("delete from pos_vat_letter")
    await db.executemany(
        "insert into pos_vat_letter (tax_class, letter, rate) values ($1, $2, $3)",
        [(name, letter.letter, letter.rate) for name, letter in letters.items()],
    )
