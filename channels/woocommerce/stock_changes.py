"""WooCommerce's own stock changed by a difference, once for each key: a correction that somebody makes here instead of in the shop.

The companion plugin does it atomically and knows a key again. Without it the count is read, and written back changed together with the
key, so that a repetition after a lost answer sees that it was done; only what is sold between reading and writing is lost then. Sales are
none of this: they reach the shop as orders, and WooCommerce lowers its stock itself.
"""

from typing import Final

import msgspec

from channels.woocommerce import answers
from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.companion import Companion, StockDelta
from channels.woocommerce.payloads import MetaPayload
from spoina.errors import InvalidInput, NotFound, SourceUnavailable
from spoina.ids import StockItemId
from spoina.inventory.requests import MOST_UNITS

MARK: Final = "_spoina_stock_change"
"""The meta key under which a product keeps the key of its last change."""
_ATTEMPTS: Final = 4
_SHORTEST_KEY, _LONGEST_KEY = 8, 191
"""What the companion plugin takes."""


class _Counted(msgspec.Struct, frozen=True):
    id: int
    manage_stock: bool | str = False
    stock_quantity: float | None = None
    parent_id: int = 0
    type: str = ""
    meta_data: list[MetaPayload] = []

    @property
    def path(self) -> str:
        return f"products/{self.parent_id}/variations/{self.id}" if self.type == "variation" else f"products/{self.id}"

    def is_marked(self, key: str) -> bool:
        return any(meta.key == MARK and msgspec.json.decode(meta.value) == key for meta in self.meta_data)


async def change_shop_stock(client: WooCommerceClient, item: StockItemId, delta: int, key: str) -> int:
    """The count afterwards. Safe to repeat with the same `key`. Raises NotFound, InvalidInput (nobody counts it; `delta` or
    `key` beyond what can be), SourceError."""
    if not 0 < abs(delta) <= MOST_UNITS:
        raise InvalidInput("units", f"must be between -{MOST_UNITS} and {MOST_UNITS}, and not 0")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise InvalidInput("key", f"must have {_SHORTEST_KEY} to {_LONGEST_KEY} characters")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            counted = await _counted(client, item)
            if client.has_companion:
                (left,) = await Companion(client).change_stock(key, [StockDelta(item, delta)])
                return round(left.stock_quantity or 0)
            return await _written(client, counted, delta, key)
        except SourceUnavailable:
            if attempt == _ATTEMPTS:
                raise
            await client.back_off(attempt)
    raise AssertionError("unreachable")


async def _counted(client: WooCommerceClient, item: StockItemId) -> _Counted:
    page = await client.find(f"products/{item}")
    if page is None:
        raise NotFound("product", str(item))
    found = msgspec.json.decode(page.body, type=_Counted)
    if found.manage_stock is not True:
        raise InvalidInput("code", "nobody counts its stock in the shop")
    return found


async def _written(client: WooCommerceClient, counted: _Counted, delta: int, key: str) -> int:
    before = round(counted.stock_quantity or 0)
    if counted.is_marked(key):
        return before
    body = {"stock_quantity": before + delta, "meta_data": [{"key": MARK, "value": key}]}
    answer = await client.send_once("PUT", counted.path, body)
    answers.json_body(answer)
    return before + delta
