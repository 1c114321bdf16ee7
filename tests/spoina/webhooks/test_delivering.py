"""Events reach who listens: signed, again after failures, and not for ever."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import msgspec
import pytest

from channels.webhooks.sending import open_sender
from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import utc_now
from spoina.db import Pool, connect, transaction
from spoina.errors import NotFound
from spoina.inventory.types import ExceptionKind
from spoina.notifications import Listener
from spoina.orders.service import Orders
from spoina.orders.types import PaymentWay
from spoina.webhooks.delivering import TAKEN_FOR, Deliveries, keep_delivering
from spoina.webhooks.relays import relay
from spoina.webhooks.service import Webhooks, tell
from spoina.webhooks.types import DeliveryStatus, EndpointId, EndpointRequest, Event, Topic
from tests.api.conftest import served
from tests.spoina.orders.placing import draft, stock_up
from tests.spoina.webhooks.receiving import Receiver

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Order(msgspec.Struct):
    id: int


class Post:
    """A shop with one receiver, and a clock to be set."""

    def __init__(self, pool: Pool, sender, receiver: Receiver, address: str) -> None:
        self.pool, self.receiver, self.address, self.now = pool, receiver, address, START
        self.webhooks = Webhooks(pool, lambda: self.now, random.randbytes)
        self.deliveries = Deliveries(pool, sender, lambda: self.now, lambda: 0.0)

    async def listen(self, *topics: Topic, path: str = "/hook"):
        return await self.webhooks.add(EndpointRequest(url=f"{self.address}{path}", topics=topics or (Topic.ORDER_CREATED,)))

    async def tell(self, number: int, topic: Topic = Topic.ORDER_CREATED) -> int:
        async with transaction(self.pool) as db:
            return await tell(db, [Event(topic=topic, key=f"order:{number}", occurred_at=self.now, data=Order(number))])

    async def sent(self) -> int:
        return await self.deliveries.send_due()

    async def log(self, endpoint: EndpointId) -> list[tuple[str, int, int | None]]:
        return [(each.status.value, each.attempts, each.status_code) for each in await self.webhooks.deliveries(endpoint)]


@pytest.fixture
async def post(pool: Pool) -> AsyncIterator[Post]:
    receiver = Receiver()
    async with served(receiver) as client, open_sender() as sender:
        yield Post(pool, sender, receiver, str(client.base_url).rstrip("/"))


async def test_a_delivery_is_signed_and_noted_down(post: Post):
    made = await post.listen()
    assert (await post.tell(7), await post.sent()) == (1, 1)
    (received,) = post.receiver.received
    assert received.body == {"type": "order.created", "timestamp": "2026-03-01T12:00:00Z", "data": {"id": 7}}
    assert received.is_signed_with(made.secret)
    (delivery,) = await post.webhooks.deliveries(made.endpoint.id)
    assert (delivery.status, delivery.attempts, delivery.status_code, str(delivery.event)) == ("delivered", 1, 200, received.id)
    assert (delivery.answer or "").startswith("said xxx")
    assert len(delivery.answer or "") == 1000
    assert await post.sent() == 0


async def test_nothing_is_kept_where_nobody_listens(post: Post):
    await post.listen(Topic.STOCK_CHANGED)
    assert await post.tell(1) == 0
    assert await post.pool.fetchval("select count(*) from webhook_event") == 0


async def test_what_is_rolled_back_was_never_told(post: Post):
    await post.listen()
    with suppress(asyncio.CancelledError):
        async with transaction(post.pool) as db:
            await tell(db, [Event(topic=Topic.ORDER_CREATED, key="order:1", occurred_at=START, data=Order(1))])
            raise asyncio.CancelledError
    assert (await post.sent(), post.receiver.received) == (0, [])


async def test_a_happening_is_told_once_and_to_each(post: Post):
    await post.listen()
    await post.listen(Topic.ORDER_CREATED, Topic.ORDER_UPDATED)
    assert [await post.tell(1), await post.tell(1), await post.tell(2)] == [2, 0, 2]
    assert await post.sent() == 4
    assert len({each.id for each in post.receiver.received}) == 2


async def test_a_failure_is_tried_again_later_with_the_same_id(post: Post):
    post.receiver.answer = lambda number: 500 if number < 3 else 200
    made = await post.listen()
    await post.tell(1)
    assert [await post.sent(), await post.sent()] == [1, 0]
    assert await post.log(made.endpoint.id) == [("pending", 1, 500)]
    post.now += timedelta(seconds=5)
    assert await post.sent() == 1
    assert [each.failing_since for each in await post.webhooks.every()] == [START]
    post.now += timedelta(minutes=5)
    assert await post.sent() == 1
    assert await post.log(made.endpoint.id) == [("delivered", 3, 200)]
    assert len({each.id for each in post.receiver.received}) == 1
    assert [each.failing_since for each in await post.webhooks.every()] == [None]


async def test_after_ten_attempts_it_waits_for_a_person(post: Post):
    post.receiver.answer = lambda _: 503
    made = await post.listen()
    await post.tell(1)
    for _ in range(12):
        await post.sent()
        post.now += timedelta(hours=24)
        await post.webhooks.enable(made.endpoint.id)
    assert await post.log(made.endpoint.id) == [("dead", 10, 503)]
    (dead,) = await post.webhooks.deliveries(made.endpoint.id, DeliveryStatus.DEAD)
    post.receiver.answer = lambda _: 200
    await post.webhooks.send_again(made.endpoint.id, dead.id)
    assert (await post.sent(), await post.log(made.endpoint.id)) == (1, [("delivered", 1, 200)])


async def test_a_redirect_is_not_followed(post: Post):
    post.receiver.answer = lambda _: 302
    made = await post.listen(path="/moved")
    await post.tell(1)
    assert (await post.sent(), len(post.receiver.received)) == (1, 1)
    assert await post.log(made.endpoint.id) == [("pending", 1, 302)]


async def test_nobody_there(post: Post):
    made = await post.webhooks.add(EndpointRequest(url="http://127.0.0.1:9/", topics=(Topic.ORDER_CREATED,)))
    await post.tell(1)
    assert await post.sent() == 1
    (delivery,) = await post.webhooks.deliveries(made.endpoint.id)
    assert (delivery.status_code, (delivery.answer or "").partition(":")[0]) == (None, "ConnectError")


async def test_a_receiver_that_wants_no_more_is_left_alone(post: Post):
    post.receiver.answer = lambda _: 410
    made = await post.listen()
    await post.tell(1)
    await post.sent()
    (endpoint,) = await post.webhooks.every()
    assert (endpoint.disabled_at, endpoint.disabled_because) == (START, "the receiver answered 410: it wants no more")
    assert await post.tell(2) == 0
    post.now += timedelta(days=1)
    assert await post.sent() == 0
    post.receiver.answer = lambda _: 200
    await post.webhooks.enable(made.endpoint.id)
    assert (await post.sent(), await post.log(made.endpoint.id)) == (1, [("delivered", 2, 200)])


async def test_five_days_of_failures_disable_an_endpoint(post: Post):
    post.receiver.answer = lambda _: 500
    await post.listen()
    for day in range(6):
        post.now = START + timedelta(days=day)
        await post.tell(day)
        await post.sent()
    (endpoint,) = await post.webhooks.every()
    assert (endpoint.disabled_at, endpoint.disabled_because) == (START + timedelta(days=5), "nothing has arrived for 5 days")


async def test_a_worker_that_dies_leaves_its_deliveries_to_others(post: Post):
    made = await post.listen()
    await post.tell(1)
    assert len(await post.deliveries._take()) == 1
    assert await post.sent() == 0
    post.now += TAKEN_FOR
    assert (await post.sent(), await post.log(made.endpoint.id)) == (1, [("delivered", 2, 200)])


async def test_two_workers_share_the_work(post: Post):
    await post.listen()
    for number in range(60):
        await post.tell(number)
    assert sum(await asyncio.gather(*(post.sent() for _ in range(3)))) == 60
    assert len({each.id for each in post.receiver.received}) == len(post.receiver.received) == 60


async def test_a_new_secret_and_the_earlier_one_for_a_day(post: Post):
    made = await post.listen()
    renewed = await post.webhooks.rotate(made.endpoint.id)
    await post.tell(1)
    await post.sent()
    post.now += timedelta(hours=24)
    await post.tell(2)
    await post.sent()
    signed = [(each.is_signed_with(renewed.secret), each.is_signed_with(made.secret)) for each in post.receiver.received]
    assert signed == [(True, True), (True, False)]


async def test_replaying(post: Post):
    made = await post.listen()
    for number in range(3):
        post.now = START + timedelta(hours=number)
        await post.tell(number)
    await post.sent()
    assert await post.webhooks.replay(made.endpoint.id, START + timedelta(hours=1)) == 2
    await post.sent()
    assert [each.body["data"]["id"] for each in post.receiver.received][:3] == [0, 1, 2]
    assert sorted(each.body["data"]["id"] for each in post.receiver.received[3:]) == [1, 2]


async def test_what_does_not_exist(post: Post):
    for asked in (
        post.webhooks.enable(EndpointId(9)),
        post.webhooks.rotate(EndpointId(9)),
        post.webhooks.remove(EndpointId(9)),
        post.webhooks.ping(EndpointId(9)),
        post.webhooks.deliveries(EndpointId(9)),
        post.webhooks.replay(EndpointId(9), START),
        post.webhooks.change(EndpointId(9), EndpointRequest(url="https://erp.example/", topics=(Topic.STOCK_CHANGED,))),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_stock_and_its_exceptions_are_relayed_from_the_day_somebody_listens(post: Post):
    await _open_exception(post, 1)
    await _note_change(post, 5, 3)
    await post.listen(Topic.STOCK_CHANGED, Topic.STOCK_EXCEPTION_OPENED)
    await relay(post.pool, lambda: post.now)
    assert await post.sent() == 0
    post.now += timedelta(seconds=1)
    await _note_change(post, 5, 2)
    await _note_change(post, 6, 9)
    await _open_exception(post, 2)
    for _ in range(2):
        await relay(post.pool, lambda: post.now)
    assert await post.sent() == 3
    told = [each.body for each in post.receiver.received]
    assert sorted((each["type"], each["data"]["item"], each["data"].get("onHand")) for each in told) == [
        ("stock.changed", 5, 2),
        ("stock.changed", 6, 9),
        ("stock.exception_opened", 2, None),
    ]


async def test_orders_are_relayed_from_their_history(post: Post):
    orders = Orders(post.pool, lambda: post.now, uuid4)
    await stock_up(post.pool)
    await orders.place(draft(way=PaymentWay.PAID), "before")
    await post.listen(Topic.ORDER_CREATED, Topic.ORDER_UPDATED)
    await relay(post.pool, lambda: post.now)
    post.now += timedelta(seconds=1)
    order = await orders.place(draft(way=PaymentWay.PAID), "after")
    await orders.cancel(order.id, actor="staff")
    for _ in range(2):
        await relay(post.pool, lambda: post.now)
        await post.sent()
    told = [(each.body["type"], each.body["data"]["id"], each.body["data"]["event"]) for each in post.receiver.received]
    assert min(told) == ("order.created", str(order.id), "placed")
    assert {topic for topic, _, _ in told} == {"order.created", "order.updated"}
    assert len(told) == await post.pool.fetchval("select count(*) from order_history where order_id = $1", order.id)
    assert {each.body["data"]["state"] for each in post.receiver.received} == {"cancelled"}


async def test_a_ping_reaches_it_through_a_running_worker(post: Post, database: str):
    made = await post.listen(Topic.STOCK_CHANGED)
    listener, stop = Listener(partial(connect, database)), asyncio.Event()
    await listener.start()
    post.now = utc_now()
    async with open_sender() as sender, asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_delivering(post.pool, listener, sender, utc_now, random.random, stop))
        await post.webhooks.ping(made.endpoint.id)
        async with asyncio.timeout(10):
            while not post.receiver.received:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stop.set()
    await listener.stop()
    assert post.receiver.received[0].body["type"] == "ping"


async def _note_change(post: Post, item: int, on_hand: int) -> None:
    await post.pool.execute(
        "insert into stock (item_id, location_id, on_hand, as_of) values ($1, $2, $3, now())"
        " on conflict (item_id, location_id) do update set on_hand = excluded.on_hand",
        item,
        WOOCOMMERCE,
        on_hand,
    )
    await post.pool.execute("insert into stock_change_due (item_id, location_id) values ($1, $2) on conflict do nothing", item, WOOCOMMERCE)


async def _open_exception(post: Post, item: int) -> None:
    await post.pool.execute(
        "insert into stock_exception (kind, item_id, location_id, units, source, reference, opened_at)"
        " values ($1, $2, $3, 1, 'test', $4, $5)",
        ExceptionKind.OVERSOLD.value,
        item,
        WOOCOMMERCE,
        str(uuid4()),
        post.now,
    )
