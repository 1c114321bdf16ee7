"""Click and collect at the counter."""

from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from api.authentication import Guard
from api.services import Services
from spoina.ids import PickupId
from spoina.orders.collecting import CollectedOrders
from spoina.pos.pickups import Cancellation, Collection, Pickup, Pickups, ReadyPickup
from spoina.pos.types import Terminal


def pickup_routes(services: Services, guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    pickups = Pickups(services.pool, services.clock, CollectedOrders(services.clock, uuid4))

    @get("/v1/pos/pickups", guards=[guard], dependencies=terminal, tags=["till"], summary="What waits to be picked or collected")
    async def waiting_pickups(terminal: NamedDependency[Terminal]) -> list[Pickup]:
        """For terminals' keys. Of its location, the most urgent first, at most 200. `order`: it was ordered in the online shop."""
        return await pickups.waiting(terminal)

    @post(
        "/v1/pos/pickups/{pickup_id:uuid}/pick",
        guards=[guard],
        dependencies=terminal,
        status_code=200,
        tags=["till"],
        summary="Begin to pick",
    )
    async def pick(terminal: NamedDependency[Terminal], pickup_id: FromPath[UUID]) -> Pickup:
        """For terminals' keys. 404: no such pickup at this location; 409: it is further than that, or over."""
        return await pickups.pick(terminal, PickupId(pickup_id))

    @post(
        "/v1/pos/pickups/{pickup_id:uuid}/ready",
        guards=[guard],
        dependencies=terminal,
        status_code=200,
        tags=["till"],
        summary="Ready to be collected",
    )
    async def ready(terminal: NamedDependency[Terminal], pickup_id: FromPath[UUID]) -> ReadyPickup:
        """For terminals' keys. Makes the customer's code, valid for three days; made ready again, a new one. Who ordered it in the
        online shop is mailed the code, and may come later. 404, 409 as for picking."""
        return await pickups.ready(terminal, PickupId(pickup_id))

    @post(
        "/v1/pos/pickups/{pickup_id:uuid}/collect",
        guards=[guard],
        dependencies=terminal,
        status_code=200,
        tags=["till"],
        summary="Hand it over",
    )
    async def collect(terminal: NamedDependency[Terminal], pickup_id: FromPath[UUID], data: JSONBody[Collection]) -> Pickup:
        """For terminals' keys. By the customer's code; `saleId` is the till's sale of one that was not paid before (an order is
        named by the sale, and completed by this). 400: no such sale; 403: a wrong code (five are forgiven); 404; 409: not ready, locked,
        expired or over."""
        return await pickups.collect(terminal, PickupId(pickup_id), data)

    @post(
        "/v1/pos/pickups/{pickup_id:uuid}/cancel",
        guards=[guard],
        dependencies=terminal,
        status_code=200,
        tags=["till"],
        summary="Cancel a pickup",
    )
    async def cancel(terminal: NamedDependency[Terminal], pickup_id: FromPath[UUID], data: JSONBody[Cancellation]) -> Pickup:
        """For terminals' keys, as often as needed. The goods are free; an order stays, with an alert. 404; 409: collected, or expired."""
        return await pickups.cancel(terminal, PickupId(pickup_id), data)

    return [waiting_pickups, pick, ready, collect, cancel]
