"""A small shop whose feeds are built, and what of them is needed to look at the result."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from feeds.building import Builder
from feeds.definitions import parse_definition
from feeds.records import file_of, published
from feeds.storage import FeedStorage, open_storage
from feeds.types import FeedDefinition
from spoina.catalog.types import Image, Product, Variant
from spoina.db import Pool
from tests.spoina.catalog.builders import category, insert_frame, insert_products, insert_shop, product, variant

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class SetClock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def definition(text: str = "", *, name: str = "google-pl", channel: str = "google", form: str = "google-rss") -> FeedDefinition:
    """Google's feed of the shop, with whatever else `text` says."""
    start = f'channel = "{channel}"\nformat = "{form}"\nbase_url = "https://sklep.example"\n'
    return parse_definition(start + text, name, f"{name}.toml")


def gtin(number: int) -> str:
    """With the right check digit, of a Polish prefix."""
    digits = f"590{number:09}"
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


def good_variant(number: int, **more) -> Variant:
    return variant(number, **{"counted": True, "barcode": gtin(number), **more})


def good(number: int, **more) -> Product:
    """A product that every channel accepts."""
    facts = {
        "title": f"Kubek emaliowany {number}",
        "description": "Kubek emaliowany z uchem, do kawy i herbaty. Można myć w zmywarce.",
        "vendor": "Emalia Olkusz",
        "images": (Image(id=number, url=f"https://sklep.example/obrazy/kubek-{number}.jpg"),),
        "permalink": f"https://sklep.example/produkt/kubek-{number}/",
        "categories": (11,),
        "variants": (good_variant(number),),
    }
    return product(number, **{**facts, **more})


async def open_shop(pool: Pool, products: Sequence[Product]) -> None:
    """Each item five times on the shelf."""
    await insert_shop(pool)
    await insert_frame(pool, categories=[category(10, handle="dom", title="Dom"), category(11, 10, handle="kubki", title="Kubki")])
    await put_in(pool, products)


async def put_in(pool: Pool, products: Sequence[Product], left: int = 5) -> None:
    await insert_products(pool, products, {variant.id: left for each in products for variant in each.variants})


def builder(pool: Pool, folder: Path, clock: SetClock | None = None) -> Builder:
    return Builder(pool, storage_in(folder), clock or SetClock(), lambda: "geheim")


def storage_in(folder: Path) -> FeedStorage:
    return open_storage(None, folder)


async def content(pool: Pool, folder: Path, name: str = "google-pl") -> str:
    """What a crawler would read now."""
    return gzip.decompress(await packed(pool, folder, name)).decode()


async def packed(pool: Pool, folder: Path, name: str = "google-pl") -> bytes:
    feed = await published(pool, name)
    assert feed is not None
    assert feed.build is not None
    with await storage_in(folder).opened(file_of(name, feed.build)) as file:
        return file.read()
