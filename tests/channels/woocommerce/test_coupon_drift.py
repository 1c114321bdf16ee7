"""Coupons that the shop changed without a word are found, taken over and gone from the list."""

from copy import deepcopy

from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.db import Pool
from tests.channels.woocommerce.syncing import syncing
from tests.shop_server import served_shop


async def test_every_planted_difference_of_coupons_is_found_repaired_and_gone(pool: Pool):
    async with served_shop(generated_catalogue(Scale(5, (1, 2)))) as server, syncing(server, pool) as sync:

        async def drift() -> list[tuple[int, str, str, str]]:
            return [(each.number, each.field, each.shop, each.here) async for each in sync.coupon_drift()]

        await sync.full_pass(lambda _: None)
        assert await drift() == []
        conditions = server.shop.conditions
        usable = [coupon for coupon in conditions.coupons if coupon["status"] == "publish"]
        used, hidden, gone = usable[:3]
        born = deepcopy(used) | {"id": conditions.last_coupon() + 1, "code": "nowy"}
        used["usage_count"] += 7
        hidden["status"] = "draft"
        conditions.coupons = [born, *(coupon for coupon in conditions.coupons if coupon is not gone)]
        found = await drift()
        assert sorted((number, field) for number, field, *_ in found) == sorted(
            [(born["id"], "published"), (hidden["id"], "published"), (gone["id"], "published"), (used["id"], "usage_count")]
        )
        await sync.repair_coupons([each async for each in sync.coupon_drift()])
        assert await drift() == []
