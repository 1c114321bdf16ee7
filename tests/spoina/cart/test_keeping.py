"""What a worker forgets of carts, and what it does not."""

from spoina.cart.keeping import purge_carts
from spoina.cart.service import Carts
from spoina.db import Pool
from spoina.ids import CustomerId
from tests.spoina.cart.shopping import LAPTOP, MUG, PHONE, WEB, Shelf, access, add


async def test_carts_go_a_week_after_they_expired_and_operations_after_thirty_days(carts: Carts, pool: Pool, shelf: Shelf):
    guest = await carts.create(PHONE, [add(MUG)])
    hers = await carts.create(LAPTOP, [add(MUG)], CustomerId("anna"))
    await carts.offer(access(guest), PHONE)
    shelf.pass_(days=30)
    await carts.apply(access(hers), [add(MUG, name="late")], LAPTOP)
    shelf.pass_(days=7)
    await purge_carts(pool, shelf.clock)
    assert await pool.fetchval("select count(*) from cart") == 2
    assert [row[0] for row in await pool.fetch("select operation_id from cart_op")] == ["late"]
    assert await pool.fetchval("select count(*) from cart_handoff") == 0
    shelf.pass_(seconds=1)
    await purge_carts(pool, shelf.clock)
    assert [row[0] for row in await pool.fetch("select id from cart")] == [hers.cart.id]
    found = await carts.changes(access(hers), 0, WEB)
    assert ([each.entry.version for each in found.operations], found.complete) == ([2], False)
    assert (await carts.changes(access(hers), 1, WEB)).complete
