"""Half of the webhooks are lost, the rest come twice and out of order, and the shop is slow, forgetful and often down."""

from collections.abc import Callable
from random import Random

import pytest

from channels.woocommerce.subscriptions import TOPICS
from simulators.woocommerce import trash, writing
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.db import Pool
from tests.journeys.working import entrance, imported, polled_again, soon, until, with_webhooks, working  # noqa: F401
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop

BAD_DAY = {
    "webhooks_lost": 0.5,
    "webhooks_doubled": 0.5,
    "webhooks_reordered": True,
    "share_429": 0.05,
    "share_500": 0.03,
    "share_dropped": 0.03,
    "latency_ms": 5,
    "jitter_ms": 20,
    "stale_seconds": 1,
}


class Life:
    """What happens in a shop; each change is one that a webhook or a date tells of."""

    def __init__(self, server: ShopServer, chance: Random) -> None:
        self._shop, self._chance = server.shop, chance

    def happen(self) -> None:
        changes: list[Callable[[], object]] = [self.reprice, self.sell, self.rename, self.change_variation, self.drop_variation]
        changes += [self.create, self.put_into_trash, self.restore, self.hide, self.grow]
        try:
            self._chance.choice(changes)()
        except RestError:
            return  # the shop's rules forbid it: nothing happened

    def _any(self, kind: str | None = None, *, trashed: bool = False) -> int:
        facts = sorted(self._shop.products.all_facts())
        return self._chance.choice([one.id for one in facts if (one.status == "trash") == trashed and kind in (None, one.type)] or [0])

    def _variation(self) -> tuple[int, int]:
        parent = self._any("variable")
        return parent, self._chance.choice(self._shop.product(parent)["variations"] or [0])

    def reprice(self) -> None:
        writing.update_product(self._shop, self._any("simple"), {"regular_price": f"{self._chance.randint(1, 999)}.00", "sale_price": ""})

    def sell(self) -> None:
        writing.update_product(self._shop, self._any("simple"), {"manage_stock": True, "stock_quantity": self._chance.randint(-2, 9)})

    def rename(self) -> None:
        writing.update_product(self._shop, self._any(), {"name": f"Nazwa {self._chance.random()}"})

    def hide(self) -> None:
        writing.update_product(self._shop, self._any(), {"status": self._chance.choice(["draft", "publish", "private"])})

    def change_variation(self) -> None:
        price, count = f"{self._chance.randint(1, 999)}.00", self._chance.randint(0, 3)
        writing.update_variation(self._shop, *self._variation(), {"regular_price": price, "manage_stock": True, "stock_quantity": count})

    def drop_variation(self) -> None:
        trash.delete_variation(self._shop, *self._variation(), force=True)

    def grow(self) -> None:
        option = {"id": 2, "option": self._chance.choice(["Czarny", "Biały", "Zielony"])}
        writing.create_variation(self._shop, self._any("variable"), {"regular_price": "11.00", "attributes": [option]})

    def create(self) -> None:
        writing.create_product(self._shop, {"name": f"Nowy {self._chance.random()}", "regular_price": "5.00"})

    def put_into_trash(self) -> None:
        trash.delete_product(self._shop, self._any(), force=False)

    def restore(self) -> None:
        trash.restore_product(self._shop, self._any(trashed=True))


@pytest.mark.usefixtures("soon")
async def test_after_the_next_poll_the_mirror_is_the_shop(pool: Pool, database: str, redis_url: str):
    async with served_shop(generated_catalogue(Scale(60, (2, 3)))) as server, entrance(database, redis_url) as address:
        async with working(with_webhooks(server.settings(), address), database):
            await until(lambda: imported(pool))
            await until(lambda: pool.fetchval("select count(*) = $1 from webhook_subscription", len(TOPICS)))
            for seed in range(3):
                await bad_day(server, pool, Random(seed))
                server.misbehave(stale_seconds=0)
                await until(lambda: forgotten(server))
                await polled_again(pool)
                assert (seed, await mirror_differences(server.shop, pool)) == (seed, [])
        assert await pool.fetchval("select count(*) from inbox") > 10
        assert await pool.fetchval("select count(*) from quarantine") == 0


async def bad_day(server: ShopServer, pool: Pool, chance: Random) -> None:
    life = Life(server, chance)
    server.misbehave(**BAD_DAY)
    for _ in range(40):
        life.happen()
        await pool.execute("select pg_sleep($1)", chance.random() / 20)
    server.misbehave(share_429=1, webhooks_lost=0.5)
    life.happen()
    await pool.execute("select pg_sleep(0.5)")


async def forgotten(server: ShopServer) -> bool:
    """Whether no reader is shown the past any more."""
    return not server.shop.hidden(server.shop.products) and not server.shop.hidden(server.shop.variations)
