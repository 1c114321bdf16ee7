"""Recorded carts that become orders: what the simulated shop, set up as when they were recorded, makes of them costs what the cart did, to
the grosz: with prices that include tax and net ones, abroad, with several taxes on top of each other, in a city of its own, with coupons,
and where taxes are rounded once for all lines. There the tax within the total may differ by a grosz for a line, because an order's lines
are rounded each."""

from uuid import UUID

import msgspec

from api.carts import open_carts
from channels.woocommerce.orders.bodies import amounts_differ, lines_body, order_body
from channels.woocommerce.orders.mapping import order_of
from simulators.woocommerce import order_changes
from simulators.woocommerce.configurations import configured_catalogue, configured_conditions
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import encode
from simulators.woocommerce.shop import Shop, ShopSettings, create_shop
from spoina.cart.views import CartView
from spoina.checkout.drafting import draft_of
from spoina.checkout.types import Submission
from spoina.ids import Channel, OrderId
from spoina.orders.rules import check_draft
from spoina.orders.types import Order, OrderDraft, OrderState
from tests.contract.carts.mirrored import Mirrored
from tests.contract.carts.recordings import Json, recording
from tests.contract.carts.servant import Servant

EACH = 12
"""Of a configuration, every so many carts."""
NOBODY = OrderId(UUID(int=1))


async def test_an_order_costs_what_its_cart_did(letter: str, mirrored: Mirrored) -> None:
    recorded = recording(letter)
    shop = create_shop(configured_catalogue(), ShopSettings(home="http://127.0.0.1:1"))
    shop.conditions = configured_conditions(letter)
    lines_may_differ, checked = recorded.shop.round_at_subtotal, 0
    async with open_carts(
        mirrored.pool, mirrored.database, mirrored.listener, (mirrored.reader, mirrored.terms, mirrored.offers), lambda: recorded.at
    ) as services:
        for cart in recorded.carts[::EACH]:
            servant = Servant(services.carts, recorded)
            await servant.open()
            for step in cart["steps"]:
                await servant.do(step)
            view = await servant.read()
            if any(line.totals is not None for line in view.lines):
                totals = view.answer.totals
                for with_coupons in (False, True) if totals.coupons else (False,):
                    made = ordered(shop, drafted(view, recorded), with_coupons=with_coupons)
                    assert minor(made["total"]) == totals.total, (cart["n"], with_coupons)
                    if totals.total:  # of what costs nothing, the cart's tax may be less than nothing
                        assert abs(minor(made["total_tax"]) - totals.tax) <= (len(view.lines) if lines_may_differ else 0), cart["n"]
                    checked += 1
    assert checked > 1


def minor(amount: str) -> int:
    return int(amount.replace(".", ""))


def drafted(view: CartView, recorded) -> OrderDraft:
    return draft_of(
        view,
        recorded.shop,
        Submission(token="once"),
        {},
        method=None,
        channel=Channel("web"),
        hold=None,
        customer_id=None,
        now=recorded.at,
    )


def ordered(shop: Shop, draft: OrderDraft, *, with_coupons: bool) -> Json:
    """As WooCommerce is sent it. The discounts are in the lines; where coupons come to others, or are refused, the lines are told again."""
    check_draft(draft)
    now = shop.time.now()
    order = Order(
        id=NOBODY,
        number=1,
        state=OrderState.PENDING_PAYMENT,
        shop_status=None,
        external_id=None,
        external_number=None,
        payment_url=None,
        placed_at=now,
        changed_at=now,
        expires_at=None,
        paid_at=None,
        stock_settled=True,
        content=draft,
    )
    try:
        made = order_changes.create(shop, msgspec.to_builtins(order_body(order, with_coupons=with_coupons)))
    except RestError:
        return order_changes.create(shop, msgspec.to_builtins(order_body(order, with_coupons=False)))
    if with_coupons and amounts_differ(draft, order_of(encode(made), now).content):
        made = order_changes.update(shop, made["id"], msgspec.to_builtins(lines_body(order, [line["id"] for line in made["line_items"]])))
    return made
