"""Terms are read from memory and follow what is committed; coupons cost one statement while they are cold, and none when they are warm."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from spoina.catalog import frame
from spoina.catalog.facts import TaxClass as ShopTaxClass
from spoina.catalog.facts import TaxRate as ShopTaxRate
from spoina.db import Pool, connect, transaction
from spoina.errors import NotFound
from spoina.ids import CategoryId
from spoina.notifications import Listener
from spoina.pricing.cart.types import (
    Coupon,
    CouponCode,
    CouponId,
    DiscountType,
    FlatRate,
    FreeShipping,
    FreeShippingRequires,
    LocalPickup,
    Place,
    ShippingClassId,
    Shop,
    TaxBasis,
    TaxClass,
    TaxRate,
    TaxRateId,
    Zone,
    ZoneId,
)
from spoina.terms import sql
from spoina.terms.reader import TermsReader
from spoina.terms.types import CouponFacts, SaleSettings
from tests.delays import DelayedPool
from tests.spoina.catalog.builders import NOON, insert_shop
from tests.sql_statements import count_statements

SETTINGS = SaleSettings(
    base=Place(country="US", state="CA", postcode="94016", city="Daly City"),
    decimals=0,
    taxes=True,
    prices_include_tax=False,
    tax_basis=TaxBasis.BILLING,
    shipping_tax_class=TaxClass("reduced-rate"),
    round_at_subtotal=True,
    cart_shows_tax=False,
    itemized_taxes=False,
    sequential_coupons=True,
    cart_url="https://sklep.example/koszyk/",
    checkout_url="https://sklep.example/zamowienie/",
    as_of=NOON,
)
ZONES = (
    Zone(
        id=ZoneId(7),
        order=1,
        countries=frozenset({"PL", "DE"}),
        states=frozenset({"US:CA"}),
        postcodes=("30*", "31-000...31-999"),
        methods=(
            FlatRate(instance=2, title="Kurier", cost="10 + [qty]", class_costs={ShippingClassId(17): "5.55", ShippingClassId(16): ""}),
            FreeShipping(instance=1, title="Darmowa", requires=FreeShippingRequires.EITHER, minimum="99.99", ignore_discounts=True),
            LocalPickup(instance=3, title="Odbiór", cost="5.01", taxable=False),
        ),
    ),
    Zone(id=ZoneId(0)),
)


def coupon(number: int, code: str, **more) -> Coupon:
    return Coupon(id=CouponId(number), code=CouponCode(code), **{"type": DiscountType.PERCENT, "amount": "10.00", **more})


async def save(pool: Pool, *coupons: Coupon, at: datetime = NOON, published: bool = True) -> sql.SavedCoupons:
    async with transaction(pool) as db:
        saved = await sql.save_coupons(db, [CouponFacts(coupon=each, published=published) for each in coupons], at)
        await sql.announce_coupons(db)
        return saved


async def save_shop(pool: Pool, settings: SaleSettings = SETTINGS) -> None:
    classes = [ShopTaxClass(slug=slug, name=slug, as_of=NOON) for slug in ("", "stawka-5", "reduced-rate")]
    rate = ShopTaxRate(id=4, tax_class="", country="PL", postcodes=("80*",), rate="23.0000", name="VAT", shipping=True, as_of=NOON)
    async with transaction(pool) as db:
        await frame.save_taxes(db, classes, [rate])
        await sql.save_settings(db, settings)
        await sql.save_zones(db, ZONES, NOON)
        await frame.announce(db)


@pytest.fixture
async def listener(database: str) -> AsyncIterator[Listener]:
    one = Listener(partial(connect, database))
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def reader(pool: Pool, listener: Listener) -> TermsReader:
    await insert_shop(pool)
    one = TermsReader(pool, listener)
    await one.start()
    return one


async def soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_before_the_first_synchronisation_there_are_none(pool: Pool, listener: Listener):
    one = TermsReader(pool, listener)
    await one.start()
    with pytest.raises(NotFound, match="terms of sale"):
        _ = one.shop
    assert await one.coupon("lato") is None


async def test_a_catalogue_without_terms_has_woocommerces_defaults(reader: TermsReader):
    assert reader.shop == Shop(base=Place(country="PL"))
    assert (reader.terms.complete, reader.terms.takes_coupons) == (False, True)


async def test_what_is_announced_is_read(reader: TermsReader, pool: Pool):
    before = reader.edition
    await save_shop(pool)
    await soon(lambda: reader.edition > before)
    assert reader.shop == Shop(
        base=SETTINGS.base,
        decimals=0,
        prices_include_tax=False,
        tax_basis=TaxBasis.BILLING,
        shipping_tax_class=TaxClass("reduced-rate"),
        round_at_subtotal=True,
        cart_shows_tax=False,
        itemized_taxes=False,
        sequential_coupons=True,
        tax_classes=(TaxClass("standard"), TaxClass("stawka-5"), TaxClass("reduced-rate")),
        rates=(
            TaxRate(
                id=TaxRateId(4),
                tax_class=TaxClass("standard"),
                percent=23.0,
                name="VAT",
                priority=1,
                country="PL",
                postcodes=("80*",),
                shipping=True,
            ),
        ),
        zones=ZONES,
    )
    assert (reader.terms.cart_url, reader.terms.checkout_url) == (SETTINGS.cart_url, SETTINGS.checkout_url)
    assert reader.terms.complete


async def test_what_is_saved_again_is_no_news(pool: Pool):
    await insert_shop(pool)
    await save_shop(pool)
    async with transaction(pool) as db:
        later = NOON + timedelta(hours=1)
        assert not await sql.save_zones(db, ZONES, later)
        assert await sql.save_zones(db, ZONES[::-1], later)
        again = {name: getattr(SETTINGS, name) for name in SETTINGS.__struct_fields__} | {"as_of": later}
        assert not await sql.save_settings(db, SaleSettings(**again))
        assert await sql.save_settings(db, SaleSettings(**again | {"decimals": 2}))


FULL = coupon(
    3,
    "żółty 5%",
    expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    usage_limit=100,
    usage_count=3,
    item_limit=2,
    products=frozenset({10, 11, 12}),
    categories=frozenset({CategoryId(17)}),
    minimum="100.00",
    emails=("*@firma.example",),
    exclude_sale_items=True,
)


async def test_cold_coupons_cost_one_statement_and_warm_ones_none(reader: TermsReader, pool: Pool):
    await save(pool, coupon(1, "lato"), coupon(2, "zima"), FULL)
    await soon(lambda: reader.edition[1] > 0)
    async with count_statements(pool) as cold:
        assert await reader.coupons(["ZIMA", " Lato ", "brak", "zima"]) == {"zima": coupon(2, "zima"), "lato": coupon(1, "lato")}
        assert await reader.coupon("Żółty 5%") == FULL
    async with count_statements(pool) as warm:
        assert list(await reader.coupons(["zima", "lato", "brak"])) == ["zima", "lato"]
        assert await reader.coupon("BRAK") is None
    assert (len(cold), len(warm)) == (2, 0)


async def test_a_code_that_cannot_be_one_is_not_asked_for(reader: TermsReader, pool: Pool):
    async with count_statements(pool) as asked:
        assert await reader.coupons(["", "  ", "x" * 201, "a\0b"]) == {}
    assert len(asked) == 0


async def test_a_changed_coupon_is_read_again(reader: TermsReader, pool: Pool):
    await save(pool, coupon(1, "lato"))
    assert await reader.coupon("lato") == coupon(1, "lato")
    before = reader.edition
    await save(pool, coupon(1, "lato", amount="20.00"), at=NOON + timedelta(seconds=1))
    await soon(lambda: reader.edition > before)
    assert await reader.coupon("lato") == coupon(1, "lato", amount="20.00")


async def test_a_coupon_overtaken_while_it_is_read_is_not_kept(pool: Pool, listener: Listener):
    await insert_shop(pool)
    await save(pool, coupon(1, "lato"))
    slow = DelayedPool(pool)
    reader = TermsReader(slow, listener)
    await reader.start()
    held = slow.hold("from coupon")
    reading = asyncio.create_task(reader.coupon("lato"))
    await held.reached.wait()
    before = reader.edition
    await save(pool, coupon(1, "lato", amount="20.00"), at=NOON + timedelta(seconds=1))
    await soon(lambda: reader.edition > before)
    held.release()
    assert await reading == coupon(1, "lato")
    assert await reader.coupon("lato") == coupon(1, "lato", amount="20.00")


async def test_while_nobody_listens_every_coupon_is_read(reader: TermsReader, pool: Pool):
    await save(pool, coupon(1, "lato"))
    reader.cut_off()
    async with count_statements(pool) as asked:
        assert await reader.coupon("lato") == await reader.coupon("lato") == coupon(1, "lato")
    assert len(asked) == 2


async def test_memory_is_bounded(pool: Pool, listener: Listener):
    await insert_shop(pool)
    reader = TermsReader(pool, listener, codes_kept=2)
    await reader.start()
    await save(pool, *(coupon(number, f"k{number}") for number in range(1, 4)))
    await soon(lambda: reader.edition[1] > 0)
    for code in ("k1", "k2", "k1", "k3"):
        await reader.coupon(code)
    async with count_statements(pool) as asked:
        await reader.coupons(["k1", "k3"])
    assert len(asked) == 0
    async with count_statements(pool) as asked:
        await reader.coupon("k2")
    assert len(asked) == 1


async def test_a_shop_that_takes_no_coupons_has_none(reader: TermsReader, pool: Pool):
    await save(pool, coupon(1, "lato"))
    before = reader.edition
    await save_shop(pool, SaleSettings(base=Place(country="PL"), takes_coupons=False, as_of=NOON))
    await soon(lambda: reader.edition[0] > before[0])
    assert await reader.coupon("lato") is None


async def test_drafts_do_not_exist_and_old_news_changes_nothing(reader: TermsReader, pool: Pool):
    later = NOON + timedelta(minutes=1)
    assert await save(pool, coupon(1, "lato"), coupon(2, "szkic")) == (2, 0)
    assert await save(pool, coupon(2, "szkic"), at=later, published=False) == (0, 1)
    assert await save(pool, coupon(1, "lato"), coupon(2, "szkic")) == (0, 0)
    async with transaction(pool) as db:
        assert await sql.remove_coupons(db, [1], NOON - timedelta(minutes=1)) == 0
        assert await sql.remove_coupons(db, [1, 99], later) == 1
        assert await sql.remove_coupons(db, [1], later) == 0
    assert await sql.coupons_by_code(pool, [CouponCode("lato"), CouponCode("szkic")]) == {}
    assert await save(pool, coupon(1, "lato")) == (0, 0)
    assert await sql.coupons_by_code(pool, [CouponCode("lato")]) == {}


async def test_of_two_coupons_with_one_code_the_newer_counts(reader: TermsReader, pool: Pool):
    await save(pool, coupon(5, "lato"), coupon(9, "lato", amount="1.00"), coupon(7, "lato"))
    assert await reader.coupon("lato") == coupon(9, "lato", amount="1.00")
