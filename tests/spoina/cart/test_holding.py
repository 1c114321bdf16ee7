"""What carts hold of the stock: from the start of a checkout, or from the first piece where the channel's policy says so."""

import asyncio
from datetime import timedelta

import pytest

from spoina.cart.operations import Applied, RefusalCode
from spoina.cart.policies import CartPolicy, HoldWhen
from spoina.cart.service import Carts
from spoina.db import Pool
from spoina.errors import ShortLines
from tests.spoina.cart.shopping import APP, LAPTOP, MUG, PHONE, SHIRT, WEB, Shelf, access, add, line_id, remove, set_quantity
from tests.spoina.inventory.stocking import broken_invariants, count_at_woocommerce


@pytest.fixture
def policy() -> CartPolicy:
    return CartPolicy(holds={APP: HoldWhen.WHEN_ADDED}, hold_for=timedelta(minutes=10))


@pytest.fixture
async def stocked(pool: Pool, shelf: Shelf):
    await count_at_woocommerce(pool, {SHIRT: 5}, shelf.now)
    yield
    assert await broken_invariants(pool, shelf.now) == []


async def held(pool: Pool) -> int:
    return await pool.fetchval("select held from stock where item_id = $1", SHIRT)


@pytest.mark.usefixtures("stocked")
async def test_held_from_the_first_piece_and_changed_with_every_change(carts: Carts, pool: Pool, shelf: Shelf):
    made = await carts.create(PHONE, [add(MUG), add(SHIRT, 2, line=1)])
    assert (await held(pool), made.answered.view.hold_expires_at) == (2, shelf.now + timedelta(minutes=10))
    shelf.stock[SHIRT] = 3
    shelf.pass_(minutes=4)
    more = await carts.apply(access(made), [set_quantity(line_id(1), 5)], PHONE)
    assert (await held(pool), more.view.hold_expires_at, more.view.lines[1].left) == (5, shelf.now + timedelta(minutes=10), 8)
    less = await carts.apply(access(made), [set_quantity(line_id(1), 1)], PHONE)
    assert (await held(pool), less.view.cart.version) == (1, 4)
    none = await carts.apply(access(made), [remove(line_id(1))], PHONE)
    assert (await held(pool), none.view.hold_expires_at) == (0, None)


@pytest.mark.usefixtures("stocked")
async def test_what_cannot_be_held_is_not_added_and_what_was_held_stays(carts: Carts, pool: Pool):
    """Memory said that there was enough: another was faster."""
    first, second = await carts.create(PHONE, [add(SHIRT, 3)]), await carts.create(PHONE, [add(SHIRT, 1)])
    answered = await carts.apply(access(second), [add(SHIRT, 2, name="late"), add(MUG)], PHONE)
    assert [outcome.refusals[0].code for outcome in answered.outcomes] == [RefusalCode.NOT_ENOUGH_STOCK] * 2
    assert (await held(pool), answered.view.cart.quantity, answered.view.cart.version) == (4, 1, 1)
    await carts.apply(access(first), [remove(first.answered.outcomes[0].lines[0])], PHONE)
    again = await carts.apply(access(second), [add(SHIRT, 2, name="late")], PHONE)
    assert (isinstance(again.outcomes[0], Applied), await held(pool)) == (True, 3)


@pytest.mark.usefixtures("stocked")
async def test_an_expired_hold_is_seen_and_the_lines_stay(carts: Carts, pool: Pool, shelf: Shelf):
    made = await carts.create(PHONE, [add(SHIRT, 2)])
    until = shelf.now + timedelta(minutes=10)
    shelf.pass_(minutes=11)
    seen = await carts.view(access(made), APP)
    assert (seen.hold_expires_at, seen.cart.quantity) == (until, 2)
    again = await carts.apply(access(made), [add(MUG)], PHONE)
    assert (again.view.hold_expires_at, await held(pool)) == (shelf.now + timedelta(minutes=10), 2)


@pytest.mark.usefixtures("stocked")
async def test_other_channels_hold_at_the_checkout(carts: Carts, pool: Pool, shelf: Shelf):
    made = await carts.create(LAPTOP, [add(SHIRT, 2, line=1), add(MUG)])
    assert (await held(pool), made.answered.view.hold_expires_at) == (0, None)
    begun = await carts.begin_checkout(access(made), LAPTOP)
    assert (await held(pool), begun.hold_expires_at, begun.cart.version) == (2, shelf.now + timedelta(minutes=10), 3)
    shelf.pass_(minutes=5)
    longer = await carts.begin_checkout(access(made), LAPTOP)
    assert (await held(pool), longer.hold_expires_at) == (2, shelf.now + timedelta(minutes=10))
    changed = await carts.apply(access(made), [set_quantity(line_id(1), 3)], LAPTOP)
    assert (await held(pool), changed.view.hold_expires_at) == (3, shelf.now + timedelta(minutes=10))
    shelf.pass_(minutes=10)
    late = await carts.apply(access(made), [add(MUG)], LAPTOP)
    assert late.view.hold_expires_at is None


@pytest.mark.usefixtures("stocked")
async def test_a_checkout_of_more_than_there_is(carts: Carts, pool: Pool, shelf: Shelf):
    made = await carts.create(LAPTOP, [add(SHIRT, 5)])
    await count_at_woocommerce(pool, {SHIRT: 4}, shelf.now)
    with pytest.raises(ShortLines) as short:
        await carts.begin_checkout(access(made), LAPTOP)
    assert [(line.wanted, line.left) for line in short.value.lines] == [(5, 4)]
    assert (await carts.view(access(made), WEB)).cart.version == 1


@pytest.mark.usefixtures("stocked")
async def test_a_cart_without_counted_goods_holds_nothing(carts: Carts, pool: Pool):
    made = await carts.create(PHONE, [add(MUG)])
    begun = await carts.begin_checkout(access(made), LAPTOP)
    assert (begun.hold_expires_at, await pool.fetchval("select count(*) from hold")) == (None, 0)


@pytest.mark.usefixtures("stocked")
async def test_ten_phones_and_five_pieces(carts: Carts, pool: Pool):
    made = await asyncio.gather(*(carts.create(PHONE, [add(SHIRT)]) for _ in range(10)))
    assert sorted(each.answered.view.cart.quantity for each in made) == [0] * 5 + [1] * 5
    assert await held(pool) == 5
