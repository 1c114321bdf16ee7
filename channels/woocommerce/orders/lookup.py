"""Is an order of ours in the shop already? Asked before anything is sent a second time.

WooCommerce's REST API finds no order by its meta data (recorded: `search` looks into numbers and transactions, `meta_key` is ignored), so
the shop's newest orders are listed and their references read. One listing answers for all orders whose first attempt it covers.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

import msgspec

from channels.woocommerce.client import PER_PAGE, WooCommerceClient
from channels.woocommerce.companion import Companion
from channels.woocommerce.mapping.amounts import Unreadable, moment
from channels.woocommerce.orders.bodies import CREATED_VIA
from channels.woocommerce.orders.mapping import reference_in
from channels.woocommerce.payloads import MetaPayload, Unmappable, items_of, payload_of
from spoina.clock import Clock
from spoina.errors import SourceUnavailable
from spoina.ids import OrderId

_MARGIN: Final = timedelta(minutes=10)
_FIELDS: Final = "id,status,date_created_gmt,meta_data"
_NO_ORDERS: Final = frozenset({"auto-draft", "checkout-draft"})
"""What a refused order leaves behind."""


class OrderLookup(Protocol):
    """Finds orders in the shop by our reference. A shop with the companion plugin answers it directly."""

    async def find(self, reference: OrderId, sent_at: datetime, now: datetime) -> int | None:
        """The shop's number of the order; None where it has none although enough time has passed since `sent_at`, by our clock, when it
        was first sent. Raises SourceError."""


class _Seen(msgspec.Struct, frozen=True):
    id: int
    status: str = ""
    date_created_gmt: str | None = None
    meta_data: list[MetaPayload] = []


class NewestOrders:
    """The lookup that every WooCommerce allows."""

    def __init__(self, client: WooCommerceClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._found: dict[str, int] = {}
        self._covers: tuple[datetime, datetime] | None = None
        """From when on orders are in `_found`, and until when."""
        self._turn = asyncio.Lock()

    async def find(self, reference: OrderId, sent_at: datetime, now: datetime) -> int | None:
        async with self._turn:
            if str(reference) not in self._found and not self._answers(sent_at, now):
                await self._list(sent_at)
        return self._found.get(str(reference))

    def _answers(self, sent_at: datetime, now: datetime) -> bool:
        return self._covers is not None and self._covers[0] <= sent_at and now <= self._covers[1]

    async def _list(self, since: datetime) -> None:
        """Newest first, back to `since` by the shop's own clock; by numbers, so that orders which join meanwhile push none off a page."""
        began = self._clock()
        behind = await self._shop_is_behind()
        until = (since - behind - _MARGIN).replace(tzinfo=UTC)
        found: dict[str, int] = {}
        number = 1
        while True:
            page = await self._client.get_page("orders", {**_listing(), "page": number})
            seen = list(_seen(page.body))
            found |= {str(of): each.id for each in seen if each.status not in _NO_ORDERS and (of := reference_in(each.meta_data))}
            if len(seen) < PER_PAGE or any(_created(each) < until for each in seen):
                break
            number += 1
        self._found |= found
        self._covers = (since, began)

    async def _shop_is_behind(self) -> timedelta:
        """How much the shop's clock is behind ours, as its answers are dated."""
        answer, asked_at = await self._client.ask("orders", {"per_page": 1, "_fields": "id"})
        if answer.status >= 500 or answer.status == 429:
            raise SourceUnavailable(answer.address, f"the shop answered {answer.status}", "Spoina asks again later by itself.")
        try:
            return asked_at - parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError, TypeError):
            return timedelta(0)


class CompanionLookup:
    """The lookup of a shop with the companion plugin: one question, one answer."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion

    async def find(self, reference: OrderId, sent_at: datetime, now: datetime) -> int | None:
        known = [order.id for order in await self._companion.orders_of(str(reference)) if order.status not in _NO_ORDERS]
        return min(known, default=None)


def _listing() -> dict[str, object]:
    """`created_via` is known to newer shops only; older ones list everything."""
    return {"per_page": PER_PAGE, "orderby": "id", "order": "desc", "status": "any", "created_via": CREATED_VIA, "_fields": _FIELDS}


def _seen(body: bytes) -> Iterator[_Seen]:
    for item in items_of(body):
        try:
            yield payload_of("order", _Seen, item)
        except Unmappable:
            continue


def _created(seen: _Seen) -> datetime:
    try:
        return moment(seen.date_created_gmt, "date of creation") or datetime.max.replace(tzinfo=UTC)
    except Unreadable:
        return datetime.max.replace(tzinfo=UTC)
