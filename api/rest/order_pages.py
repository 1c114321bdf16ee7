"""/orders/…: what a customer opens in a browser. The address that the storefront was given is the right to see it."""

import asyncio
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from api.order_page import is_prepared, order_page, page_headers, payment_address, unknown_page
from spoina.catalog.reader import CatalogReader
from spoina.ids import OrderId
from spoina.orders.customers import CustomersOrder, OrderBook
from spoina.orders.feed import OrderFeed
from spoina.orders.keys import OrderKeys
from spoina.orders.types import OrderState

LONGEST_WAIT = 10.0
"""Seconds: WooCommerce has most orders within one."""


class OrderPages:
    """Raises nothing for an order that is not there or a wrong key: both are shown the same page."""

    def __init__(self, book: OrderBook, keys: OrderKeys, feed: OrderFeed, catalogue: CatalogReader) -> None:
        self._book, self._keys, self._feed, self._catalogue = book, keys, feed, catalogue

    async def show(self, order: OrderId, key: str) -> Response[bytes]:
        seen = await self._seen(order, key)
        shop = self._catalogue.shop
        if seen is None:
            return Response(unknown_page(shop), status_code=404, headers=page_headers(), media_type="text/html")
        return Response(order_page(seen, shop), headers=page_headers(), media_type="text/html")

    async def lead_on(self, order: OrderId, key: str) -> Response[bytes] | Redirect:
        """To the shop's payment page as soon as there is one, else to the order's own."""
        if not self._keys.opens(key, order):
            return await self.show(order, key)
        seen = await self._prepared(order, key)
        address = None if seen is None else payment_address(seen.order)
        own = f"/orders/{order}?{urlencode({'key': key})}"
        return Redirect(address or own, status_code=303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})

    async def _prepared(self, order: OrderId, key: str) -> CustomersOrder | None:
        follower = self._feed.follow(order)
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                while (seen := await self._seen(order, key)) is not None and not is_prepared(seen.order):
                    await follower.news()
                return seen
        except TimeoutError:
            return None
        finally:
            follower.leave()

    async def _seen(self, order: OrderId, key: str) -> CustomersOrder | None:
        if not self._keys.opens(key, order):
            return None
        seen = await self._book.find(order)
        return None if seen is None or seen.order.state is OrderState.DELETED else seen


def order_page_routes(pages: OrderPages) -> list[HTTPRouteHandler]:
    @get("/orders/{order:uuid}", include_in_schema=False)
    async def show_order(order: FromPath[UUID], key: FromQuery[str] = "") -> Response[bytes]:
        """For who has its address."""
        return await pages.show(OrderId(order), key)

    @get("/orders/{order:uuid}/pay", include_in_schema=False)
    async def pay_order(order: FromPath[UUID], key: FromQuery[str] = "") -> Response[bytes] | Redirect:
        """For who has its address."""
        return await pages.lead_on(OrderId(order), key)

    return [show_order, pay_order]
