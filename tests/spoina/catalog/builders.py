"""Small catalogues: products with defaults for all that a test does not care about, written with the statements of the write side."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from spoina.catalog import frame, sql
from spoina.catalog.assembly import encode, product_row, variant_row
from spoina.catalog.facts import Taxonomy, Term
from spoina.catalog.types import Category, Kind, Menu, MenuItem, Page, Product, Shop, Status, StockPolicy, Variant
from spoina.db import Connection, Pool, transaction
from spoina.ids import CategoryId, ProductId, Sku, StockItemId, TermId, VariantId
from spoina.pricing.types import PriceSchedule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def variant(number: int, product_id: int | None = None, *, price: int | None = 1999, counted: bool = False, **more) -> Variant:
    facts = {
        "title": f"Variant {number}",
        "prices": PriceSchedule(regular=price),
        "as_of": NOON,
        "sku": Sku(f"SKU-{number}"),
        "stock": StockPolicy(item=StockItemId(number)) if counted else StockPolicy(),
    }
    return Variant(id=VariantId(number), product_id=ProductId(number if product_id is None else product_id), **{**facts, **more})


def product(number: int, *, price: int | None = 1999, counted: bool = False, categories: Sequence[int] = (), **more) -> Product:
    """A simple product with one variant of its own number, unless `variants` says otherwise."""
    facts = {
        "handle": f"product-{number}",
        "kind": Kind.SIMPLE,
        "status": Status.PUBLISH,
        "title": f"Product {number}",
        "currency": "PLN",
        "created_at": NOON,
        "updated_at": NOON,
        "as_of": NOON,
        "variants": (variant(number, price=price, counted=counted),),
        "category_ids": tuple(CategoryId(each) for each in categories),
    }
    return Product(id=ProductId(number), **{**facts, **more})


def category(number: int, parent: int | None = None, **more) -> Category:
    facts = {"handle": f"category-{number}", "title": f"Category {number}", "as_of": NOON}
    return Category(id=CategoryId(number), parent_id=None if parent is None else CategoryId(parent), **{**facts, **more})


def page(number: int, **more) -> Page:
    facts = {"handle": f"page-{number}", "title": f"Page {number}", "body_html": "<p>Text</p>", "created_at": NOON, "updated_at": NOON}
    return Page(id=number, as_of=NOON, **{**facts, **more})


async def insert_shop(pool: Pool, *, language: str = "pl", name: str = "Sklep") -> int:
    where = {"url": "https://sklep.example", "currency": "PLN", "country": "PL", "timezone": "Europe/Warsaw"}
    shop = Shop(name=name, language=language, as_of=NOON, **where)
    async with transaction(pool) as db:
        await frame.save_shop(db, shop)
        return await announce_shop(db)


async def insert_products(pool: Pool, products: Sequence[Product], left: Mapping[int, int] | None = None, *, language: str = "pl") -> int:
    """One committed, announced version with these products in the place of what was stored under their ids. `left`: stock by item."""
    async with transaction(pool) as db:
        await sql.lock(db)
        version = await sql.next_version(db)
        stored = list(await sql.known_products(db, [each.id for each in products]))
        rows = [product_row(each, left=left or {}, at=NOON, digest=b"", version=version) for each in products]
        await sql.replace_products(db, rows, [encode(each) for each in products], language, stored=stored)
        await db.execute("delete from variant where product_id = any($1::bigint[])", stored)
        variants = [variant_row(each, b"") for one in products for each in one.variants]
        await sql.replace_variants(db, variants, stored=[])
        await sql.announce(db, version)
    if left:
        await insert_stock(pool, left)
    return version


async def insert_stock(pool: Pool, on_hand: Mapping[int, int], *, announce: bool = True) -> None:
    async with transaction(pool) as db:
        await db.executemany(
            "insert into stock (item_id, location_id, on_hand, as_of) values ($1, 1, $2, $3)"
            " on conflict (item_id, location_id) do update set on_hand = excluded.on_hand",
            [(item, count, NOON) for item, count in on_hand.items()],
        )
        if announce:
            await db.execute("select pg_notify('stock_changed', $1)", ",".join(map(str, on_hand)))


async def insert_frame(
    pool: Pool, *, categories: Sequence[Category] = (), pages: Sequence[Page] = (), menus: Sequence[Menu] = (), tags: Sequence[str] = ()
) -> int:
    """Replaces what surrounds products, and announces it."""
    terms = [Term(taxonomy=Taxonomy.TAG, id=TermId(n), slug=f"tag-{n}", name=name, as_of=NOON) for n, name in enumerate(tags, start=900)]
    async with transaction(pool) as db:
        await frame.save_terms(db, "category", categories)
        await frame.save_terms(db, "tag", terms)
        await frame.save_pages(db, pages)
        await frame.save_menus(db, menus, NOON)
        return await announce_shop(db)


async def announce_shop(db: Connection) -> int:
    """With a version behind it that no product carries: a reader that has settled on it has heard of the shop."""
    await sql.lock(db)
    version = await sql.next_version(db)
    await db.execute("select pg_notify('shop_changed', '')")
    await sql.announce(db, version)
    return version


def menu(handle: str) -> Menu:
    return Menu(handle=handle, title=handle.title(), items=(MenuItem(id="1", title="Home", url="https://sklep.example"),))


def renamed(original: Product, title: str) -> Product:
    return msgspec.structs.replace(original, title=title)
