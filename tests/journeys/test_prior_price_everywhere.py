"""The price before a reduction is one number, wherever it is shown: in GraphQL, in every feed with a field for it, and at the till, which
asks for one product or keeps a copy of all. The shop's prices are read at different days, and then only the clock moves.

Feeds and tills tell what a shopper pays; GraphQL tells prices as the shop enters them, prior price and price alike.
"""

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from feeds.formats import FORMATS
from feeds.types import FeedDefinition
from spoina.catalog import frame
from spoina.catalog.facts import TaxRate
from spoina.catalog.reader import CatalogReader
from spoina.catalog.types import Image, Shop, TaxStatus, Variant
from spoina.db import Pool, connect, transaction
from spoina.ids import LocationId, RegisterId, Sku, TerminalId
from spoina.notifications import Listener
from spoina.pos.feed import CatalogueFeed
from spoina.pos.products import Scanner
from spoina.pos.terminals import set_vat_letters
from spoina.pos.types import Terminal, VatLetter
from spoina.pricing.types import PriceSchedule
from storefront.execution import Storefront
from storefront.ports import Ports
from tests.feeds.formats.reading import made, read
from tests.feeds.shop import SetClock, builder, definition, packed
from tests.feeds.sound_items import ALLEGRO_TERMS
from tests.spoina.catalog.builders import category, insert_frame
from tests.spoina.catalog.reads import MORNING, repriced, service, simple, variable, variation
from tests.storefront.catalogue import SCHEMA, TRUSTED, Stock
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_feeds import WITHOUT_FEEDS
from tests.storefront.without_search import WITHOUT_SEARCH

MOMENT = timedelta(microseconds=1)
ASKED = "{ products(first: 20) { nodes { variants(first: 9) { nodes { sku price { amount } priorPrice { amount } } } } } }"
WITH_A_FIELD = {"ceneo-xml": ("o@price", "a@Najnizsza_cena_z_30_dni"), "allegro-csv": ("sellingMode.price.amount", "lowest_price_30_days")}
TERMINAL = Terminal(
    id=TerminalId(1), name="Kasa", register_id=RegisterId(1), register="KASA-1", location=LocationId(1), registered_at=MORNING
)


def day(number: int):
    return MORNING + timedelta(days=number)


class Now(NamedTuple):
    price: int
    prior: int | None


PLANNED = PriceSchedule(regular=10050, sale=7000, sale_from=day(30), sale_to=day(33))
HISTORIES: dict[str, list[tuple[int, PriceSchedule]]] = {
    "RAISED": [(1, PriceSchedule(regular=8000)), (10, PriceSchedule(regular=10000)), (20, PriceSchedule(regular=10000, sale=9000))],
    "PLANNED": [(1, PriceSchedule(regular=10050)), (15, PLANNED)],
    "NEVER": [(1, PriceSchedule(regular=10000)), (20, PriceSchedule(regular=9000))],
    "UNKNOWN": [(20, PriceSchedule(regular=10000, sale=9000))],
    "NO-SALE": [(1, PriceSchedule(regular=8000)), (20, PriceSchedule(regular=9000, sale=9000))],
    "UNTAXED": [(1, PriceSchedule(regular=5000)), (20, PriceSchedule(regular=5000, sale=4000))],
    "DEEPER": [
        (1, PriceSchedule(regular=10000)),
        (5, PriceSchedule(regular=10000, sale=8050)),
        (20, PriceSchedule(regular=10000, sale=6000)),
    ],
    "SIBLING": [(1, PriceSchedule(regular=10000))],
}
NUMBERS = {sku: number for number, sku in enumerate(HISTORIES, start=1)}
VARIATIONS, PARENT = ("DEEPER", "SIBLING"), 90
STANDING = {
    "RAISED": Now(9000, 8000),
    "PLANNED": Now(10050, None),
    "NEVER": Now(9000, None),
    "UNKNOWN": Now(9000, None),
    "NO-SALE": Now(9000, None),
    "UNTAXED": Now(4000, 5000),
    "DEEPER": Now(6000, 8050),
    "SIBLING": Now(10000, None),
}
ON_SALE = STANDING | {"PLANNED": Now(7000, 10050)}
MOMENTS = [
    ("before a planned sale", day(21), STANDING),
    ("a moment before it", day(30) - MOMENT, STANDING),
    ("when it begins", day(30), ON_SALE),
    ("its last moment", day(33) - MOMENT, ON_SALE),
    ("when it is over", day(33), STANDING),
]


