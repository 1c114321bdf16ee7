"""A sale that begins or ends by date moves listings on the second, without WooCommerce's cron and without another read."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from spoina.catalog.repricing import reprice_due
from spoina.catalog.service import CatalogService
from spoina.catalog.writing import ShopLocale
from spoina.db import Pool, connect
from spoina.pricing.rules import on_sale
from spoina.pricing.types import PriceSchedule
from tests.spoina.catalog import stored
from tests.spoina.catalog.reads import at, repriced, service, simple, variable, variation

MOMENT = timedelta(microseconds=1)
SALE = PriceSchedule(regular=1999, sale=999, sale_from=at(60), sale_to=at(120))


async def repriced_at(pool: Pool, now: datetime) -> tuple[int, int | None]:
    """How many products moved, and the price that listings sort by."""
    return await reprice_due(pool, lambda: now), (await stored.row(pool, 10)).price_min


async def test_the_price_of_listings_moves_on_the_second(pool: Pool):
    await service(pool, at(1)).apply_products([simple(10, at(1), prices=SALE)], at(1))
    assert await repriced_at(pool, at(60) - MOMENT) == (0, 1999)
    assert await repriced_at(pool, at(60)) == (1, 999)
    assert await repriced_at(pool, at(60)) == (0, 999)
    assert await repriced_at(pool, at(120) - MOMENT) == (0, 999)
    assert await repriced_at(pool, at(120)) == (1, 1999)
    assert await repriced_at(pool, at(9999)) == (0, 1999)


async def test_of_variations_the_lowest_price_of_the_moment_counts(pool: Pool):
    await service(pool, at(1)).apply_variations([variation(11, 10, at(1), prices=SALE), variation(12, 10, at(1), price=1500)], at(1))
    await service(pool, at(1)).apply_products([variable(10, at(1), (11, 12))], at(1))
    prices = [await repriced_at(pool, moment) for moment in (at(59), at(60), at(121))]
    assert prices == [(0, 1500), (1, 999), (1, 1500)]


async def test_readers_hear_of_it_and_the_document_stays(pool: Pool, database: str):
    await service(pool, at(1)).apply_products([simple(10, at(1), prices=SALE)], at(1))
    before = await stored.document(pool, 10)
    heard: list[str] = []
    listening = await connect(database)
    await listening.add_listener("catalog_changed", lambda *told: heard.append(told[-1]))
    version = (await stored.row(pool, 10)).version
    await repriced_at(pool, at(60))
    await listening.execute("select 1")
    await listening.close()
    assert (heard, (await stored.row(pool, 10)).version, await stored.document(pool, 10)) == ([str(version + 1)], version + 1, before)


async def test_a_removed_product_is_left_alone(pool: Pool):
    await service(pool, at(1)).apply_products([simple(10, at(1), prices=SALE)], at(1))
    await service(pool).remove_products([10], at(2))
    assert await reprice_due(pool, lambda: at(61)) == 0


async def test_the_history_grows_only_with_the_schedule(pool: Pool):
    first = simple(10, at(1))
    await service(pool).apply_products([first], at(1))
    await service(pool).apply_products([simple(10, at(2), title="Garnek")], at(2))
    raised = repriced(simple(10, at(9)), PriceSchedule(regular=2999), modified=at(5))
    await service(pool).apply_products([raised], at(9))
    lowered = repriced(simple(10, at(12)), PriceSchedule(regular=2999, sale=1), modified=at(4))
    await service(pool).apply_products([lowered], at(12))
    assert await stored.prices(pool, 10) == [(at(1), 1999, None), (at(5), 2999, None), (at(12), 2999, 1)]


@pytest.mark.parametrize(
    ("case", "modified", "began"),
    [
        ("between the last change and the read: then", at(5), at(5)),
        ("before the last change: when it was read", at(0), at(9)),
        ("after the read, as a clock that is ahead says: when it was read", at(10), at(9)),
    ],
)
async def test_when_a_new_schedule_began(pool: Pool, case: str, modified: datetime, began: datetime):
    await service(pool).apply_products([simple(10, at(1))], at(1))
    await service(pool).apply_products([repriced(simple(10, at(9)), PriceSchedule(regular=5), modified)], at(9))
    assert await stored.prices(pool, 10) == [(at(1), 1999, None), (began, 5, None)]


async def test_each_variations_own_date_counts(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1)), variation(12, 10, at(1))], at(1))
    changed = [variation(11, 10, at(9), price=5, modified=at(3)), variation(12, 10, at(9), price=6, modified=at(7))]
    await service(pool).apply_variations(changed, at(9))
    assert [(await stored.prices(pool, number))[-1] for number in (11, 12)] == [(at(3), 5, None), (at(7), 6, None)]


async def test_two_schedules_read_at_one_moment_are_both_kept(pool: Pool):
    await service(pool).apply_products([simple(10, at(1))], at(1))
    await service(pool).apply_products([simple(10, at(1), prices=PriceSchedule(regular=5))], at(1))
    assert await stored.prices(pool, 10) == [(at(1), 1999, None), (at(1) + MOMENT, 5, None)]


async def test_the_history_survives_removal_and_return(pool: Pool):
    await service(pool).apply_products([simple(10, at(1))], at(1))
    await service(pool).remove_products([10], at(2))
    await service(pool).apply_products([simple(10, at(3))], at(3))
    assert await stored.prices(pool, 10) == [(at(1), 1999, None)]


async def test_a_document_carries_the_prior_price_of_the_sale_to_come(pool: Pool):
    """Known before it begins, so that it stands there on the second."""
    clock = at(1)
    catalog = CatalogService(pool, lambda: clock, ShopLocale("pl", "PLN", ZoneInfo("Europe/Warsaw")))
    await catalog.apply_products([simple(10, at(1), prices=PriceSchedule(regular=1799))], at(1))
    await catalog.apply_products([repriced(simple(10, at(10)), PriceSchedule(regular=1999), at(10))], at(10))
    await catalog.apply_products([repriced(simple(10, at(20)), SALE, at(20))], at(20))
    (sold,) = (await stored.document(pool, 10)).variants
    assert (sold.prior_price.minor, sold.prior_price.since, sold.prior_price.reduced_at) == (1799, at(1), at(60))
    assert [on_sale(sold.prices, moment) for moment in (at(60) - MOMENT, at(60), at(120))] == [False, True, False]
