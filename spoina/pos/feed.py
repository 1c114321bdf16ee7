"""The catalogue as a till keeps it: what changed since a cursor, and digests by which a till finds out where its copy is wrong.

Products come in the order of their versions, stock in the order of its own numbers (migration 0004). Each page costs the same, however
large the catalogue is and however far the cursor. An entry tells letters, rates and gross prices, too, which change without any product's
doing (VAT letters, the shop's currency and taxes); the cursor says by which terms the till was told, and others begin the products anew.

The digest: 256 buckets, a product's is id % 256, a stock item's is item % 256. A bucket's hash is the MD5, in hex, of the lines joined
by ",": for products "id:version" of everything on sale in the order of ids; for stock "item:location:onHand" of everything that is not
zero, in the order of items and locations. Empty buckets are left out.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Annotated

import asyncpg
import msgspec

from spoina.catalog.assembly import CHANNEL, decode_product
from spoina.catalog.reader import CatalogReader
from spoina.catalog.types import Product, Shop
from spoina.db import Pool, transaction
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import LocationId, ProductId
from spoina.inventory.barcodes import further_barcodes
from spoina.inventory.numbering import number_changes
from spoina.pos.products import TillVariant, till_variant
from spoina.pos.requests import encode
from spoina.pos.terminals import vat_letters
from spoina.pos.types import Told, VatLetter

MOST_ENTRIES = 500
BUCKETS = 256


class ProductEntry(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`gone`: not sold any more; the till forgets it and its variants."""

    id: ProductId
    version: int
    gone: bool = False
    title: str = ""
    currency: str = ""
    updated_at: datetime | None = None
    variants: tuple[TillVariant, ...] = ()


class StockEntry(Told, frozen=True, kw_only=True):
    """What lies there, before what is held: what may be sold at this moment is asked of /v1/availability."""

    item: int
    location: LocationId
    on_hand: int
    as_of: datetime | None


class Changes(Told, frozen=True, kw_only=True):
    """`more`: ask again at once. The cursor is for the next question, and opaque."""

    products: tuple[ProductEntry, ...]
    stock: tuple[StockEntry, ...]
    cursor: str
    more: bool


class BucketHash(Told, frozen=True):
    bucket: int
    count: int
    hash: str


class Digest(Told, frozen=True, kw_only=True):
    products: tuple[BucketHash, ...]
    stock: tuple[BucketHash, ...]


class Bucket(Told, frozen=True, kw_only=True):
    """Everything in it: what the till has beyond this, it forgets."""

    bucket: int
    products: tuple[ProductEntry, ...]
    stock: tuple[StockEntry, ...]


_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    version: _Number = 0
    product: _Number = 0
    stock: _Number = 0
    terms: _Number = 0


_PRODUCT = """
select p.id, p.version, p.deleted_at is null and p.published as on_sale, d.body
from product p left join product_document d
    on d.product_id = p.id and d.channel = $1 and d.language = (select language from shop)
"""
_PRODUCTS = f"{_PRODUCT} where (p.version, p.id) > ($2, $3) order by p.version, p.id limit $4"
_STOCK = """
select change.number, item_id, location_id, coalesce(on_hand, 0) as on_hand, as_of
from stock_change change left join stock using (item_id, location_id) where change.number > $1 order by change.number limit $2
"""
_PRODUCT_HASHES = """
select (id % $1)::integer, count(*), md5(string_agg(id || ':' || version, ',' order by id))
from product where deleted_at is null and published group by 1 order by 1
"""
_STOCK_HASHES = """
select (item_id % $1)::integer, count(*),
    md5(string_agg(item_id || ':' || location_id || ':' || on_hand, ',' order by item_id, location_id))
from stock where on_hand <> 0 group by 1 order by 1
"""
_BUCKET_PRODUCTS = f"{_PRODUCT} where p.deleted_at is null and p.published and p.id % $2 = $3 order by p.id"
_BUCKET_STOCK = """
select item_id, location_id, on_hand, as_of from stock where on_hand <> 0 and item_id % $1 = $2 order by item_id, location_id
"""


