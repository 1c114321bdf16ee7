"""Orders on their way into the shop: once, to the grosz, whatever becomes of requests and answers."""

from spoina.orders.types import OrderState, PaymentWay
from tests.channels.woocommerce.orders.shopping import BOOK, book, counted, counts_again, delivering, in_shop, orders_of, place, stock


async def test_an_order_to_be_paid_online_waits_in_the_shop_and_holds_its_goods(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool)
    async with delivering(shop, pool) as orders:
        assert await orders.delivery.drain() == 1
    (there,) = in_shop(shop, order.id)
    placed = await orders_of(pool).find(order.id)
    assert (there["status"], there["total"], there["created_via"]) == ("pending", "47.99", "spoina")
    assert (placed.state, placed.external_id, placed.stock_settled) == (OrderState.PENDING_PAYMENT, there["id"], False)
    assert placed.payment_url == f"{shop.shop.settings.home}/checkout/order-pay/{there['id']}/?pay_for_order=true&key={there['order_key']}"
    assert (counted(shop), await stock(pool)) == (before, (before, 1))


async def test_an_order_paid_on_delivery_lowers_the_shops_stock_and_gives_its_hold_back_with_the_next_count(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool, book(2), way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    assert (counted(shop), await stock(pool)) == (before - 2, (before, 2))
    await counts_again(shop, pool, BOOK)
    assert await stock(pool) == (before - 2, 0)
    assert (await orders_of(pool).find(order.id)).stock_settled
