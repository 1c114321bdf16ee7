"""Everything that concerns one shop's orders, put together."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.companion import Companion
from channels.woocommerce.orders.delivering import Delivery
from channels.woocommerce.orders.lookup import CompanionLookup, NewestOrders, OrderLookup
from channels.woocommerce.orders.pushing import Pusher, Tools
from channels.woocommerce.orders.reading import OrderReader
from spoina.clock import Clock
from spoina.db import Pool
from spoina.orders.intake import Intake
from spoina.orders.outbox import Patience


class ShopOrders(msgspec.Struct, frozen=True, kw_only=True):
    """`reader` takes over what the shop has, `delivery` takes to it what was placed here."""

    reader: OrderReader
    delivery: Delivery


def lookup_of(client: WooCommerceClient, clock: Clock) -> OrderLookup:
    """The fastest that the shop, as it was probed, allows."""
    return CompanionLookup(Companion(client)) if client.has_companion else NewestOrders(client, clock)


def open_orders(
    client: WooCommerceClient,
    pool: Pool,
    clock: Clock,
    new_id: Callable[[], UUID],
    *,
    at_once: int = 4,
    patience: Patience = Patience(),  # noqa: B008 - frozen
) -> ShopOrders:
    """`at_once`: orders on their way to the shop at a time."""
    intake = Intake(pool, clock, new_id)
    reader = OrderReader(client, pool, intake, clock)
    tools = Tools(client, pool, intake, reader, lookup_of(client, clock), clock, patience)
    delivery = Delivery(Pusher(tools), pool, clock, patience, at_once=at_once)
    return ShopOrders(reader=reader, delivery=delivery)
