"""Workers that die while they take orders to the shop. Reads lines of JSON: the database, the shop, the point at which to die (0: never);
forks a worker for each, and answers with a line: how many points it passed, -1 where it died.

A point lies before and after everything that a delivery awaits: each statement, each transaction's begin and end, each request.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from uuid import uuid4

import asyncpg
import httpx

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.opening import open_orders
from spoina.clock import utc_now
from spoina.db import connect_pool
from spoina.orders.outbox import Patience
from spoina.settings import WooCommerceSettings

AWAITED = [
    *((asyncpg.Connection, name) for name in ("fetch", "fetchrow", "fetchval", "execute")),
    *((asyncpg.transaction.Transaction, name) for name in ("start", "_Transaction__commit")),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
]
HELD_FOR_GOOD = Patience(lease=timedelta(hours=1))
"""Nobody else takes up what a dead worker had claimed, until the test wants it."""


class Points:
    def __init__(self, last: int) -> None:
        self.passed, self._last = 0, last

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: type, name: str) -> None:
        method = getattr(owner, name)

        async def watched(*args, **kwargs):
            self.pass_one()
            answer = await method(*args, **kwargs)
            self.pass_one()
            return answer

        setattr(owner, name, watched)


async def deliver(task: dict[str, object]) -> int:
    pool = await connect_pool(str(task["database"]), size=2)
    settings = WooCommerceSettings(url=str(task["shop"]), key=str(task["key"]), secret=str(task["secret"]))
    async with WooCommerceClient(settings) as client:
        delivery = open_orders(client, pool, utc_now, uuid4, at_once=1, patience=HELD_FOR_GOOD).delivery
        await pool.fetchval("select 1")
        points = Points(int(str(task["die_at"])))
        for owner, name in AWAITED:
            points.watch(owner, name)
        await delivery.drain()
    await pool.close()
    return points.passed


def main() -> None:
    for line in sys.stdin:
        reading, writing = os.pipe()
        worker = os.fork()
        if not worker:
            os.write(writing, str(asyncio.run(deliver(json.loads(line)))).encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(worker, 0)
        print(int(os.read(reading, 20)) if status == 0 else -1, flush=True)
        os.close(reading)


if __name__ == "__main__":
    main()
