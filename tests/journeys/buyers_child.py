"""Buyers in a process of their own. Arguments: the database's address; how many buyers; "once" or "on and on". Says "ready", waits for a
line, then prints the id of each hold that was granted; at the end how many were and were not."""

import asyncio
import random
import sys
from datetime import timedelta
from uuid import uuid4

from spoina.clock import utc_now
from spoina.db import connect, connect_pool
from spoina.errors import ShortLines
from spoina.ids import Channel, HoldId, StockItemId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.types import Hold, Holder, HolderKind, HoldLine, HoldRequest

HOT, ITEMS = StockItemId(1), 5


def request(*items: int) -> HoldRequest:
    return HoldRequest(
        id=HoldId(uuid4()),
        holder=Holder(HolderKind.CHECKOUT, "buyer"),
        channel=Channel("web"),
        lines=tuple(HoldLine(StockItemId(item), 1) for item in items),
        ttl=timedelta(minutes=10),
    )


async def buy(holds: Holds, asked: HoldRequest) -> Hold | None:
    try:
        hold = await holds.hold(asked)
    except ShortLines:
        return None
    print(hold.id, flush=True)
    return hold


async def shop_on_and_on(holds: Holds) -> None:
    """Until somebody kills this process, or closes its input."""
    stopped = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    while not stopped.done():
        hold = await buy(holds, request(*random.sample(range(1, ITEMS + 1), random.randint(1, 3))))
        if hold is not None and random.random() < 0.9:
            await (holds.release if random.random() < 0.8 else holds.commit)(hold.id)


async def main(database: str, buyers: int, how: str) -> None:
    pool = await connect_pool(database, size=4)
    batcher = HoldBatcher(lambda: connect(database), utc_now)
    holds = Holds(pool, batcher, utc_now)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    if how == "once":
        found = await asyncio.gather(*(buy(holds, request(HOT)) for _ in range(buyers)))
        print("granted", sum(hold is not None for hold in found), "refused", found.count(None), flush=True)
    else:
        await asyncio.gather(*(shop_on_and_on(holds) for _ in range(buyers)))
    await batcher.stop()
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
