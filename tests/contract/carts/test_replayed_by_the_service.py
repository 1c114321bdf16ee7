"""Every recorded cart of WooCommerce 10.5 through the cart service on PostgreSQL, step by step: totals, refusals, coupons that fall out,
and of the last answer every line, coupon, tax line and offered rate, to the minor unit.

One thing is not sent: WooCommerce's update-item refuses a quantity of 0, while here, as in the dialect, that removes the line.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from api.carts import open_carts
from spoina.cart.operations import Refusal, RefusalCode
from spoina.cart.service import Carts
from tests.contract.carts.mirrored import Mirrored
from tests.contract.carts.recordings import Json, Recording, recording
from tests.contract.carts.servant import Servant
from tests.contract.carts.test_recorded_carts import as_recorded, as_shown, first_difference

CODES = {
    "woocommerce_rest_cart_coupon_error": {RefusalCode.COUPON_REFUSED},
    "woocommerce_rest_invalid_variation_data": {RefusalCode.INVALID_CHOICE},
    "woocommerce_rest_product_invalid_quantity": {RefusalCode.INVALID_QUANTITY},
    "readonly_quantity": {RefusalCode.SOLD_INDIVIDUALLY},
    "invalid_quantity": {RefusalCode.NOT_ENOUGH_STOCK},
    "woocommerce_rest_product_partially_out_of_stock": {RefusalCode.NOT_ENOUGH_STOCK},
    "woocommerce_rest_product_out_of_stock": {RefusalCode.SOLD_OUT},
}
AT_ONCE = 12
LEFT = re.compile(r"\((\d+) remaining\)|allowed in the cart is (\d+)")


async def test_a_recorded_configuration(letter: str, mirrored: Mirrored) -> None:
    recorded = recording(letter)
    readers = (mirrored.reader, mirrored.terms, mirrored.offers)
    async with open_carts(mirrored.pool, mirrored.database, mirrored.listener, readers, lambda: recorded.at) as services:
        found = await in_company([partial(difference_of, services.carts, recorded, cart) for cart in recorded.carts])
    wrong = {cart["n"]: difference for cart, difference in zip(recorded.carts, found, strict=True) if difference}
    assert not wrong, f"{len(wrong)} of {len(recorded.carts)} carts of {letter} differ, the first: {next(iter(wrong.items()))}"


async def in_company(replays: Sequence[Callable[[], Awaitable[str | None]]]) -> list[str | None]:
    """Several carts at a time, as in a shop: their changes are committed in groups."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(replay: Callable[[], Awaitable[str | None]]) -> str | None:
        async with turns:
            return await replay()

    return await asyncio.gather(*map(one, replays))


async def difference_of(carts: Carts, recorded: Recording, cart: Json) -> str | None:
    """The first thing that is not as recorded."""
    servant = Servant(carts, recorded)
    await servant.open()
    errors = {error["step"]: error for error in cart["errors"] if "code" in error}
    dropped = {error["step"]: [each["message"] for each in error["cart_errors"]] for error in cart["errors"] if "cart_errors" in error}
    for number, step in enumerate(cart["steps"]):
        if step["op"] == "update" and step["quantity"] == 0:
            assert "The minimum quantity of" in errors[number]["message"]
            continue
        await servant.do(step)
        if (refused := difference_of_refusal(servant, errors.get(number))) is not None:
            return f"step {number} {step}: {refused}"
        if str(servant.total) != step["total"]:
            return f"step {number} {step}: {servant.total}"
        if servant.dropped != dropped.get(number, []):
            return f"step {number} {step}: dropped {servant.dropped}, recorded {dropped.get(number)}"
    return await difference_of_end(servant, cart["cart"])


def difference_of_refusal(servant: Servant, error: Json | None) -> str | None:
    said = servant.said
    if error is None or said is None:
        return None if said is error else f"said {said!r}, recorded {error!r}"
    if said.code not in CODES[error["code"]]:
        return f"said {said.code}, recorded {error['code']}"
    if said.coupon is not None:
        words = servant.in_words(said.coupon)
        return None if words == error["message"] else f"said {words!r}, recorded {error['message']!r}"
    return difference_of_limit(said, error["message"])


def difference_of_limit(said: Refusal, message: str) -> str | None:
    told = LEFT.search(message)
    limit = None if told is None else int(told[1] or told[2])
    return None if limit is None or said.limit == limit else f"said {said.limit} can be had, recorded {message!r}"


async def difference_of_end(servant: Servant, cart: Json) -> str | None:
    view = await servant.read()
    shown = as_shown(view.answer.totals, view.answer.basket)
    for item, (key, quantity) in zip(shown["items"], servant.keys(view), strict=True):
        item |= {"key": key, "quantity": quantity}
    return first_difference(shown, as_recorded(cart))
