"""A catalogue made up for the benchmark of feeds: two of three products are simple, the third comes in four variants; texts as long as a
shop's."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from spoina.catalog import frame, sql
from spoina.catalog.assembly import encode, product_row, variant_row
from spoina.catalog.types import Category, Image, Kind, Metafield, Product, SelectedOption, Shop, Status, StockPolicy, Variant
from spoina.db import Pool, transaction
from spoina.ids import CategoryId, Gtin, ProductId, Sku, StockItemId, VariantId
from spoina.pricing.types import PriceSchedule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ITEMS_PER_PRODUCT = 10
"""Numbers of variants are those of their products times this, so that both are told apart."""
SIZES = ("S", "M", "L", "XL")
CATEGORIES = 200
_AT_ONCE = 2000
SHOP = {"url": "https://sklep.example", "currency": "PLN", "country": "PL", "timezone": "Europe/Warsaw", "language": "pl"}


async def insert_catalogue(pool: Pool, items: int) -> int:
    """Returns how many products that many items are."""
    await _insert_frame(pool)
    made = 0
    for batch in batches(items):
        async with transaction(pool) as db:
            version = await sql.next_version(db)
            rows = [product_row(each, left={}, at=NOON, digest=b"", version=version) for each in batch]
            await sql.replace_products(db, rows, [encode(each) for each in batch], "pl", stored=[])
            variants = [variant for each in batch for variant in each.variants]
            await sql.replace_variants(db, [variant_row(each, b"") for each in variants], stored=[])
            stock = [(int(each.id), 1, int(each.id) % 40 + 1, NOON) for each in variants]
            await db.copy_records_to_table("stock", records=stock, columns=("item_id", "location_id", "on_hand", "as_of"))
        made += len(batch)
    return made


async def _insert_frame(pool: Pool) -> None:
    async with transaction(pool) as db:
        await frame.save_shop(db, Shop(name="Sklep", as_of=NOON, **SHOP))
        await frame.save_terms(db, "category", categories())


def categories() -> list[Category]:
    return [
        Category(
            id=CategoryId(n), handle=f"kategoria-{n}", title=f"Kategoria {n}", parent_id=CategoryId(n // 5) if n >= 5 else None, as_of=NOON
        )
        for n in range(1, CATEGORIES + 1)
    ]


def batches(items: int) -> Iterator[list[Product]]:
    chance = random.Random(7)
    words = ["".join(chance.choices("aąbcćdeęfghijklłmnoóprsśtuwyzżź", k=chance.randint(3, 9))) for _ in range(3000)]
    number, left, batch = 1, items, []
    while left > 0:
        batch.append(_product(number, min(4 if number % 3 == 0 else 1, left), chance, words))
        left -= len(batch[-1].variants)
        number += 1
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _product(number: int, count: int, chance: random.Random, words: list[str]) -> Product:
    text = " ".join(chance.choices(words, k=80))
    summary = " ".join(chance.choices(words, k=15))
    return Product(
        id=ProductId(number),
        handle=f"produkt-{number}",
        kind=Kind.VARIABLE if count > 1 else Kind.SIMPLE,
        status=Status.PUBLISH,
        title=" ".join(chance.choices(words, k=5)).capitalize(),
        currency="PLN",
        created_at=NOON,
        updated_at=NOON,
        as_of=NOON,
        description_html=f"<p>{text}</p>",
        description=text,
        summary_html=f"<p>{summary}</p>",
        summary=summary,
        vendor=f"Marka {number % 50}",
        tags=("nowość", f"sezon {number % 4}"),
        category_ids=(CategoryId(number % CATEGORIES + 1),),
        images=tuple(Image(id=number * 4 + n, url=f"https://sklep.example/wp-content/uploads/{number}-{n}.jpg") for n in range(3)),
        variants=tuple(_variant(number, place, several=count > 1) for place in range(count)),
        metafields=(Metafield(namespace="attributes", key="material", value="Bawełna", label="Materiał"),),
        permalink=f"https://sklep.example/produkt/produkt-{number}/",
    )


def _variant(product: int, place: int, *, several: bool) -> Variant:
    number = product * ITEMS_PER_PRODUCT + place
    regular = 1999 + number % 9000
    return Variant(
        id=VariantId(number),
        product_id=ProductId(product),
        title=SIZES[place] if several else "",
        prices=PriceSchedule(regular=regular, sale=regular - 500 if product % 5 == 0 else None),
        as_of=NOON,
        sku=Sku(f"SKU-{number}"),
        barcode=gtin(number),
        options=(SelectedOption("Rozmiar", SIZES[place]),) if several else (),
        stock=StockPolicy(item=StockItemId(number)),
        weight_grams=350,
    )


def gtin(number: int) -> Gtin:
    digits = f"590{number:09}"
    return Gtin(digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10))
