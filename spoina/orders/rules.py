"""What is true of orders, as pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from spoina.errors import DoesNotAddUp, InvalidInput, LimitExceeded, ReturnedTooMuch, WrongState
from spoina.inventory.types import TakenLine
from spoina.orders.types import (
    MOST_LINES,
    MOST_MINOR,
    MOST_UNITS,
    DraftLine,
    Order,
    OrderDraft,
    OrderReturn,
    OrderState,
    PaymentWay,
    ReturnLine,
    ReturnState,
    WantedLine,
)

_FOLLOWS: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING_PAYMENT: frozenset(
        {OrderState.ON_HOLD, OrderState.PROCESSING, OrderState.COMPLETED, OrderState.CANCELLED, OrderState.FAILED, OrderState.OTHER}
    ),
    OrderState.ON_HOLD: frozenset({OrderState.PROCESSING, OrderState.COMPLETED, OrderState.CANCELLED, OrderState.OTHER}),
    OrderState.PROCESSING: frozenset({OrderState.ON_HOLD, OrderState.COMPLETED, OrderState.CANCELLED, OrderState.OTHER}),
    OrderState.OTHER: frozenset({OrderState.ON_HOLD, OrderState.PROCESSING, OrderState.COMPLETED, OrderState.CANCELLED, OrderState.OTHER}),
    OrderState.FAILED: frozenset({OrderState.PENDING_PAYMENT, OrderState.PROCESSING, OrderState.CANCELLED}),
    OrderState.COMPLETED: frozenset({OrderState.PROCESSING, OrderState.CANCELLED, OrderState.OTHER}),
    OrderState.CANCELLED: frozenset(),
    OrderState.REFUNDED: frozenset(),
    OrderState.DELETED: frozenset(),
}
"""What Spoina's own commands may do. What the shop says is a fact, and follows from nothing."""

ENDED = frozenset({OrderState.CANCELLED, OrderState.REFUNDED, OrderState.DELETED})
_INITIAL = {
    PaymentWay.ONLINE: OrderState.PENDING_PAYMENT,
    PaymentWay.TRANSFER: OrderState.ON_HOLD,
    PaymentWay.ON_DELIVERY: OrderState.PROCESSING,
    PaymentWay.AT_PICKUP: OrderState.PROCESSING,
    PaymentWay.PAID: OrderState.PROCESSING,
}
SHOP_STATUS = {
    OrderState.PENDING_PAYMENT: "pending",
    OrderState.ON_HOLD: "on-hold",
    OrderState.PROCESSING: "processing",
    OrderState.COMPLETED: "completed",
    OrderState.CANCELLED: "cancelled",
    OrderState.REFUNDED: "refunded",
    OrderState.FAILED: "failed",
}
"""WooCommerce's own name for each state it has."""
LOWERS_STOCK = frozenset({"on-hold", "processing", "completed"})
"""Entering one of these makes WooCommerce lower its stock by the order's lines (wc_maybe_reduce_stock_levels)."""
COLLECTED = frozenset({"local_pickup", "pickup_location"})
"""WooCommerce's ways of delivery by which the customer comes for it: of a shipping zone, and of the block checkout."""

_encode = msgspec.json.Encoder().encode


def initial_state(draft: OrderDraft) -> OrderState:
    """A till hands the goods over at once, everything else is sent or collected later."""
    return OrderState.COMPLETED if draft.origin == "pos" else _INITIAL[draft.payment.way]


def check_follows(order: Order, to: OrderState) -> None:
    """Raises WrongState."""
    if to not in _FOLLOWS[order.state]:
        raise WrongState(f"order {order.id}", order.state, f"it cannot become {to}")


def may_follow(before: OrderState, after: OrderState) -> bool:
    return after in _FOLLOWS[before]


def is_collected(draft: OrderDraft) -> bool:
    """By the customer, in a shop."""
    return any(line.method in COLLECTED for line in draft.shipping)


def collected_at(draft: OrderDraft) -> str:
    """What the shop calls the place: the location that was chosen in the block checkout, else the way of delivery's title."""
    return next((line.pickup_location or line.title for line in draft.shipping if line.method in COLLECTED), "")


def digest_of(draft: OrderDraft) -> bytes:
    return blake2b(_encode(draft), digest_size=16).digest()