@pytest.fixture(params=[(True, True), (False, True), (False, False)], ids=["gross prices", "net prices", "taxes switched off"])
async def shop(request: pytest.FixtureRequest, pool: Pool) -> Shop:
    include, taxes = request.param
    where = {"url": "https://sklep.example", "currency": "PLN", "country": "PL", "timezone": "Europe/Warsaw"}
    opened = Shop(name="Sklep", as_of=MORNING, prices_include_tax=include, calc_taxes=taxes, **where)
    vat = TaxRate(id=1, tax_class="", country="PL", state="", rate="23", name="VAT", as_of=MORNING)
    async with transaction(pool) as db:
        await frame.save_shop(db, opened)
        await frame.save_taxes(db, [], [vat])
    await insert_frame(pool, categories=[category(10, handle="dom", title="Dom")])
    letters = [VatLetter(tax_class="", letter="A", rate=2300), VatLetter(tax_class="exempt", letter="E", rate=0)]
    await set_vat_letters(pool, letters)
    await _live_through(pool)
    return opened


async def _live_through(pool: Pool) -> None:
    for number in sorted({since for history in HISTORIES.values() for since, _ in history}):
        read_at = day(number)
        catalog = service(pool, read_at)
        news = {sku: dict(history)[number] for sku, history in HISTORIES.items() if number in dict(history)}
        varied = [_variation(sku, schedule, read_at) for sku, schedule in news.items() if sku in VARIATIONS]
        if varied:
            await catalog.apply_variations(varied, read_at)
        if number == 1:
            numbers = tuple(NUMBERS[sku] for sku in VARIATIONS)
            await catalog.apply_products([variable(PARENT, read_at, numbers, **SHOWN)], read_at)
        await catalog.apply_products([_product(sku, schedule, read_at) for sku, schedule in news.items() if sku not in VARIATIONS], read_at)


SHOWN = {
    "images": (Image(id=1, url="https://sklep.example/kubek.jpg"),),
    "permalink": "https://sklep.example/produkt/",
    "category_ids": (10,),
    "title": "Kubek emaliowany z uchem do kawy i herbaty",
    "vendor": "Emalia",
}


def _product(sku: str, schedule: PriceSchedule, read_at):
    facts = repriced(simple(NUMBERS[sku], read_at, **SHOWN), schedule, read_at)
    sold = _sold(facts.product.variants[0], sku)
    return msgspec.structs.replace(facts, product=msgspec.structs.replace(facts.product, variants=(sold,)))


def _variation(sku: str, schedule: PriceSchedule, read_at):
    facts = variation(NUMBERS[sku], PARENT, read_at, prices=schedule)
    return msgspec.structs.replace(facts, variant=_sold(facts.variant, sku))


def _sold(variant: Variant, sku: str) -> Variant:
    status = TaxStatus.NONE if sku == "UNTAXED" else TaxStatus.TAXABLE
    return msgspec.structs.replace(variant, sku=Sku(sku), tax_status=status)


@pytest.fixture
async def listener(database: str) -> AsyncIterator[Listener]:
    listening = Listener(lambda: connect(database))
    yield listening
    await listening.stop()


@pytest.fixture
async def reader(pool: Pool, shop: Shop, listener: Listener) -> CatalogReader:
    followed = CatalogReader(pool, listener)
    await followed.start()
    await listener.start()
    return followed


async def in_graphql(asked: Storefront) -> dict[str, Now]:
    answer = msgspec.json.decode((await asked.post(msgspec.json.encode({"query": ASKED}))).body)
    variants = [variant for product in answer["data"]["products"]["nodes"] for variant in product["variants"]["nodes"]]
    return {
        each["sku"]: Now(_minor(each["price"]["amount"]), each["priorPrice"] and _minor(each["priorPrice"]["amount"])) for each in variants
    }


