"""What staff and other systems do with orders: read them, change their status, decide about returns, retry what could not be delivered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.authentication import requires
from api.parameters import Number, QueryNumber
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.ids import LocationId, OrderId, ReturnId, ShopCustomerId
from spoina.orders import alerts, outbox
from spoina.orders.pickups import collect_at
from spoina.orders.returns import Returns
from spoina.orders.service import PAGE, Orders
from spoina.orders.sql import Filter
from spoina.orders.types import Alert, AlertKind, HistoryEntry, Order, OrderNote, OrderReturn, OrderState, OrderTask, ReturnRequest
from spoina.pos.pickups import Pickup, pickup_of

TAG, RETURNS = ["orders"], ["returns"]


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: what to ask for as `before` to go on; None at the end."""

    orders: tuple[Order, ...]
    next: int | None


class OrderDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting`: what is still to be done between the order and the shop. `pickup`: where its customer collects it."""

    order: Order
    pickup: Pickup | None
    returns: tuple[OrderReturn, ...]
    notes: tuple[OrderNote, ...]
    alerts: tuple[Alert, ...]
    waiting: tuple[OrderTask, ...]


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`status` as WooCommerce calls it: "completed", "cancelled", or one of the shop's own."""

    status: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Remark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`for_customer`: WooCommerce mails it."""

    text: str
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    for_customer: bool = False


class Actor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Collecting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    location: Number
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`amount`: what goes back, where it is not what the lines cost. `by_gateway`: the shop's payment plugin gives the money back; without
    it, staff do."""

    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    restock: bool
    amount: Annotated[int, msgspec.Meta(ge=1)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    by_gateway: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    actor: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=1000)]


def order_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    """For staff keys. Amounts are minor units."""
    return [*_reading_routes(keys), *_changing_routes(keys), *_return_routes(keys)]


def _reading_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    reads = [requires(keys, Scope.ORDERS_READ)]

    @get("/v1/orders", guards=reads, tags=TAG, summary="Orders, the newest first")
    async def list_orders(
        services: NamedDependency[Services],
        in_state: Annotated[OrderState | None, QueryParameter(name="state")] = None,
        origin: FromQuery[str | None] = None,
        customer: QueryNumber = None,
        email: FromQuery[str | None] = None,
        changed_since: FromQuery[datetime | None] = None,
        before: QueryNumber = None,
        limit: FromQuery[int] = PAGE,
    ) -> OrderPage:
        """For staff keys. All filters that are given must fit; at most a hundred at a time."""
        number = None if customer is None else ShopCustomerId(customer)
        wanted = Filter(state=in_state, origin=origin, customer_id=number, email=email, changed_since=changed_since)
        found = await _orders(services).orders(wanted, before, limit)
        return OrderPage(orders=tuple(found), next=found[-1].number if len(found) == limit else None)

    @get("/v1/orders/undeliverable", guards=reads, tags=TAG, summary="What could not be taken to the shop, and why")
    async def list_undeliverable(services: NamedDependency[Services]) -> list[OrderTask]:
        """For staff keys. The longest dead first, at most a thousand."""
        return await outbox.dead(services.pool)

    @get("/v1/orders/alerts", guards=reads, tags=TAG, summary="Orders that a person has to look at")
    async def list_alerts(services: NamedDependency[Services]) -> list[Alert]:
        """For staff keys. The oldest first, at most a thousand."""
        return await alerts.open_alerts(services.pool)

    @get("/v1/orders/{order:uuid}", guards=reads, tags=TAG, summary="One order, with all that belongs to it")
    async def show_order(services: NamedDependency[Services], order: FromPath[UUID]) -> OrderDetails:
        """For staff keys. Refunds that were made in WooCommerce are among the returns."""
        number, commands = OrderId(order), _orders(services)
        return OrderDetails(
            order=await commands.find(number),
            pickup=await pickup_of(services.pool, number),
            returns=tuple(await _returns(services).of_order(number)),
            notes=tuple(await commands.notes(number)),
            alerts=tuple(await alerts.alerts_of(services.pool, number)),
            waiting=tuple(await commands.waiting_tasks(number)),
        )

    @get("/v1/orders/{order:uuid}/history", guards=reads, tags=TAG, summary="Who changed what of an order")
    async def show_history(services: NamedDependency[Services], order: FromPath[UUID]) -> list[HistoryEntry]:
        """For staff keys. Oldest first."""
        return await _orders(services).history(OrderId(order))

    return [list_orders, list_undeliverable, list_alerts, show_order, show_history]


def _changing_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    writes = [requires(keys, Scope.ORDERS_WRITE)]

    @post("/v1/orders/{order:uuid}/status", guards=writes, tags=TAG, summary="Set an order's status", status_code=200)
    async def set_status(services: NamedDependency[Services], order: FromPath[UUID], data: JSONBody[StatusChange]) -> Order:
        """For staff keys. Told to WooCommerce by the worker."""
        return await _orders(services).change_status(OrderId(order), data.status, actor=data.actor, note=data.note)

    @post("/v1/orders/{order:uuid}/notes", guards=writes, tags=TAG, summary="Write a note on an order", status_code=202)
    async def add_note(services: NamedDependency[Services], order: FromPath[UUID], data: JSONBody[Remark]) -> None:
        """For staff keys. Told to WooCommerce by the worker."""
        await _orders(services).add_note(OrderId(order), data.text, actor=data.actor, for_customer=data.for_customer)

    @post("/v1/orders/{order:uuid}/retry", guards=writes, tags=TAG, summary="Deliver again what could not be delivered", status_code=202)
    async def retry(services: NamedDependency[Services], order: FromPath[UUID], data: JSONBody[Actor]) -> Order:
        """For staff keys, once a person has mended what was wrong."""
        return await _orders(services).retry(OrderId(order), actor=data.actor)

    @post("/v1/orders/{order:uuid}/alerts/{kind:str}/resolve", guards=writes, tags=TAG, summary="Say that it is mended", status_code=204)
    async def resolve(services: NamedDependency[Services], order: FromPath[UUID], kind: FromPath[AlertKind], data: JSONBody[Actor]) -> None:
        """For staff keys."""
        await alerts.resolve_alert(services.pool, OrderId(order), kind, data.actor, services.clock())

    @post("/v1/orders/{order:uuid}/pickup", guards=writes, tags=TAG, summary="Say where an order is collected", status_code=200)
    async def set_pickup(services: NamedDependency[Services], order: FromPath[UUID], data: JSONBody[Collecting]) -> Pickup:
        """For staff keys. Opens its pickup at that location, or moves it there, to be picked anew. 404: no such order, or no such location
        that hands out orders; 409: the order is not to be collected, or was."""
        return await collect_at(services.pool, OrderId(order), LocationId(data.location), data.actor, services.clock)

    return [set_status, add_note, retry, resolve, set_pickup]


def _return_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    writes = [requires(keys, Scope.ORDERS_WRITE)]

    @post("/v1/orders/{order:uuid}/returns", guards=writes, tags=RETURNS, summary="Ask for a return")
    async def request_return(services: NamedDependency[Services], order: FromPath[UUID], data: JSONBody[ReturnRequest]) -> OrderReturn:
        """For staff keys, on the customer's behalf. Sent again under the same `id`, it is the same return."""
        return await _returns(services).request(OrderId(order), data, by="staff")

    @post("/v1/returns/{back:uuid}/approve", guards=writes, tags=RETURNS, summary="Approve a return", status_code=200)
    async def approve(services: NamedDependency[Services], back: FromPath[UUID], data: JSONBody[Approval]) -> OrderReturn:
        """For staff keys. The refund goes to WooCommerce, which counts the goods again where `restock` says so. If the payment plugin
        does not give the money back (`by_gateway`), the return is `requested` again, and an alert `refund` says why."""
        return await _returns(services).approve(
            ReturnId(back), restock=data.restock, by=data.actor, amount=data.amount, note=data.note, by_gateway=data.by_gateway
        )

    @post("/v1/returns/{back:uuid}/refuse", guards=writes, tags=RETURNS, summary="Refuse a return", status_code=200)
    async def refuse(services: NamedDependency[Services], back: FromPath[UUID], data: JSONBody[Refusal]) -> OrderReturn:
        """For staff keys. The note says why."""
        return await _returns(services).refuse(ReturnId(back), by=data.actor, note=data.note)

    return [request_return, approve, refuse]


def _orders(services: Services) -> Orders:
    return Orders(services.pool, services.clock, uuid4)


def _returns(services: Services) -> Returns:
    return Returns(services.pool, services.clock)
