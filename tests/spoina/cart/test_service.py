"""Carts in PostgreSQL: made, changed, read, and given only to those who may have them."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from spoina.cart.service import Carts
from spoina.cart.types import CartAccess
from spoina.db import Pool
from spoina.errors import NotFound
from spoina.ids import CartId, CustomerId
from tests.spoina.cart.shopping import LAPTOP, MUG, PHONE, SHIRT, WEB, add, quantities, set_quantity


def access(created) -> CartAccess:
    return CartAccess(id=created.cart.id, secret=created.cart.secret)


async def test_a_cart_is_made_changed_and_read(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG, 2)])
    line = made.answered.outcomes[0].lines[0]
    changed = await carts.apply(access(made), [set_quantity(line, 3), add(SHIRT)], PHONE)
    seen = await carts.view(access(made), WEB)
    assert (seen.cart.version, quantities(seen.cart)) == (3, {MUG: 3, SHIRT: 1})
    assert seen == changed.view
    assert (seen.answer.totals.items + seen.answer.totals.items_tax, seen.currency) == (3 * 2000 + 9999, "PLN")
    assert seen.lines[0].totals.subtotal + seen.lines[0].totals.subtotal_tax == 6000


async def test_a_wrong_secret_is_answered_as_an_unknown_cart(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG)])
    wrong, unknown = replace(access(made), secret="0" * 22), CartAccess(id=CartId(UUID(int=7)), secret="x")
    for attempt in (wrong, unknown, replace(wrong, secret=""), replace(wrong, secret="", customer=CustomerId("somebody"))):
        for asked in (carts.view(attempt, WEB), carts.apply(attempt, [add(MUG)], LAPTOP), carts.changes(attempt, 0, WEB)):
            with pytest.raises(NotFound) as refused:
                await asked
            assert (refused.value.kind, refused.value.reference) == ("cart", str(attempt.id))
    assert quantities((await carts.view(access(made), WEB)).cart) == {MUG: 1}


async def test_the_database_keeps_no_secret(carts: Carts, pool: Pool):
    made = await carts.create(LAPTOP, [add(MUG)])
    assert len(made.cart.secret) >= 22
    assert made.cart.secret not in str(await pool.fetch("select * from cart, cart_op"))
    assert made.cart.secret not in repr(made) + repr(access(made))
