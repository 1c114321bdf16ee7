"""The pickup of an order that its customer collects: opened once, at the right place, and in step with the order."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spoina.clock import utc_now
from spoina.db import Pool
from spoina.errors import NotFound, WrongState
from spoina.ids import LocationId, OrderId, VariantId
from spoina.orders.alerts import open_alerts
from spoina.orders.intake import Intake, Outcome, ShopOrder
from spoina.orders.pickups import Place, collect_at, place_called
from spoina.orders.returned import RefundedLine, ShopRefund
from spoina.orders.service import Orders
from spoina.orders.types import Address, AlertKind, DraftLine, OrderDraft, Origin, Payment, PaymentWay, ShippingLine
from spoina.pos.pickups import Pickup, PickupStatus, pickup_of
from tests.spoina.orders.placing import draft, line

KRAKOW, GDANSK, WAREHOUSE = 10, 11, 12


@pytest.fixture
async def places(pool: Pool) -> Pool:
    """Kraków and Gdańsk hand out orders; the warehouse does not, and a shop that did is closed."""
    await pool.execute(
        "insert into location (id, code, name, owner, pickup_enabled, active) overriding system value values"
        " (10, 'krakow', 'Sklep Kraków', 'spoina', true, true), (11, 'gdansk', 'Sklep Gdańsk', 'spoina', true, true),"
        " (12, 'hala', 'Hala', 'spoina', false, true), (13, 'lodz', 'Sklep Łódź', 'spoina', true, false)"
    )
    return pool


def block_checkout(place: str = "Sklep Kraków") -> ShippingLine:
    return ShippingLine(method="pickup_location", title=f"Odbiór osobisty ({place})", total=0, tax=0, instance=0, pickup_location=place)


def zone_method(title: str = "Odbiór osobisty") -> ShippingLine:
    return ShippingLine(method="local_pickup", title=title, total=0, tax=0, instance=3)


def told(status: str = "processing", *lines: DraftLine, shipping: ShippingLine | None = None, **more: Any) -> ShopOrder:
    """What the shop says of its order 901."""
    lines = lines or (line(1, 2, external_id=5), line(2, external_id=6))
    content = OrderDraft(
        origin=Origin.WOOCOMMERCE,
        channel="web",
        currency="PLN",
        lines=tuple(replace(each, stock_item=None) for each in lines),
        total=sum(each.gross for each in lines),
        payment=Payment(way=more.pop("way", PaymentWay.PAID), method="przelewy24"),
        shipping=(shipping or block_checkout(),),
        billing=Address(first_name="Ola", last_name="Żuk", email="ola@example.test"),
    )
    facts = {"external_id": 901, "number": "901", "status": status, "content": content, "reference": None, "payment_url": None}
    facts |= {"paid_at": None, "lowered": True, "as_of": utc_now(), "refunds": ()}
    return ShopOrder(**(facts | more))


def intake(pool: Pool) -> Intake:
    return Intake(pool, utc_now, uuid4)


async def order_number(pool: Pool) -> OrderId:
    return OrderId(await pool.fetchval("select id from sales_order"))


async def pickup(pool: Pool) -> Pickup | None:
    return await pickup_of(pool, await order_number(pool))


async def alerts(pool: Pool) -> list[tuple[AlertKind, str]]:
    return [(each.kind, each.note) for each in await open_alerts(pool)]


async def test_an_order_to_be_collected_opens_a_pickup_at_the_place_that_was_chosen(places: Pool):
    before = utc_now()
    assert await intake(places).apply(told()) is Outcome.CREATED
    opened = await pickup(places)
    assert opened is not None
    assert (opened.location, opened.status, opened.reference, opened.customer) == (KRAKOW, PickupStatus.ACCEPTED, "901", "Ola Żuk")
    assert (opened.paid, opened.expires_at, opened.order) == (True, None, await order_number(places))
    assert [(each.title, each.quantity) for each in opened.lines] == [("Product 1", 2), ("Product 2", 1)]
    assert timedelta(minutes=120) <= opened.promised_at - before < timedelta(minutes=121)
    assert await alerts(places) == []
    assert await places.fetchval("select count(*) from hold") == 0


async def test_the_same_order_told_many_times_at_once_opens_one_pickup(places: Pool):
    shop = told()
    outcomes = await asyncio.gather(*(intake(places).apply(shop) for _ in range(5)))
    assert sorted(outcomes) == ["created", "same", "same", "same", "same"]
    assert await places.fetchval("select count(*) from pickup") == 1
    events = "select event from order_history order by id"
    assert [row[0] for row in await places.fetch(events)] == ["imported", "to be collected"]


@pytest.mark.parametrize("status", ["pending", "on-hold", "failed", "cancelled", "completed", "refunded", "wyslane"])
async def test_only_an_order_that_is_to_be_prepared_opens_one(places: Pool, status: str):
    await intake(places).apply(told(status))
    assert (await pickup(places), [kind for kind, _ in await alerts(places) if kind is AlertKind.PICKUP]) == (None, [])


async def test_what_is_sent_opens_none(places: Pool):
    await intake(places).apply(told(shipping=ShippingLine(method="flat_rate", title="Kurier", total=0, tax=0)))
    assert (await pickup(places), await alerts(places)) == (None, [])


async def test_a_payment_that_comes_later_opens_it(places: Pool):
    await intake(places).apply(told("on-hold", way=PaymentWay.TRANSFER))
    await intake(places).apply(told("processing", way=PaymentWay.TRANSFER))
    opened = await pickup(places)
    assert opened is not None
    assert (opened.status, opened.paid) == (PickupStatus.ACCEPTED, True)


async def test_what_is_paid_when_it_is_collected_is_not_paid_yet(places: Pool):
    await intake(places).apply(told(way=PaymentWay.AT_PICKUP))
    opened = await pickup(places)
    assert opened is not None
    assert not opened.paid


@pytest.mark.parametrize(
    ("shipping", "place"),
    [
        (block_checkout("  sklep   GDAŃSK "), GDANSK),
        (block_checkout("gdansk"), GDANSK),
        (zone_method("Sklep Kraków"), KRAKOW),
        (zone_method("Odbiór osobisty"), None),
        (block_checkout("Hala"), None),
        (block_checkout("Sklep Łódź"), None),
    ],
)
async def test_the_place_is_the_one_that_is_called_so_and_nothing_is_guessed(places: Pool, shipping: ShippingLine, place: int | None):
    await intake(places).apply(told(shipping=shipping))
    opened = await pickup(places)
    assert (None if opened is None else opened.location) == place
    assert [kind for kind, _ in await alerts(places)] == ([] if place else [AlertKind.PICKUP])


async def test_where_only_one_place_hands_out_orders_it_is_that_one(places: Pool):
    await places.execute("update location set pickup_enabled = false where id = 11")
    await intake(places).apply(told(shipping=zone_method()))
    opened = await pickup(places)
    assert opened is not None
    assert opened.location == KRAKOW


@given(st.lists(st.sampled_from(["krakow", "Kraków", "Gdańsk"]), max_size=4), st.sampled_from(["kraków", "gdańsk", "Odbiór osobisty"]))
def test_a_place_is_certain_only_if_one_is_called_so_or_there_is_but_one(names: list[str], asked: str):
    places = [Place(LocationId(number), f"l{number}", name) for number, name in enumerate(names)]
    called = [place for place in places if place.name.casefold() == asked]
    certain = called if len(called) == 1 else places if len(places) == 1 else []
    assert place_called(asked, places) == (certain[0] if certain else None)


async def test_staff_say_where_and_the_alert_is_settled(places: Pool):
    await intake(places).apply(told(shipping=zone_method()))
    ((kind, note),) = await alerts(places)
    assert kind is AlertKind.PICKUP
    assert note == (
        "it is collected at 'Odbiór osobisty', which is not the name or code of one location that hands out orders: say which is meant"
    )
    order = await order_number(places)
    choose = partial(collect_at, places, order, actor="Ewa", clock=utc_now)
    first, again = await choose(LocationId(GDANSK)), await choose(LocationId(GDANSK))
    assert (first, first.location, first.status) == (again, GDANSK, PickupStatus.ACCEPTED)
    assert await alerts(places) == []
    moved = await choose(LocationId(KRAKOW))
    assert (moved.id, moved.location) == (first.id, KRAKOW)
    with pytest.raises(NotFound, match="location that hands out orders"):
        await choose(LocationId(WAREHOUSE))


async def test_a_place_that_is_called_so_by_now_needs_nobody_any_more(places: Pool):
    await intake(places).apply(told(shipping=zone_method()))
    await places.execute("update location set name = 'Odbiór osobisty' where id = 11")
    await intake(places).apply(told(shipping=zone_method(), paid_at=utc_now()))
    opened = await pickup(places)
    assert opened is not None
    assert (opened.location, await alerts(places)) == (GDANSK, [])


async def test_an_order_that_is_sent_has_no_place_where_it_is_collected(places: Pool):
    await intake(places).apply(told(shipping=ShippingLine(method="flat_rate", title="Kurier", total=0, tax=0)))
    with pytest.raises(WrongState):
        await collect_at(places, await order_number(places), LocationId(KRAKOW), "Ewa", utc_now)
    assert await pickup(places) is None


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("cancelled", PickupStatus.CANCELLED),
        ("refunded", PickupStatus.CANCELLED),
        ("failed", PickupStatus.CANCELLED),
        ("trash", PickupStatus.CANCELLED),
        ("completed", PickupStatus.COLLECTED),
        ("on-hold", PickupStatus.ACCEPTED),
        ("pending", PickupStatus.ACCEPTED),
    ],
)
async def test_it_ends_with_the_order(places: Pool, status: str, ended: PickupStatus):
    await intake(places).apply(told())
    await intake(places).apply(told(status))
    found = await pickup(places)
    assert found is not None
    assert (found.status, found.ended_by, found.ended_at is None) == (ended, None, ended is PickupStatus.ACCEPTED)


async def test_an_order_that_is_gone_from_the_shop_is_not_collected(places: Pool):
    await intake(places).apply(told())
    assert await intake(places).missing(901, utc_now())
    found = await pickup(places)
    assert found is not None
    assert found.status is PickupStatus.CANCELLED


async def test_an_alert_that_nobody_answered_ends_with_the_order(places: Pool):
    await intake(places).apply(told(shipping=zone_method()))
    await intake(places).apply(told("cancelled", shipping=zone_method()))
    assert await alerts(places) == []


@pytest.mark.parametrize("meanwhile", [["cancelled"], ["refunded", "on-hold"], ["completed"], ["failed", "pending"]])
async def test_an_order_that_was_off_and_is_on_again_is_collected_after_all(places: Pool, meanwhile: list[str]):
    for status in ("processing", *meanwhile, "processing"):
        await intake(places).apply(told(status))
    found = await pickup(places)
    assert found is not None
    assert (found.status, found.location, found.ended_at) == (PickupStatus.ACCEPTED, KRAKOW, None)


async def test_what_a_till_cancelled_or_handed_over_stays_so_whatever_is_told_again(places: Pool):
    await intake(places).apply(told())
    for status in ("cancelled", "collected"):
        await places.execute("update pickup set status = $1, ended_at = now(), ended_by = 'Ola'", status)
        await intake(places).apply(told("processing", paid_at=utc_now()))
        found = await pickup(places)
        assert found is not None
        assert (found.status, found.ended_by) == (status, "Ola")


async def test_lines_that_changed_or_went_back_are_the_pickups_too(places: Pool):
    await intake(places).apply(told())
    await intake(places).apply(told("processing", line(1, 3, external_id=5), line(2, external_id=6)))
    back = ShopRefund(external_id=77, amount=1230, reason="", at=utc_now(), lines=(refunded(5, 1), refunded(6, 1)))
    await intake(places).apply(told("processing", line(1, 3, external_id=5), line(2, external_id=6), refunds=(back,)))
    found = await pickup(places)
    assert found is not None
    assert [(each.title, each.quantity) for each in found.lines] == [("Product 1", 2)]
    all_of_it = replace(back, external_id=78, lines=(refunded(5, 2),))
    await intake(places).apply(told("processing", line(1, 3, external_id=5), line(2, external_id=6), refunds=(back, all_of_it)))
    assert (await places.fetchval("select status from pickup")) == "cancelled"


def refunded(number: int, quantity: int) -> RefundedLine:
    return RefundedLine(line=number, quantity=quantity, total=1000 * quantity, total_tax=230 * quantity)


async def test_an_order_of_ours_that_is_paid_when_collected_opens_it_at_once_and_ends_it_when_cancelled(places: Pool):
    orders = Orders(places, utc_now, uuid4)
    wanted = draft(line(stock_item=None, variant_id=VariantId(1)), way=PaymentWay.AT_PICKUP, shipping=(zone_method("Sklep Gdańsk"),))
    order = await orders.place(wanted, "cart 1")
    opened = await pickup(places)
    assert opened is not None
    assert (opened.location, opened.paid, opened.reference) == (GDANSK, False, str(order.number))
    await orders.place(wanted, "cart 1")
    await orders.cancel(order.id, actor="Ewa")
    found = await pickup(places)
    assert found is not None
    assert (found.status, found.ended_by) == (PickupStatus.CANCELLED, None)


async def test_an_earlier_reading_that_comes_late_opens_nothing(places: Pool):
    await intake(places).apply(told("cancelled"))
    early: datetime = utc_now() - timedelta(minutes=1)
    assert await intake(places).apply(told("processing", as_of=early)) is Outcome.STALE
    assert await pickup(places) is None
