"""Finding an order by our reference, in shops with the companion plugin and in all others."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.lookup import CompanionLookup, NewestOrders
from channels.woocommerce.orders.opening import lookup_of
from simulators.woocommerce import order_changes
from spoina.clock import utc_now
from spoina.ids import OrderId
from tests.shop_server import ShopServer, served_shop


def make(server: ShopServer, reference: OrderId, **fields: object) -> int:
    meta = [{"key": "_spoina_reference", "value": str(reference)}]
    return order_changes.create(server.shop, {"created_via": "spoina", "meta_data": meta, **fields})["id"]


async def test_one_listing_finds_all_that_wait_for_it(server):
    references = [OrderId(uuid4()) for _ in range(230)]
    numbers = [make(server, reference) for reference in references]
    async with WooCommerceClient(server.settings()) as client:
        lookup = NewestOrders(client, utc_now)
        now = utc_now()
        found = await asyncio.gather(*(lookup.find(reference, now, now) for reference in references))
        assert found == numbers
        assert [query["page"] for path, query in server.asked if path == "orders" and "page" in query] == ["1", "2", "3"]
        assert await lookup.find(OrderId(uuid4()), now, now) is None
        server.asked.clear()
        late = OrderId(uuid4())
        number = make(server, late)
        assert await lookup.find(late, now, utc_now()) == number
        assert server.pages("orders") == [1, 2, 3]


async def test_a_listing_goes_back_no_further_than_the_first_attempt_by_the_shops_clock(server):
    old = OrderId(uuid4())
    make(server, old)
    for _ in range(100):
        make(server, OrderId(uuid4()))
    for order in server.shop.orders:
        order["date_created_gmt"] = "2020-01-01T00:00:00"
    make(server, OrderId(uuid4()))
    async with WooCommerceClient(server.settings()) as client:
        assert await NewestOrders(client, utc_now).find(old, utc_now(), utc_now()) is None
    assert server.pages("orders") == [1]


async def test_what_a_refused_order_leaves_behind_is_none(server):
    reference = OrderId(uuid4())
    server.shop.orders.get(make(server, reference))["status"] = "auto-draft"
    async with WooCommerceClient(server.settings()) as client:
        assert await NewestOrders(client, utc_now).find(reference, utc_now() - timedelta(hours=1), utc_now()) is None


async def test_a_shop_with_the_companion_answers_at_once(catalogue):
    async with served_shop(catalogue, companion=True) as server, WooCommerceClient(server.settings()) as client:
        await client.probe()
        reference = OrderId(uuid4())
        lookup = lookup_of(client, utc_now)
        assert isinstance(lookup, CompanionLookup)
        assert await lookup.find(reference, utc_now(), utc_now()) is None
        number = make(server, reference)
        assert await lookup.find(reference, utc_now(), utc_now()) == number
        assert server.pages("orders") == []
