"""Webhooks to other systems: who is told what, and what came of it."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody

from api.authentication import requires
from api.parameters import PathNumber, QueryNumber
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.webhooks.service import Webhooks
from spoina.webhooks.types import Delivery, DeliveryId, DeliveryStatus, Endpoint, EndpointId, EndpointRequest, NewEndpoint

PATH = "/v1/webhooks"
TAG = ["webhooks"]


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that happened since then; at most 30 days are kept."""

    since: Annotated[datetime, msgspec.Meta(tz=True)]


class Sent(msgspec.Struct, frozen=True):
    delivery: DeliveryId


class Replayed(msgspec.Struct, frozen=True):
    deliveries: int


def outgoing_routes(keys: KeyRing, webhooks: Webhooks) -> list[HTTPRouteHandler]:
    return [*_endpoint_routes(keys, webhooks), *_delivery_routes(keys, webhooks)]


def _endpoint_routes(keys: KeyRing, webhooks: Webhooks) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.WEBHOOKS_MANAGE)]

    @get(PATH, guards=guards, tags=TAG, summary="Who is told what")
    async def list_endpoints() -> list[Endpoint]:
        """For staff keys."""
        return await webhooks.every()

    @post(PATH, guards=guards, tags=TAG, summary="Tell another system")
    async def add_endpoint(data: JSONBody[EndpointRequest]) -> NewEndpoint:
        """For staff keys. Answers the secret, this one time: deliveries are signed with it as Standard Webhooks says (headers webhook-id,
        webhook-timestamp, webhook-signature), so its libraries verify them. 400: the address or a topic."""
        return await webhooks.add(data)

    @put(PATH + "/{endpoint:int}", guards=guards, tags=TAG, summary="Change address, topics or description")
    async def change_endpoint(endpoint: PathNumber, data: JSONBody[EndpointRequest]) -> Endpoint:
        """For staff keys. 404: no such endpoint."""
        return await webhooks.change(EndpointId(endpoint), data)

    @delete(PATH + "/{endpoint:int}", guards=guards, tags=TAG, summary="Tell it no more")
    async def remove_endpoint(endpoint: PathNumber) -> None:
        """For staff keys. What was waiting for it is dropped. 404: no such endpoint."""
        await webhooks.remove(EndpointId(endpoint))

    @post(PATH + "/{endpoint:int}/secret", guards=guards, tags=TAG, summary="Change the secret")
    async def rotate_secret(endpoint: PathNumber) -> NewEndpoint:
        """For staff keys. Answers the new secret, this one time; for 24 hours deliveries are signed with both. 404: no such endpoint."""
        return await webhooks.rotate(EndpointId(endpoint))

    @post(PATH + "/{endpoint:int}/enable", guards=guards, status_code=200, tags=TAG, summary="Try a disabled endpoint again")
    async def enable_endpoint(endpoint: PathNumber) -> Endpoint:
        """For staff keys. An endpoint is disabled when it answers 410, or when nothing has arrived for five days. What was waiting is sent
        now. 404: no such endpoint."""
        return await webhooks.enable(EndpointId(endpoint))

    return [list_endpoints, add_endpoint, change_endpoint, remove_endpoint, rotate_secret, enable_endpoint]


def _delivery_routes(keys: KeyRing, webhooks: Webhooks) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.WEBHOOKS_MANAGE)]

    @post(PATH + "/{endpoint:int}/ping", guards=guards, status_code=202, tags=TAG, summary="Send it an event that means nothing")
    async def ping_endpoint(endpoint: PathNumber) -> Sent:
        """For staff keys. 404: no such endpoint."""
        return Sent(await webhooks.ping(EndpointId(endpoint)))

    @get(PATH + "/{endpoint:int}/deliveries", guards=guards, tags=TAG, summary="What was sent, and what came of it")
    async def list_deliveries(
        endpoint: PathNumber,
        status: FromQuery[DeliveryStatus | None] = None,
        before: QueryNumber = None,
        limit: FromQuery[int] = 100,
    ) -> list[Delivery]:
        """For staff keys. The newest first, at most 500; `before` is the last id of the page before. `status=dead`: given up after ten
        attempts. Kept for 30 days. 404: no such endpoint."""
        return await webhooks.deliveries(EndpointId(endpoint), status, None if before is None else DeliveryId(before), limit)

    @post(PATH + "/{endpoint:int}/deliveries/{delivery:int}/retry", guards=guards, status_code=202, tags=TAG, summary="Send it again")
    async def retry_delivery(endpoint: PathNumber, delivery: PathNumber) -> None:
        """For staff keys. Also one that arrived. 404: no such delivery."""
        await webhooks.send_again(EndpointId(endpoint), DeliveryId(delivery))

    @post(PATH + "/{endpoint:int}/replay", guards=guards, status_code=202, tags=TAG, summary="Send everything since then again")
    async def replay_deliveries(endpoint: PathNumber, data: JSONBody[Replay]) -> Replayed:
        """For staff keys. For a receiver that lost what it was told; ids stay the same. 404: no such endpoint."""
        return Replayed(await webhooks.replay(EndpointId(endpoint), data.since))

    return [ping_endpoint, list_deliveries, retry_delivery, replay_deliveries]