class CatalogueFeed:
    def __init__(self, pool: Pool, reader: CatalogReader) -> None:
        self._pool, self._reader = pool, reader

    async def changes(self, cursor: str | None, limit: int) -> Changes:
        """`limit` products and as many counts, at most. Raises InvalidInput, LimitExceeded."""
        if limit < 1:
            raise InvalidInput("limit", "must be above zero")
        if limit > MOST_ENTRIES:
            raise LimitExceeded("limit", MOST_ENTRIES, "entries")
        letters = {each.tax_class: each for each in await vat_letters(self._pool)}
        since = _under(_terms(letters, self._reader.shop), _decoded(cursor))
        async with transaction(self._pool) as db:
            numbered_all = await number_changes(db)
            products = await db.fetch(_PRODUCTS, CHANNEL, since.version, since.product, limit)
            stock = await db.fetch(_STOCK, since.stock, limit)
        return Changes(
            products=await self._products(products, letters),
            stock=_stock(stock),
            cursor=_encoded(_after(since, products, stock)),
            more=max(len(products), len(stock)) == limit or not numbered_all,
        )

    async def digest(self) -> Digest:
        products, stock = await self._pool.fetch(_PRODUCT_HASHES, BUCKETS), await self._pool.fetch(_STOCK_HASHES, BUCKETS)
        return Digest(products=tuple(BucketHash(*row) for row in products), stock=tuple(BucketHash(*row) for row in stock))

    async def bucket(self, number: int) -> Bucket:
        """Raises InvalidInput."""
        if not 0 <= number < BUCKETS:
            raise InvalidInput("bucket", f"must be between 0 and {BUCKETS - 1}")
        letters = {each.tax_class: each for each in await vat_letters(self._pool)}
        products = await self._pool.fetch(_BUCKET_PRODUCTS, CHANNEL, BUCKETS, number)
        stock = await self._pool.fetch(_BUCKET_STOCK, BUCKETS, number)
        return Bucket(bucket=number, products=await self._products(products, letters), stock=_stock(stock))

    async def _products(self, rows: Sequence[asyncpg.Record], letters: Mapping[str, VatLetter]) -> tuple[ProductEntry, ...]:
        sold = {row["id"]: decode_product(row["body"]) for row in rows if row["on_sale"] and row["body"] is not None}
        variants = [variant.id for product in sold.values() for variant in product.variants]
        further = await further_barcodes(self._pool, variants) if variants else {}

        def told(product: Product) -> tuple[TillVariant, ...]:
            return tuple(till_variant(each, product, letters, self._reader.shop, further.get(each.id, ())) for each in product.variants)

        return tuple(_entry(row, product, told(product)) if (product := sold.get(row["id"])) else _gone(row) for row in rows)


def etag_of(answer: Told) -> str:
    """Of what is in it: an idle till is told that nothing changed."""
    return f'"{blake2b(encode(answer), digest_size=16).hexdigest()}"'


def _gone(row: asyncpg.Record) -> ProductEntry:
    return ProductEntry(id=ProductId(row["id"]), version=row["version"], gone=True)


def _entry(row: asyncpg.Record, product: Product, variants: tuple[TillVariant, ...]) -> ProductEntry:
    return ProductEntry(
        id=product.id,
        version=row["version"],
        title=product.title,
        currency=product.currency,
        updated_at=product.updated_at,
        variants=variants,
    )


def _stock(rows: Iterable[asyncpg.Record]) -> tuple[StockEntry, ...]:
    return tuple(
        StockEntry(item=row["item_id"], location=LocationId(row["location_id"]), on_hand=row["on_hand"], as_of=row["as_of"]) for row in rows
    )


def _after(since: _Cursor, products: list[asyncpg.Record], stock: list[asyncpg.Record]) -> _Cursor:
    version, product = (products[-1]["version"], products[-1]["id"]) if products else (since.version, since.product)
    return _Cursor(version, product, stock[-1]["number"] if stock else since.stock, since.terms)


def _terms(letters: Mapping[str, VatLetter], shop: Shop) -> int:
    """Another number where another till entry would be made of the same product."""
    told = encode((sorted(letters.items()), shop.currency, shop.adds_tax))
    return int.from_bytes(blake2b(told, digest_size=6).digest())


def _under(terms: int, since: _Cursor) -> _Cursor:
    return since if since.terms == terms else _Cursor(stock=since.stock, terms=terms)


def _encoded(cursor: _Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).decode()


def _decoded(cursor: str | None) -> _Cursor:
    if cursor is None:
        return _Cursor()
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor), type=_Cursor)
    except (ValueError, msgspec.DecodeError) as error:
        raise InvalidInput("cursor", "is none of ours: begin again without one") from error
