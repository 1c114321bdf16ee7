"""The frame around the products: shop settings, categories and other terms, taxes, pages, menus. Small, read whole, replaced whole."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from spoina.catalog.facts import TaxClass, Taxonomy, TaxRate, Term
from spoina.catalog.types import Category, Menu, Page, Shop
from spoina.db import Connection

CATEGORY = "category"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Renamed(msgspec.Struct, frozen=True):
    """A term whose name products carry in their documents, as it was called when they were prepared."""

    taxonomy: str
    id: int
    old_name: str


_SAVE_SHOP = """
insert into shop (name, url, description, currency, country, timezone, language, prices_include_tax, calc_taxes, price_decimals,
    weight_unit, dimension_unit, counts_stock, as_of) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (only_one) do update set name = $1, url = $2, description = $3, currency = $4, country = $5, timezone = $6, language = $7,
    prices_include_tax = $8, calc_taxes = $9, price_decimals = $10, weight_unit = $11, dimension_unit = $12,
    counts_stock = $13, as_of = $14
"""

_SAVE_TERMS = """
insert into term (taxonomy, id, slug, name, parent_id, body, hash, position, as_of)
select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bytea[], $7::bytea[], $8::integer[], $9::timestamptz[])
on conflict (taxonomy, id) do update set slug = excluded.slug, name = excluded.name, parent_id = excluded.parent_id, body = excluded.body,
    hash = excluded.hash, position = excluded.position, as_of = excluded.as_of
"""


async def save_shop(db: Connection, shop: Shop) -> bool:
    """Whether it differs from what was stored."""
    stored = await load_shop(db)
    await db.execute(
        _SAVE_SHOP,
        *(shop.name, shop.url, shop.description, shop.currency, shop.country, shop.timezone, shop.language, shop.prices_include_tax),
        *(shop.calc_taxes, shop.price_decimals, shop.weight_unit, shop.dimension_unit, shop.counts_stock),
        shop.as_of,
    )
    return stored is None or msgspec.structs.replace(stored, as_of=shop.as_of) != shop


async def load_shop(db: Connection) -> Shop | None:
    row = await db.fetchrow("select * from shop")
    return None if row is None else msgspec.convert({key: value for key, value in row.items() if key != "only_one"}, Shop)


async def save_terms(db: Connection, taxonomy: str, terms: Sequence[Term] | Sequence[Category]) -> list[Renamed] | None:
    """Replaces one taxonomy. None: it was the same already. Otherwise the terms that were renamed or are gone: products that name them
    must be
    read again."""
    rows = await db.fetch("select id, name, hash from term where taxonomy = $1", taxonomy)
    digests = {int(term.id): _digest(term) for term in terms}
    if {row[0]: row[2] for row in rows} == digests:
        return None
    names = {int(term.id): _name(term) for term in terms}
    await db.execute("delete from term where taxonomy = $1 and id <> all($2::bigint[])", taxonomy, list(names))
    await db.execute(
        _SAVE_TERMS,
        taxonomy,
        list(names),
        [term.handle if isinstance(term, Category) else term.slug for term in terms],
        list(names.values()),
        [term.parent_id for term in terms],
        [msgspec.json.encode(term) for term in terms],
        list(digests.values()),
        [term.position for term in terms],
        [term.as_of for term in terms],
    )
    return [Renamed(taxonomy, row[0], row[1]) for row in rows if names.get(row[0]) != row[1]]


class StoredOption(NamedTuple):
    """A term of a global attribute."""

    id: int
    attribute_id: int
    name: str


class StoredAttributes(NamedTuple):
    """`names`: of each attribute its name and slug."""

    names: dict[int, tuple[str, str]]
    options: list[StoredOption]


async def stored_attributes(db: Connection) -> StoredAttributes:
    names = await db.fetch("select id, name, slug from term where taxonomy = $1", Taxonomy.ATTRIBUTE)
    options = await db.fetch("select id, parent_id, name from term where taxonomy = $1", Taxonomy.ATTRIBUTE_TERM)
    return StoredAttributes({row[0]: (row[1], row[2]) for row in names}, [StoredOption(*row) for row in options])


def _name(term: Term | Category) -> str:
    return term.title if isinstance(term, Category) else term.name


def _digest(row: Term | Category | Page) -> bytes:
    return blake2b(msgspec.json.encode(msgspec.structs.replace(row, as_of=_EPOCH)), digest_size=16).digest()


_TAXES = """
select 'class', slug, name, '', '', '{}', '{}', '', 0, false, false, position from tax_class union all
select id::text, class, name, country, state, postcodes, cities, rate, priority, compound, shipping, position from tax_rate order by 1, 2
"""


async def save_taxes(db: Connection, classes: Sequence[TaxClass], rates: Sequence[TaxRate]) -> bool:
    """Whether they differ from what was stored. The classes stay in the order in which they come."""
    stored = await db.fetch(_TAXES)
    await db.execute("delete from tax_class")
    await db.executemany(
        "insert into tax_class (slug, name, position, as_of) values ($1, $2, $3, $4)",
        [(each.slug, each.name, place, each.as_of) for place, each in enumerate(classes)],
    )
    await db.execute("delete from tax_rate")
    await db.executemany(
        "insert into tax_rate (id, class, country, state, postcodes, cities, rate, name, priority, compound, shipping, position, as_of)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            (
                *(each.id, each.tax_class, each.country, each.state, list(each.postcodes), list(each.cities), each.rate, each.name),
                *(each.priority, each.compound, each.shipping, each.position, each.as_of),
            )
            for each in rates
        ],
    )
    return stored != await db.fetch(_TAXES)


async def save_pages(db: Connection, pages: Sequence[Page]) -> bool:
    """Whether they differ from what was stored. Of two pages with one handle (their parents differ) the first is kept."""
    stored = {row[0]: row[1] for row in await db.fetch("select id, hash from page")}
    await db.execute("delete from page")
    await db.executemany(
        "insert into page (id, handle, body, hash, as_of) values ($1, $2, $3, $4, $5) on conflict (handle) do nothing",
        [(page.id, page.handle, msgspec.json.encode(page), _digest(page), page.as_of) for page in pages],
    )
    return stored != {row[0]: row[1] for row in await db.fetch("select id, hash from page")}


async def save_menus(db: Connection, menus: Sequence[Menu], as_of: datetime) -> bool:
    """Whether they differ from what was stored."""
    stored = {row[0]: row[1] for row in await db.fetch("select handle, body from menu")}
    rows = [(menu.handle, msgspec.json.encode(menu)) for menu in menus]
    await db.execute("delete from menu")
    await db.executemany(
        "insert into menu (handle, body, hash, as_of) values ($1, $2, $3, $4)",
        [(handle, body, blake2b(body, digest_size=16).digest(), as_of) for handle, body in rows],
    )
    return stored != dict(rows)


async def announce(db: Connection) -> None:
    """Heard by every API process once this transaction is committed."""
    await db.execute("select pg_notify('shop_changed', '')")


async def products_with_labels(db: Connection, labels: Sequence[str]) -> list[int]:
    rows = await db.fetch("select id from product where labels && $1::text[] and deleted_at is null", list(labels))
    return [row[0] for row in rows]
