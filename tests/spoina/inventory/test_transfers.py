"""Goods between our locations: gone, under way, there."""

from uuid import uuid4

import pytest

from spoina.db import Pool
from spoina.errors import Conflict, InvalidInput, NotFound, NotOurStock, ShortLines, WrongState
from spoina.ids import LocationId, TransferId
from spoina.inventory.holds import Holds
from spoina.inventory.transfers import Transfers
from spoina.inventory.types import TransferLine
from tests.spoina.inventory.stocking import (
    WOOCOMMERCE,
    broken_invariants,
    command,
    moves,
    numbers,
    open_location,
    opened_exceptions,
    request,
)


@pytest.fixture
async def places(pool: Pool) -> tuple[LocationId, LocationId]:
    return await open_location(pool, "warehouse", {1: 10, 2: 3}), await open_location(pool, "shop")


async def incoming(pool: Pool, item: int, location: int) -> int:
    return await pool.fetchval("select incoming from stock where item_id = $1 and location_id = $2", item, location)


async def test_sent_and_received_in_parts(pool: Pool, transfers: Transfers, places):
    warehouse, shop = places
    sent = [await transfers.send(warehouse, shop, moves((1, 4), (2, 3)), command("out")) for _ in range(2)]
    assert sent[0] == sent[1]
    assert sent[0].lines == (TransferLine(1, 4, 0), TransferLine(2, 3, 0))
    assert [await numbers(pool, item, warehouse) for item in (1, 2)] == [(6, 0), (0, 0)]
    assert [(await numbers(pool, item, shop), await incoming(pool, item, shop)) for item in (1, 2)] == [((0, 0), 4), ((0, 0), 3)]
    part = [await transfers.receive(sent[0].id, moves((1, 3)), command("in 1")) for _ in range(2)]
    assert [(len(each.moves), each.repeated) for each in part] == [(1, False), (1, True)]
    assert (await numbers(pool, 1, shop), await incoming(pool, 1, shop)) == ((3, 0), 1)
    with pytest.raises(InvalidInput, match="only 1 are on their way"):
        await transfers.receive(sent[0].id, moves((1, 2)), command("in 2"))
    assert (await transfers.receive(sent[0].id, moves((1, 1), (2, 3)), command("in 3"))).exceptions == ()
    with pytest.raises(WrongState, match="closed"):
        await transfers.receive(sent[0].id, moves((1, 1)), command("in 4"))
    assert [(await numbers(pool, item, shop), await incoming(pool, item, shop)) for item in (1, 2)] == [((4, 0), 0), ((3, 0), 0)]
    assert await broken_invariants(pool) == []


async def test_what_never_arrives_is_shown_to_a_person(pool: Pool, transfers: Transfers, places):
    warehouse, shop = places
    sent = await transfers.send(warehouse, shop, moves((1, 4), (2, 3)), command("out"))
    posted = await transfers.receive(sent.id, moves((1, 3)), command("in"), last=True)
    assert [(each.kind, each.item, each.units) for each in posted.exceptions] == [("lost_in_transit", 1, 1), ("lost_in_transit", 2, 3)]
    assert await opened_exceptions(pool) == [("lost_in_transit", 1, shop, 1), ("lost_in_transit", 2, shop, 3)]
    assert [await incoming(pool, item, shop) for item in (1, 2)] == [0, 0]
    assert await broken_invariants(pool) == []


async def test_what_is_held_or_not_there_stays(pool: Pool, transfers: Transfers, holds: Holds, places):
    warehouse, shop = places
    await holds.hold(request((1, 8, warehouse)))
    with pytest.raises(ShortLines) as refusal:
        await transfers.send(warehouse, shop, moves((2, 1), (1, 3), (9, 1)), command("out"))
    assert [(short.line, short.left) for short in refusal.value.lines] == [(1, 2), (2, 0)]
    assert (await numbers(pool, 2, warehouse), await pool.fetchval("select sum(incoming) from stock")) == ((3, 0), 0)
    await transfers.send(warehouse, shop, moves((1, 2)), command("out"))


async def test_refusals(transfers: Transfers, places):
    warehouse, shop = places
    for source, target in ((WOOCOMMERCE, shop), (warehouse, WOOCOMMERCE)):
        with pytest.raises(NotOurStock):
            await transfers.send(source, target, moves((1, 1)), command("a"))
    with pytest.raises(InvalidInput, match="target"):
        await transfers.send(shop, shop, moves((1, 1)), command("a"))
    with pytest.raises(NotFound):
        await transfers.receive(TransferId(uuid4()), moves((1, 1)), command("a"))
    sent = await transfers.send(warehouse, shop, moves((1, 1)), command("a"))
    with pytest.raises(Conflict):
        await transfers.send(warehouse, shop, moves((1, 2)), command("a"))
    with pytest.raises(InvalidInput, match="only 0"):
        await transfers.receive(sent.id, moves((2, 1)), command("b"))