async def in_a_feed(form: str, pool: Pool, folder: Path, clock: SetClock) -> dict[str, Now]:
    built = await builder(pool, folder, clock).build(_feed(form))
    assert built.held_back is None
    rows = read(made(form), await _unpacked(pool, folder, form))
    price, prior = WITH_A_FIELD[form]
    return {row["o@id" if form == "ceneo-xml" else "external.id"]: Now(_minor(row[price]), _optional(row.get(prior))) for row in rows}


async def asked_at_the_till(scanner: Scanner) -> dict[str, Now]:
    told = {}
    for sku in HISTORIES:
        (found,) = (await scanner.scan(TERMINAL, sku)).products
        told[sku] = Now(found.price_now, found.variant.price.prior if found.on_sale else None)
    return told


async def in_the_tills_copy(feed: CatalogueFeed, now) -> dict[str, Now]:
    """As a till reckons that is cut off: the sale holds in [saleFrom, saleTo)."""
    told = {}
    for variant in [each for entry in (await feed.changes(None, 500)).products for each in entry.variants]:
        price = variant.price
        holds = price.sale is not None and price.sale < price.regular
        holds = holds and (price.sale_from or now) <= now < (price.sale_to or now + MOMENT)
        told[variant.sku] = Now(price.sale, price.prior) if holds else Now(price.regular, None)
    return told


def _feed(form: str) -> FeedDefinition:
    terms = {**ALLEGRO_TERMS, "uncounted_stock": "10"} if form == "allegro-csv" else {}
    fields = "".join(f'[[fields]]\nname = "{name}"\nfield = "{name}"\ntemplate = "{text}"\n' for name, text in terms.items())
    return definition(f'[categories]\ndom = "5"\n{fields}', name=form, channel=form.partition("-")[0], form=form)


async def _unpacked(pool: Pool, folder: Path, form: str) -> bytes:
    return gzip.decompress(await packed(pool, folder, form))


def _minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


def _optional(amount: str | None) -> int | None:
    return _minor(amount) if amount else None


def test_each_format_that_has_a_field_for_it_is_looked_at():
    forms = {form for form in FORMATS if any("prior_price" in field.sources for field in made(form).fields)}
    assert forms == set(WITH_A_FIELD)


async def test_it_is_the_same_wherever_it_is_shown(pool: Pool, shop: Shop, reader: CatalogReader, listener: Listener, tmp_path: Path):
    clock = SetClock(day(20))
    asked = Storefront(SCHEMA, _ports(reader, listener, clock), trusted=TRUSTED)
    scanner, copied = Scanner(pool, reader, clock), CatalogueFeed(pool, reader)
    for label, clock.now, told in MOMENTS:
        for _ in range(3):  # the later ones may be answers that are given again
            assert await in_graphql(asked) == told, f"{label}: GraphQL"
        shown = {form: await in_a_feed(form, pool, tmp_path, clock) for form in WITH_A_FIELD}
        shown |= {"asked at the till": await asked_at_the_till(scanner), "cut off": await in_the_tills_copy(copied, clock.now)}
        for place, found in shown.items():
            assert found == paid(told, shop), f"{label}: {place}"


def paid(told: dict[str, Now], shop: Shop) -> dict[str, Now]:
    """What a shopper pays: with VAT where it comes on top."""
    if shop.prices_include_tax or not shop.calc_taxes:
        return told
    return {
        sku: each if sku == "UNTAXED" else Now(_with_vat(each.price), each.prior and _with_vat(each.prior)) for sku, each in told.items()
    }


def _with_vat(net: int) -> int:
    return int((Decimal(net) * Decimal("1.23")).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _ports(reader: CatalogReader, listener: Listener, clock: SetClock) -> Ports:
    return Ports(
        catalog=reader,
        stock=Stock(),
        search=WITHOUT_SEARCH,
        carts=WITHOUT_CARTS,
        feeds=WITHOUT_FEEDS,
        announcements=listener,
        clock=clock,
        new_reference=lambda: "REF1",
    )
