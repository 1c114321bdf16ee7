from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from spoina.db import Connection, Pool
from spoina.ids import VariantId
from spoina.pricing.history import prepared_prior_price
from spoina.pricing.sql import append_changes, load_changes
from spoina.pricing.types import PriceChange, PriceSchedule

SHIRT, SHOES, HAT = VariantId(11), VariantId(12), VariantId(13)


def day(number: int, month: int = 5) -> datetime:
    return datetime(2024, month, number, tzinfo=UTC)


def change(valid_from: datetime, regular: int | None, sale: int | None = None) -> PriceChange:
    return PriceChange(valid_from=valid_from, schedule=PriceSchedule(regular=regular, sale=sale))


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as acquired:
        yield acquired


async def append(connection: Connection, variant_id: VariantId, *changes: PriceChange, currency: str = "PLN") -> None:
    for each in changes:
        await append_changes(connection, currency, {variant_id: each})


async def test_what_was_added_is_read_back_oldest_first(connection: Connection) -> None:
    schedule = PriceSchedule(regular=10000, sale=8000, sale_from=day(20), sale_to=day(31))
    planned, priceless, first = PriceChange(valid_from=day(10), schedule=schedule), change(day(12), None), change(day(1), 9000)
    await append(connection, SHIRT, planned, priceless, first)
    await append(connection, SHOES, change(day(2), 25000))
    assert await load_changes(connection, [SHIRT, SHOES, HAT], "PLN") == {
        SHIRT: [first, planned, priceless],
        SHOES: [change(day(2), 25000)],
        HAT: [],
    }


async def test_only_what_was_asked_for_is_read(connection: Connection) -> None:
    await append(connection, SHIRT, change(day(1), 9000))
    assert await load_changes(connection, [HAT], "PLN") == {HAT: []}
    assert await load_changes(connection, [], "PLN") == {}


async def test_a_variant_asked_for_twice_is_read_once(connection: Connection) -> None:
    await append(connection, SHIRT, change(day(1), 9000))
    assert await load_changes(connection, [SHIRT, SHIRT], "PLN") == {SHIRT: [change(day(1), 9000)]}


@pytest.mark.parametrize(
    ("label", "since", "expected_days"),
    [
        ("before everything", day(1, month=4), [3, 6, 9]),
        ("between two rows: the one in force comes too", day(7), [6, 9]),
        ("the very moment of a row: that row is in force", day(6), [6, 9]),
        ("after everything: the last row", day(20), [9]),
    ],
)
async def test_reading_from_a_moment_on_includes_the_price_in_force_then(
    connection: Connection, label: str, since: datetime, expected_days: list[int]
) -> None:
    await append(connection, SHIRT, change(day(3), 100), change(day(6), 200), change(day(9), 300))
    await append(connection, SHOES, change(day(1), 500))
    changes = await load_changes(connection, [SHIRT, SHOES], "PLN", since)
    assert [each.valid_from.day for each in changes[SHIRT]] == expected_days, label
    assert changes[SHOES] == [change(day(1), 500)], label


async def test_amounts_of_another_currency_are_no_evidence(connection: Connection) -> None:
    await append(connection, SHIRT, change(day(1), 10000))
    await append(connection, SHIRT, change(day(3), 2500), currency="EUR")
    await append(connection, SHIRT, change(day(5), 11000), change(day(7), 12000))
    assert await load_changes(connection, [SHIRT], "PLN") == {SHIRT: [change(day(5), 11000), change(day(7), 12000)]}
    assert await load_changes(connection, [SHIRT], "EUR") == {SHIRT: []}


async def test_the_price_in_force_is_kept_beside_the_schedule(connection: Connection) -> None:
    planned = PriceSchedule(regular=10000, sale=8000, sale_from=day(20), sale_to=day(31))
    await append(connection, SHIRT, PriceChange(valid_from=day(1), schedule=planned), change(day(2), 10000, 7000), change(day(3), None))
    rows = await connection.fetch("select currency, effective from price_change where variant_id = $1 order by valid_from", SHIRT)
    assert [tuple(row) for row in rows] == [("PLN", 10000), ("PLN", 7000), ("PLN", None)]


async def test_a_schedule_that_already_holds_is_not_written_again(connection: Connection) -> None:
    assert await append_changes(connection, "PLN", {SHIRT: change(day(1), 9000), SHOES: change(day(1), None)}) == 2
    assert await append_changes(connection, "PLN", {SHIRT: change(day(2), 9000), SHOES: change(day(2), 100), HAT: change(day(2), 7)}) == 2
    assert await load_changes(connection, [SHIRT, SHOES, HAT], "PLN") == {
        SHIRT: [change(day(1), 9000)],
        SHOES: [change(day(1), None), change(day(2), 100)],
        HAT: [change(day(2), 7)],
    }


async def test_a_price_that_returns_is_written_again(connection: Connection) -> None:
    await append(connection, SHIRT, change(day(1), 9000), change(day(2), 10000), change(day(3), 9000))
    assert [each.schedule.regular for each in (await load_changes(connection, [SHIRT], "PLN"))[SHIRT]] == [9000, 10000, 9000]


async def test_the_same_amounts_in_another_currency_are_a_change(connection: Connection) -> None:
    await append(connection, SHIRT, change(day(1), 9000))
    assert await append_changes(connection, "EUR", {SHIRT: change(day(2), 9000)}) == 1


async def test_adding_again_changes_nothing_and_a_row_is_never_overwritten(connection: Connection) -> None:
    assert await append_changes(connection, "PLN", {SHIRT: change(day(1), 9000)}) == 1
    assert await append_changes(connection, "PLN", {SHIRT: change(day(1), 9000)}) == 0
    assert await append_changes(connection, "PLN", {SHIRT: change(day(1), 1)}) == 0
    assert await append_changes(connection, "PLN", {}) == 0
    assert await load_changes(connection, [SHIRT], "PLN") == {SHIRT: [change(day(1), 9000)]}


async def test_a_sale_older_than_any_window_keeps_its_prior_price(connection: Connection) -> None:
    """Why prior prices are read without `since`: thirty days back from now would find the sale and nothing before it."""
    await append(connection, SHIRT, change(day(1, month=1), 10000), change(day(1, month=2), 10000, 8000))
    whole = await load_changes(connection, [SHIRT], "PLN")
    prepared = prepared_prior_price(whole[SHIRT], day(1, month=12), timezone=ZoneInfo("Europe/Warsaw"))
    assert prepared is not None
    assert (prepared.minor, prepared.reduced_at) == (10000, day(1, month=2))
