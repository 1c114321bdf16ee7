"""Which of the shop's refunds is the one that an attempt made whose answer was lost.

WooCommerce writes a refund, has the payment plugin give the money back, and only then stores the meta data that were sent (REST v3,
wc_create_refund). A request that died in between left a refund, and moved money, without our reference.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from spoina.ids import ReturnId
from spoina.orders.intake import ShopOrder
from spoina.orders.returned import ShopRefund
from spoina.orders.types import OrderReturn

_CLOCKS_DIFFER: Final = timedelta(minutes=10)


def made_before(back: OrderReturn, there: Sequence[ShopRefund], others: Collection[int | None], sent_at: datetime) -> int | None:
    """`there`: all refunds of the order; `others`: those of other returns of ours. By our reference; else one of this amount and reason,
    made since `sent_at`, that has no reference: better a refund of the shop's own taken for ours than money given back twice."""
    referred = [refund for refund in there if refund.reference == back.id]
    alike = [refund for refund in there if refund.external_id not in others and _is_alike(refund, back, sent_at)]
    return next((refund.external_id for refund in [*referred, *alike]), None)


def _is_alike(refund: ShopRefund, back: OrderReturn, sent_at: datetime) -> bool:
    same = refund.reference is None and refund.amount == back.amount and refund.reason.strip() == back.reason.strip()
    return same and refund.at >= sent_at - _CLOCKS_DIFFER


def as_ours(shop: ShopOrder, number: int, return_id: ReturnId) -> ShopOrder:
    """With our reference on the refund of this number."""
    refunds = [replace(each, reference=return_id) if each.external_id == number else each for each in shop.refunds or ()]
    return replace(shop, refunds=tuple(refunds))
