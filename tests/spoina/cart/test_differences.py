"""What has changed since the shopper looked, each to be acknowledged with the numbers that were shown."""

import pytest
from msgspec.structs import replace

from spoina.cart.operations import Acknowledge, Applied
from spoina.cart.service import Carts
from spoina.cart.types import CartAccess, ChangeKey
from spoina.cart.views import CouponGone, LimitedQuantity, OutOfStock, PriceChanged, ProductGone, TermsChange, WarningKind, unacknowledged
from spoina.pricing.cart.types import CouponRefusalReason
from tests.spoina.cart.shopping import CUP, LAPTOP, MUG, PHONE, SHIRT, WEB, Shelf, access, add, coupon, line_id, operation_id, set_quantity
from tests.spoina.catalog.builders import product


@pytest.fixture
async def cart(carts: Carts) -> CartAccess:
    made = await carts.create(LAPTOP, [add(MUG, 2, line=1), add(SHIRT, 4, line=2)])
    assert made.answered.view.changes == ()
    return access(made)


async def pending(carts: Carts, cart: CartAccess) -> tuple[TermsChange, ...]:
    return unacknowledged(await carts.view(cart, WEB))


async def acknowledge(carts: Carts, cart: CartAccess, *keys: str) -> None:
    answered = await carts.apply(cart, [Acknowledge(id=operation_id(), changes=tuple(map(ChangeKey, keys)))], PHONE)
    assert isinstance(answered.outcomes[0], Applied)


@pytest.mark.parametrize(("price", "up"), [(2500, True), (1500, False)])
async def test_a_price_that_moved(carts: Carts, shelf: Shelf, cart: CartAccess, price: int, up: bool):
    shelf.products[MUG] = product(MUG, price=price)
    (change,) = await pending(carts, cart)
    assert change == PriceChanged(key=change.key, line=line_id(1), variant=MUG, before=2000, now=price)
    assert change.up is up
    await acknowledge(carts, cart, change.key)
    assert await pending(carts, cart) == ()


async def test_a_price_that_moves_on_before_it_is_acknowledged(carts: Carts, shelf: Shelf, cart: CartAccess):
    shelf.products[MUG] = product(MUG, price=2500)
    (shown,) = await pending(carts, cart)
    shelf.products[MUG] = product(MUG, price=3000)
    await acknowledge(carts, cart, shown.key, "nonsense")
    (left,) = await pending(carts, cart)
    assert (left.before, left.now) == (2000, 3000)
    shelf.products[MUG] = product(MUG, price=2000)
    assert await pending(carts, cart) == ()


async def test_a_change_of_another_line_shows_nothing_of_this_one(carts: Carts, shelf: Shelf, cart: CartAccess):
    shelf.products[MUG] = product(MUG, price=2500)
    await carts.apply(cart, [add(CUP)], PHONE)
    assert [type(change) for change in await pending(carts, cart)] == [PriceChanged]
    await carts.apply(cart, [set_quantity(line_id(1), 3)], PHONE)
    assert await pending(carts, cart) == ()


async def test_less_than_the_cart_wants_and_then_nothing(carts: Carts, shelf: Shelf, cart: CartAccess):
    shelf.stock[SHIRT] = 3
    (limited,) = await pending(carts, cart)
    assert limited == LimitedQuantity(key=limited.key, line=line_id(2), variant=SHIRT, wanted=4, left=3)
    await acknowledge(carts, cart, limited.key)
    assert await pending(carts, cart) == ()
    shelf.stock[SHIRT] = 0
    (gone,) = await pending(carts, cart)
    assert gone == OutOfStock(key=gone.key, line=line_id(2), variant=SHIRT, wanted=4)
    await acknowledge(carts, cart, gone.key)
    seen = await carts.view(cart, WEB)
    assert (seen.changes, [(each.kind, each.line, each.left) for each in seen.warnings]) == (
        (),
        [(WarningKind.OUT_OF_STOCK, line_id(2), 0)],
    )


async def test_a_product_that_is_gone_costs_nothing_and_stays(carts: Carts, shelf: Shelf, cart: CartAccess):
    del shelf.products[MUG]
    seen = await carts.view(cart, WEB)
    assert seen.changes == (ProductGone(key=seen.changes[0].key, line=line_id(1), variant=MUG),)
    assert [(line.merchandise is None, line.totals is None) for line in seen.lines] == [(True, True), (False, False)]
    assert seen.answer.totals.items + seen.answer.totals.items_tax == 4 * 9999
    assert [line.key for line in seen.answer.totals.lines] == ["1"]
    await acknowledge(carts, cart, seen.changes[0].key)
    assert [each.kind for each in (await carts.view(cart, WEB)).warnings] == [WarningKind.PRODUCT_GONE]
    assert await pending(carts, cart) == ()


async def test_a_coupon_that_expired_is_shown_without_writing_and_out_with_the_next_change(carts: Carts, shelf: Shelf, cart: CartAccess):
    shelf.offer("ten", "10", expires_at=shelf.now.replace(hour=13))
    await carts.apply(cart, [coupon("ten")], LAPTOP)
    shelf.pass_(hours=2)
    (gone,) = await pending(carts, cart)
    assert gone == CouponGone(key=ChangeKey("coupon:ten"), code="ten", reason=CouponRefusalReason.EXPIRED)
    assert (await carts.view(cart, WEB)).cart.state.coupons == ("ten",)
    after = await carts.apply(cart, [add(CUP)], PHONE)
    assert (after.view.cart.state.coupons, after.view.changes) == ((), (gone,))
    assert [each.kind for each in after.view.warnings] == [WarningKind.COUPON_DROPPED]
    await acknowledge(carts, cart, gone.key)
    assert await pending(carts, cart) == ()


async def test_acknowledged_before_it_fell_out(carts: Carts, shelf: Shelf, cart: CartAccess):
    shelf.offer("ten", "10")
    await carts.apply(cart, [coupon("ten")], LAPTOP)
    shelf.offered["ten"] = replace(shelf.offered["ten"], usage_limit=1, usage_count=1)
    (gone,) = await pending(carts, cart)
    await acknowledge(carts, cart, gone.key)
    seen = await carts.view(cart, WEB)
    assert (seen.changes, seen.cart.state.coupons, seen.warnings) == ((), (), ())