def check_draft(draft: OrderDraft) -> None:
    """Raises DoesNotAddUp, InvalidInput, naming the field."""
    parts = [line.gross for line in draft.lines]
    parts += [line.total + line.tax for line in draft.shipping] + [fee.total + fee.tax for fee in draft.fees]
    if draft.total != sum(parts):
        raise DoesNotAddUp("total", draft.total, sum(parts), "lines, shipping and fees with their taxes")
    if len(draft.currency) != 3 or not draft.currency.isupper():
        raise InvalidInput("currency", f"{draft.currency!r} is no ISO 4217 code")
    if not draft.lines:
        raise InvalidInput("lines", "an order has at least one")
    if len(draft.lines) > MOST_LINES:
        raise LimitExceeded("lines", MOST_LINES, "lines")
    if not 0 <= draft.total <= MOST_MINOR:
        raise LimitExceeded("total", MOST_MINOR, "minor units, and not below none")
    _check_lines(draft)
    for place, consent in enumerate(draft.consents):
        if consent.required and not consent.given:
            raise InvalidInput(f"consents[{place}]", f"{consent.key!r} must be given")


def _check_lines(draft: OrderDraft) -> None:
    for place, line in enumerate(draft.lines):
        if not 0 < line.quantity <= MOST_UNITS:
            raise LimitExceeded(f"lines[{place}].quantity", MOST_UNITS, "units, and at least one")
        if abs(line.total) > abs(line.subtotal):
            raise DoesNotAddUp(f"lines[{place}].total", line.total, line.subtotal, "at most the subtotal")
        if line.variant_id is None and line.stock_item is not None:
            raise InvalidInput(f"lines[{place}].stockItem", "needs a variant")


def with_own_units(lines: Sequence[DraftLine], taken: Iterable[TakenLine]) -> tuple[DraftLine, ...]:
    """`taken` from locations of ours, noted on the lines that sold them. WooCommerce counts a whole line or none of it, so a line that
    comes partly from there becomes two."""
    left: dict[int, int] = {}
    for each in taken:
        left[each.item] = left.get(each.item, 0) + each.units
    found: list[DraftLine] = []
    for line in lines:
        own = 0 if line.stock_item is None else min(line.quantity, left.get(line.stock_item, 0))
        if own and line.stock_item is not None:
            left[line.stock_item] -= own
        if own:
            found.append(_part(line, own, 0, own=True))
        if own < line.quantity:
            found.append(_part(line, line.quantity - own, own, own=False))
    return tuple(found)


def _part(line: DraftLine, units: int, before: int, *, own: bool) -> DraftLine:
    """So many of its units after the first `before`; all parts together cost exactly what the line costs, and pieces of one price with
    tax cost that price."""

    def portion(amount: int) -> int:
        return amount * (before + units) // line.quantity - amount * before // line.quantity

    subtotal_tax, total_tax = portion(line.subtotal_tax), portion(line.total_tax)
    return msgspec.structs.replace(
        line,
        quantity=units,
        subtotal=portion(line.subtotal + line.subtotal_tax) - subtotal_tax,
        subtotal_tax=subtotal_tax,
        total=portion(line.gross) - total_tax,
        total_tax=total_tax,
        own_units=units if own else 0,
    )


def return_lines(order: Order, returned: Sequence[int], wanted: Sequence[WantedLine]) -> tuple[ReturnLine, ...]:
    """What comes back with what it cost, so that returning a line piece by piece gives back exactly its total. `returned`: of each line,
    so far. Raises InvalidInput, ReturnedTooMuch."""
    lines = order.content.lines
    if len({each.line for each in wanted}) < len(wanted):
        raise InvalidInput("lines", "name each line of the order once")
    for place, each in enumerate(wanted):
        if each.line >= len(lines):
            raise InvalidInput(f"lines[{place}].line", f"the order has {len(lines)} lines, counted from 0")
    over = [each.line for each in wanted if returned[each.line] + each.quantity > lines[each.line].quantity]
    if over:
        raise ReturnedTooMuch(str(order.id), over)
    return tuple(_returned(lines[each.line], each, returned[each.line]) for each in wanted)


def _returned(line: DraftLine, wanted: WantedLine, before: int) -> ReturnLine:
    part = _part(line, wanted.quantity, before, own=False)
    return ReturnLine(line=wanted.line, quantity=wanted.quantity, total=part.total, total_tax=part.total_tax)


def left_to_refund(order: Order, returns: Iterable[OrderReturn]) -> int:
    """With tax. Requests count nothing until somebody approves them."""
    given = (each.amount for each in returns if each.state in {ReturnState.APPROVED, ReturnState.REFUNDED})
    return order.content.total - sum(given)
