"""The ledger: what was counted, by day, and since when nobody used a field any more."""

from datetime import UTC, date, datetime, timedelta

import pytest

from spoina.usage import sql
from spoina.usage.keeping import UsageKeeper
from spoina.usage.rules import safe_on
from spoina.usage.tally import Counts, Tally
from spoina.usage.types import KEPT, Client, DayCount, Ending, FieldUse, Path, Use

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
USE = Use("web/listing", "query", "aa", frozenset({"Query.products", "Product.title"}))
APP, WEB = Client("app", "1.2"), Client("web")


class Shop:
    def __init__(self, pool) -> None:
        self.now = NOON
        self.tally = Tally()
        self.observed: list[Counts] = []
        self.keeper = UsageKeeper(pool, self.tally, lambda: self.now, self.observed.append)

    def asks(self, client: Client, times: int = 1) -> None:
        for _ in range(times):
            self.tally.count(USE, client, Path.COMPILED, Ending.ANSWERED, 1)


@pytest.fixture
def shop(pool) -> Shop:
    return Shop(pool)


async def test_counts_of_a_client_are_kept_by_day(shop: Shop, pool) -> None:
    shop.asks(APP, 2)
    await shop.keeper.write()
    shop.now = NOON + timedelta(hours=1)
    shop.asks(APP)
    shop.asks(WEB)
    await shop.keeper.write()
    shop.now = NOON + DAY
    shop.asks(APP, 4)
    await shop.keeper.write()
    first, second = await sql.uses(pool, ["Product.title"], date(2026, 1, 1), 10)
    assert first == FieldUse(
        coordinate="Product.title",
        client="app",
        version="1.2",
        requests=7,
        first_seen=NOON,
        last_seen=NOON + DAY,
        days=(DayCount(date(2026, 3, 1), 3), DayCount(date(2026, 3, 2), 4)),
    )
    assert (second.client, second.version, second.requests) == ("web", "", 1)
    assert await sql.counted_since(pool) == NOON
    assert await sql.last_seen(pool, ["Product.title", "Product.none"]) == {"Product.title": NOON + DAY}


async def test_one_statement_writes_them_and_none_when_nothing_was_asked(shop: Shop, pool) -> None:
    await shop.keeper.write()
    assert await pool.fetchval("select count(*) from field_use") == 0
    assert [each.fields for each in shop.observed] == [{}]


async def test_a_database_that_is_away_costs_no_count(shop: Shop, pool) -> None:
    shop.asks(APP)
    async with pool.acquire() as db:
        await db.execute("alter table field_use rename to away")
        with pytest.raises(Exception, match="field_use"):
            await shop.keeper.write()
        await db.execute("alter table away rename to field_use")
    shop.asks(APP)
    await shop.keeper.write()
    assert await pool.fetchval("select requests from field_use where coordinate = 'Product.title'") == 2
    assert sum(each.requests for counts in shop.observed for each in counts.operations.values()) == 2


async def test_what_was_counted_last_is_written_at_the_end(shop: Shop, pool) -> None:
    shop.keeper.start()
    shop.asks(APP)
    await shop.keeper.stop()
    assert await pool.fetchval("select count(*) from field_use") == 2


async def test_old_days_are_forgotten(shop: Shop, pool) -> None:
    shop.asks(APP)
    await shop.keeper.write()
    shop.now = NOON + KEPT
    await shop.keeper.forget()
    assert await pool.fetchval("select count(*) from field_use") == 2
    shop.now += DAY
    await shop.keeper.forget()
    assert await pool.fetchval("select count(*) from field_use") == 0


@pytest.mark.parametrize(
    ("case", "last_seen", "since", "expected"),
    [
        ("used lately", NOON, NOON - 90 * DAY, date(2026, 3, 31)),
        ("never used", None, NOON - 90 * DAY, date(2025, 12, 31)),
        ("never used, but counted for a day only", None, NOON - DAY, date(2026, 3, 30)),
        ("nothing was counted yet", None, None, None),
    ],
)
def test_a_member_may_go_when_nobody_used_it_for_thirty_days(case, last_seen, since, expected) -> None:
    assert safe_on(last_seen, since, 30) == expected
