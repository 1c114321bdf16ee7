"""Servers that die while a cart becomes an order. Reads lines of JSON: the database, the cart, its secret, the token, and the point at
which to die (0: never); forks a server for each, and answers with a line: how many points it passed and the order it told, or -1 where it
died.

A point lies before and after everything that a checkout awaits: each statement, each transaction's begin and its commit.
"""

import asyncio
import json
import os
import sys
from uuid import UUID

import asyncpg

from api.carts import open_carts
from spoina.cart.types import CartAccess, Device
from spoina.catalog.reader import CatalogReader
from spoina.checkout.types import Placed, Submission
from spoina.clock import utc_now
from spoina.db import connect, connect_pool
from spoina.ids import CartId, Channel
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from spoina.orders.types import PaymentWay
from spoina.terms.reader import TermsReader
from tests.journeys.order_pushers import Points

AWAITED = [
    *((asyncpg.Connection, name) for name in ("fetch", "fetchrow", "fetchval", "execute")),
    *((asyncpg.transaction.Transaction, name) for name in ("start", "_Transaction__commit")),
]


async def submit(task: dict[str, object]) -> str:
    address = str(task["database"])
    pool = await connect_pool(address, size=2)
    listener = Listener(lambda: connect(address))
    reader, terms, shelves = CatalogReader(pool, listener), TermsReader(pool, listener), ShelfSnapshot(pool, listener)
    for follower in (reader, terms, shelves):
        await follower.start()
    await listener.start()
    offers = OfferReader(pool, CodeIndex(pool, listener), shelves, utc_now)
    access = CartAccess(id=CartId(UUID(str(task["cart"]))), secret=str(task["secret"]))
    async with open_carts(pool, address, listener, (reader, terms, offers), utc_now) as services:
        points = Points(int(str(task["die_at"])))
        for owner, name in AWAITED:
            points.watch(owner, name)
        submission = Submission(token=str(task["token"]), way=PaymentWay.ON_DELIVERY)
        outcome = await services.checkout.submit(access, submission, Device(channel=Channel("web")))
        passed = points.passed
    await listener.stop()
    await pool.close()
    assert isinstance(outcome, Placed), outcome
    return json.dumps({"passed": passed, "order": str(outcome.order.id), "repeated": outcome.repeated})


def main() -> None:
    for line in sys.stdin:
        reading, writing = os.pipe()
        server = os.fork()
        if not server:
            os.write(writing, asyncio.run(submit(json.loads(line))).encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(server, 0)
        print(os.read(reading, 1000).decode() if status == 0 else "-1", flush=True)
        os.close(reading)


if __name__ == "__main__":
    main()
