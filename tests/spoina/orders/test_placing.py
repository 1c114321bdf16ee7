"""Orders are placed once, with their stock, in one transaction."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from spoina.clock import utc_now
from spoina.errors import Conflict, DoesNotAddUp, HoldEnded, InvalidInput, LimitExceeded, NotFound, ReturnedTooMuch, WrongState
from spoina.ids import OrderId, ReturnId
from spoina.orders import outbox, sql
from spoina.orders.returns import Returns
from spoina.orders.service import Orders
from spoina.orders.types import Consent, OrderState, Origin, PaymentWay, ReturnRequest, ReturnState, TaskKind, WantedLine
from tests.spoina.inventory.stocking import MovableClock
from tests.spoina.orders.placing import MUG, TEA, draft, held, line, open_warehouse, stock, stock_up
from tests.sql_statements import count_statements


@pytest.fixture
def orders(pool):
    return Orders(pool, utc_now, uuid4)


async def test_an_order_is_there_with_its_goods_sold_and_something_to_do(orders, pool, database):
    await stock_up(pool)
    hold = await held(database, pool, utc_now, line(MUG, 2))
    order = await orders.place(draft(line(MUG, 2), hold=hold), "cart 1")
    assert (order.state, order.external_id, order.content.total) == (OrderState.PENDING_PAYMENT, None, 2460)
    assert [task.kind for task in await orders.waiting_tasks(order.id)] == [TaskKind.CREATE]
    assert [(entry.actor, entry.event, entry.to_state) for entry in await orders.history(order.id)] == [
        ("customer", "placed", OrderState.PENDING_PAYMENT)
    ]
    assert await stock(pool) == {1: (10, 2)}
    assert await pool.fetchval("select status from hold") == "sold_pending"


async def test_placing_costs_six_statements(orders, pool, database):
    await stock_up(pool)
    wanted = draft(hold=await held(database, pool, utc_now))
    async with count_statements(pool) as statements:
        await orders.place(wanted, "cart 1")
    assert [text.split()[0].lower().rstrip(";") for text in statements.texts] == ["begin", "select", "select", "update", "with", "commit"]


async def test_twenty_who_place_the_same_at_once_get_one_order(orders, pool, database):
    await stock_up(pool)
    wanted = draft(hold=await held(database, pool, utc_now))
    placed = await asyncio.gather(*(orders.place(wanted, "cart 1") for _ in range(20)))
    assert len({order.id for order in placed}) == 1
    assert await pool.fetchval("select count(*) from sales_order") == await pool.fetchval("select count(*) from order_task") == 1
    assert await stock(pool) == {1: (10, 1)}


async def test_a_key_places_nothing_else(orders, pool, database):
    await stock_up(pool)
    await orders.place(draft(hold=await held(database, pool, utc_now)), "cart 1")
    with pytest.raises(Conflict, match=r"^key: it placed order"):
        await orders.place(draft(hold=await held(database, pool, utc_now)), "cart 1")
    assert await stock(pool) == {1: (10, 2)}  # the second hold stands until it expires


async def test_a_hold_that_is_over_places_nothing(orders, pool, database):
    await stock_up(pool)
    hold = await held(database, pool, utc_now)
    await pool.execute("update hold set expires_at = now()")
    with pytest.raises(HoldEnded):
        await orders.place(draft(hold=hold), "cart 1")
    assert await pool.fetchval("select count(*) from sales_order") == 0


@pytest.mark.parametrize(
    ("case", "wanted", "error", "field"),
    [
        ("a wrong total", draft(total=1229), DoesNotAddUp, "total"),
        ("no line", draft(lines=(), total=0), InvalidInput, "lines"),
        ("no unit", draft(line(quantity=0), total=0), LimitExceeded, "lines[0].quantity"),
        ("a discount below none", draft(line(subtotal=900)), DoesNotAddUp, "lines[0].total"),
        ("no currency", draft(currency="zł"), InvalidInput, "currency"),
        ("no consent", draft(consents=(Consent(key="terms", text="…", given=False, required=True),)), InvalidInput, "consents[0]"),
    ],
)
async def test_a_wrong_draft_names_its_field_and_leaves_nothing(orders, pool, case, wanted, error, field):
    with pytest.raises(error) as caught:
        await orders.place(wanted, "cart 1")
    assert caught.value.field == field
    assert await pool.fetchval("select count(*) from sales_order") == 0


async def test_a_marketplaces_sale_is_a_fact_however_little_there_is(orders, pool):
    await stock_up(pool, 1)
    order = await orders.place(draft(line(MUG, 3), origin=Origin.MARKETPLACE, way=PaymentWay.PAID, reference="ALG-1"), "allegro ALG-1")
    again = await orders.place(draft(line(MUG, 3), origin=Origin.MARKETPLACE, way=PaymentWay.PAID, reference="ALG-1"), "allegro ALG-1")
    assert (order.id, order.state) == (again.id, OrderState.PROCESSING)
    assert await stock(pool) == {1: (1, 3)}


async def test_goods_from_two_owners_are_two_lines_that_cost_the_same_together(orders, pool, database):
    await stock_up(pool, 1)
    warehouse = await open_warehouse(pool)
    await stock_up(pool, 5, warehouse)
    whole = line(MUG, 3, net=333, tax=77)
    order = await orders.place(draft(whole, hold=await held(database, pool, utc_now, whole)), "cart 1")
    parts = order.content.lines
    assert sorted((part.quantity, part.own_units) for part in parts) in ([(1, 0), (2, 2)], [(3, 3)])
    assert (sum(part.total for part in parts), sum(part.total_tax for part in parts)) == (whole.total, whole.total_tax)


async def test_cancelling_what_nobody_sent_brings_the_goods_back_everywhere(orders, pool, database):
    warehouse = await open_warehouse(pool)
    await stock_up(pool, 5, warehouse)
    hold = await held(database, pool, utc_now, line(MUG, 2), location=warehouse)
    order = await orders.place(draft(line(MUG, 2), hold=hold), "cart 1")
    assert (await stock(pool), order.stock_settled) == ({warehouse: (3, 0)}, True)
    for _ in range(2):
        assert (await orders.cancel(order.id, actor="Ola")).state is OrderState.CANCELLED
    assert await stock(pool) == {warehouse: (5, 0)}
    assert await orders.waiting_tasks(order.id) == []
    with pytest.raises(WrongState):
        await orders.change_status(order.id, "processing", actor="Ola")


async def test_a_status_that_is_on_its_way_can_be_taken_back(orders, pool, database):
    await stock_up(pool)
    order = await orders.place(draft(hold=await held(database, pool, utc_now), way=PaymentWay.ON_DELIVERY), "cart 1")
    await pool.execute("update sales_order set shop_status = 'processing'")
    for status in ("completed", "processing", "processing"):
        await orders.change_status(order.id, status, actor="Ola")
    assert (await orders.find(order.id)).state is OrderState.PROCESSING
    assert [task.body for task in await orders.waiting_tasks(order.id)] == ["", "completed", "processing"]


async def test_an_order_that_nobody_paid_in_time_ends_by_itself(pool, database):
    clock = MovableClock(utc_now())
    orders = Orders(pool, clock, uuid4)
    await stock_up(pool)
    await sql.save_hold_minutes(pool, 60, clock())
    order = await orders.place(draft(hold=await held(database, pool, clock)), "cart 1")
    delivered = await orders.place(
        draft(line(TEA), hold=await held(database, pool, clock, line(TEA)), way=PaymentWay.ON_DELIVERY), "cart 2"
    )
    assert (order.expires_at, delivered.expires_at) == (clock() + timedelta(minutes=60), None)
    clock.pass_(minutes=59)
    assert await orders.expire_unpaid() == 0
    clock.pass_(minutes=1)
    assert await orders.expire_unpaid() == 1
    ended = await orders.find(order.id)
    assert (ended.state, await stock(pool)) == (OrderState.CANCELLED, {1: (10, 0)})
    assert [entry.event for entry in await orders.history(order.id)] == ["placed", "expired"]


async def test_lists_are_paged_and_filtered(orders, pool):
    for number in range(5):
        origin = Origin.MARKETPLACE if number % 2 else Origin.APP
        await orders.place(draft(line(stock_item=None), origin=origin), f"cart {number}")
    first = await orders.orders(sql.Filter(), limit=2)
    rest = await orders.orders(sql.Filter(), before=first[-1].number)
    assert [order.content.origin for order in (*first, *rest)] == ["app", "marketplace", "app", "marketplace", "app"]
    assert len(await orders.orders(sql.Filter(origin="marketplace", state=OrderState.PENDING_PAYMENT))) == 2
    with pytest.raises(LimitExceeded):
        await orders.orders(sql.Filter(), limit=101)
    with pytest.raises(NotFound):
        await orders.find(OrderId(uuid4()))


async def test_a_return_is_asked_for_decided_once_and_gives_back_exactly_what_was_paid(orders, pool):
    returns = Returns(pool, utc_now)
    whole = line(MUG, 3, net=333, tax=77, stock_item=None)
    order = await orders.place(draft(whole, way=PaymentWay.ON_DELIVERY), "cart 1")
    pieces = [ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),)) for _ in range(3)]
    asked = []
    for piece in pieces:
        asked.append(await returns.request(order.id, piece, by="customer"))
        assert await returns.request(order.id, piece, by="customer") == asked[-1]
        await returns.approve(piece.id, restock=True, by="Ola")
    assert sum(each.amount for each in asked) == order.content.total == 1230
    with pytest.raises(ReturnedTooMuch):
        await returns.request(order.id, msgspec.structs.replace(pieces[0], id=ReturnId(uuid4())), by="customer")
    with pytest.raises(WrongState):
        await returns.refuse(pieces[0].id, by="Ola", note="worn")
    with pytest.raises(InvalidInput, match="0 is left"):
        await returns.request(order.id, ReturnRequest(id=ReturnId(uuid4()), amount=1), by="customer")
    assert [task.kind for task in await orders.waiting_tasks(order.id)] == [TaskKind.CREATE, *[TaskKind.REFUND] * 3]


async def test_a_refused_return_gives_nothing_back(orders, pool):
    returns = Returns(pool, utc_now)
    order = await orders.place(draft(line(stock_item=None), way=PaymentWay.ON_DELIVERY), "cart 1")
    asked = ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),))
    await returns.request(order.id, asked, by="customer")
    for _ in range(2):
        assert (await returns.refuse(asked.id, by="Ola", note="worn")).state is ReturnState.REFUSED
    with pytest.raises(WrongState):
        await returns.approve(asked.id, restock=True, by="Ola")
    assert len(await orders.waiting_tasks(order.id)) == 1


async def test_tasks_of_an_order_are_done_one_after_the_other(orders, pool):
    order = await orders.place(draft(line(stock_item=None), way=PaymentWay.ON_DELIVERY), "cart 1")
    await orders.add_note(order.id, "first", actor="Ola")
    patience = outbox.Patience()
    (claimed,) = await outbox.claim(pool, 10, utc_now(), patience)
    assert (claimed.kind, claimed.started_at, await outbox.claim(pool, 10, utc_now(), patience)) == (TaskKind.CREATE, None, [])
    (again,) = await outbox.claim(pool, 10, utc_now() + outbox.LEASE, patience)
    assert (again.id, again.started_at is not None, again.attempts) == (claimed.id, True, 2)
    await outbox.finish(pool, again, utc_now())
    (following,) = await outbox.claim(pool, 10, utc_now(), patience)
    assert following.kind is TaskKind.NOTE


async def test_new_orders_go_before_everything_else_whatever_was_due_first(pool):
    """A customer waits for the payment page; what the shop tells of earlier orders can wait."""
    orders = Orders(pool, utc_now, uuid4)
    await outbox.hint(pool, [7, 8, 9], "order.updated", utc_now())
    placed = [await orders.place(draft(line(stock_item=None)), f"cart {number}") for number in range(3)]
    patience = outbox.Patience()
    first = await outbox.claim(pool, 2, utc_now(), patience)
    then = await outbox.claim(pool, 3, utc_now(), patience)
    last = await outbox.claim(pool, 3, utc_now(), patience)
    assert {task.order_id for task in first} == {order.id for order in placed[:2]}
    assert [(task.kind, task.order_id) for task in then if task.kind is TaskKind.CREATE] == [(TaskKind.CREATE, placed[2].id)]
    assert ([task.kind for task in then].count(TaskKind.READ), [task.kind for task in last]) == (2, [TaskKind.READ])
