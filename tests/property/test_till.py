"""The same sales end in the same books, whatever the network does to them: any order, any duplicates, one by one or in batches, at once."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.rest.pos_sales import _one
from spoina.db import Pool, connect_pool
from spoina.ids import LocationId, RegisterId, TerminalId
from spoina.pos.rules import vat_within, with_vat
from spoina.pos.service import Till
from spoina.pos.types import Terminal
from tests.api.pos.till import TABLES, line, sale, stock_up
from tests.spoina.catalog.builders import insert_products, insert_shop, product

MOST = 12
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
REGISTER = Terminal(
    id=TerminalId(1), name="till", register_id=RegisterId(1), register="KASA-1", location=LocationId(10), registered_at=NOON
)


@pytest.fixture
async def books(database: str):
    pool = await connect_pool(database, size=4)
    await insert_shop(pool)
    await insert_products(pool, [product(number, price=1000 * number, counted=True) for number in (1, 2, 3)])
    await pool.execute("insert into location (id, code, name, owner) overriding system value values (10, 'x', 'x', 'spoina')")
    await pool.execute("insert into pos_register (code, location_id) values ('KASA-1', 10)")
    await pool.execute("insert into pos_terminal (name, register_id, registered_at) values ('till', 1, now())")
    yield pool
    await pool.close()


async def figures(pool: Pool) -> dict[str, object]:
    """All that a set of sales leaves behind, but for the moments of their arrival."""
    return {
        "stock": await pool.fetch("select item_id, on_hand, held from stock order by 1"),
        "moves": await pool.fetch("select item_id, delta, reference, line from stock_move order by reference, line"),
        "sales": await pool.fetch("select id, sequence, total, body from pos_sale order by id"),
        "lines": await pool.fetch("select sale_id, line, variant_id, quantity, gross from pos_sale_line order by 1, 2"),
        "paid": await pool.fetch("select method, sum(amount), count(*) from pos_payment group by method order by 1"),
        "register": await pool.fetch("select highest, missing::text from pos_register"),
        "jobs": await pool.fetch("select payload, count(*) from pgqueuer group by payload order by payload"),
    }


async def emptied(pool: Pool) -> None:
    await pool.execute(f"truncate {', '.join(TABLES)}, pos_request cascade")
    await pool.execute("update pos_register set highest = 0, missing = '{}'")
    await stock_up(pool, {1: 5, 2: 5, 3: 5}, 10)


@st.composite
def queues(draw) -> tuple[list[dict], list[list[int]]]:
    """Sales with some numbers left out, and the batches in which they are sent: each sale at least once, in any order."""
    numbers = draw(st.lists(st.integers(1, 30), min_size=1, max_size=MOST, unique=True))
    lines = st.builds(line, st.integers(1, 3), st.integers(1, 4))
    sales = [
        sale(
            *draw(st.lists(lines, min_size=1, max_size=3)),
            sequence=number,
            id=str(UUID(int=number)),
            occurredAt=f"2026-11-21T{number % 24:02}:00:00+01:00",
        )
        for number in numbers
    ]
    places = st.integers(0, len(sales) - 1)
    sent = draw(st.permutations([*range(len(sales)), *draw(st.lists(places, max_size=MOST))]))
    cuts = sorted(draw(st.sets(st.integers(0, len(sent)), max_size=5)))
    return sales, [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(queues(), st.booleans())
async def test_any_order_any_duplicates_any_batches(books: Pool, queue: tuple[list[dict], list[list[int]]], at_once: bool):
    sales, batches = queue
    raw = [msgspec.Raw(msgspec.json.encode(each)) for each in sales]
    till = Till(books, lambda: NOON)
    await emptied(books)
    for number in sorted(range(len(sales)), key=lambda place: sales[place]["sequence"]):
        assert (await _one(till, REGISTER, raw[number])).status == "recorded"
    expected = await figures(books)

    await emptied(books)

    async def send(batch: list[int]) -> None:
        for place in batch:
            status = 409
            while status == 409:
                status = (await _one(till, REGISTER, raw[place])).code
            assert status == 201

    if at_once:
        await asyncio.gather(*map(send, batches))
    else:
        for batch in batches:
            await send(batch)
    assert await figures(books) == expected
    numbers = {each["sequence"] for each in sales}
    (row,) = await books.fetch(
        "select array(select generate_series(lower(gap), upper(gap) - 1) from unnest(missing) as gap) from pos_register"
    )
    assert set(row[0]) == set(range(1, max(numbers))) - numbers


@given(st.integers(0, 10**10), st.sampled_from([0, 500, 800, 2300]))
def test_net_and_vat_are_the_gross_again(gross: int, rate: int):
    vat = vat_within(gross, rate)
    assert abs(vat * (10_000 + rate) - gross * rate) * 2 <= 10_000 + rate
    assert abs(with_vat(gross - vat, rate) - gross) <= 1


async def test_senders_who_overtake_each_other_record_a_sale_once(books: Pool):
    """The answer of one may be committed between another's look and its lock."""
    till = Till(books, lambda: NOON)
    await emptied(books)

    async def send(raw: msgspec.Raw) -> None:
        while (await _one(till, REGISTER, raw)).code == 409:  # noqa: ASYNC110 - another sender is at it
            await asyncio.sleep(0)

    for number in range(1, 151):
        sent = msgspec.Raw(msgspec.json.encode(sale(line(1, 1), sequence=number, id=str(UUID(int=number)))))
        await asyncio.gather(*(send(sent) for _ in range(4)))
    assert await books.fetchval("select count(*) from pos_sale") == 150
