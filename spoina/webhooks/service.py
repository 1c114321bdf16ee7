"""Commands on endpoints and deliveries, and how an event is told: in the transaction of what happened."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from spoina.webhooks import rules, sql
from spoina.webhooks.types import Delivery, DeliveryId, DeliveryStatus, Endpoint, EndpointId, EndpointRequest, Event, NewEndpoint, Topic

MOST_DELIVERIES = 500
_EVENTS_AT_ONCE = 1000

_encode = msgspec.json.Encoder().encode


class _Body(msgspec.Struct, frozen=True):
    """The payload's form in the standard."""

    type: Topic
    timestamp: datetime
    data: msgspec.Struct


class _Ping(msgspec.Struct, frozen=True):
    endpoint: EndpointId


async def tell(db: Connection, events: Sequence[Event]) -> int:
    """Part of the caller's transaction. An event with a known key is not told again. Returns how many deliveries came of it."""
    made = 0
    for start in range(0, len(events), _EVENTS_AT_ONCE):
        some = events[start : start + _EVENTS_AT_ONCE]
        made += await sql.tell(
            db,
            [_id_of(event.key) for event in some],
            [event.topic for event in some],
            [event.key for event in some],
            [event.occurred_at for event in some],
            [_body(event.topic, event.occurred_at, event.data) for event in some],
        )
    if made:
        await sql.announce(db)
    return made


class Webhooks:
    """For staff. `randomness` gives that many random bytes."""

    def __init__(self, pool: Pool, clock: Clock, randomness: Callable[[int], bytes]) -> None:
        self._pool, self._clock, self._randomness = pool, clock, randomness

    async def add(self, request: EndpointRequest) -> NewEndpoint:
        """Raises InvalidInput, LimitExceeded."""
        secret = rules.secret_of(self._randomness(rules.SECRET_BYTES))
        return NewEndpoint(endpoint=await sql.add(self._pool, rules.checked(request), secret, self._clock()), secret=secret)

    async def every(self) -> list[Endpoint]:
        return await sql.every(self._pool)

    async def change(self, endpoint: EndpointId, request: EndpointRequest) -> Endpoint:
        """Raises NotFound, InvalidInput, LimitExceeded."""
        return _known(await sql.change(self._pool, endpoint, rules.checked(request)), endpoint)

    async def enable(self, endpoint: EndpointId) -> Endpoint:
        """What was waiting when it was disabled is sent now. Raises NotFound."""
        async with transaction(self._pool) as db:
            enabled = _known(await sql.enable(db, endpoint), endpoint)
            await sql.announce(db)
            return enabled

    async def rotate(self, endpoint: EndpointId) -> NewEndpoint:
        """A new secret; for a day deliveries carry signatures of both. Raises NotFound."""
        secret = rules.secret_of(self._randomness(rules.SECRET_BYTES))
        until = self._clock() + rules.EARLIER_SECRET_FOR
        return NewEndpoint(endpoint=_known(await sql.rotate(self._pool, endpoint, secret, until), endpoint), secret=secret)

    async def remove(self, endpoint: EndpointId) -> None:
        """With everything that was to be sent there. Raises NotFound."""
        if not await sql.remove(self._pool, endpoint):
            raise NotFound("webhook endpoint", str(endpoint))

    async def ping(self, endpoint: EndpointId) -> DeliveryId:
        """Sends it an event that means nothing. Raises NotFound."""
        now = self._clock()
        async with transaction(self._pool) as db:
            _known(await sql.find(db, endpoint), endpoint)
            event = UUID(bytes=self._randomness(16), version=4)
            sent = await sql.send_one(db, event, Topic.PING, now, _body(Topic.PING, now, _Ping(endpoint)), endpoint)
            await sql.announce(db)
            return sent

    async def deliveries(
        self, endpoint: EndpointId, status: DeliveryStatus | None = None, before: DeliveryId | None = None, limit: int = 100
    ) -> list[Delivery]:
        """The newest first; `before` the last one of the page before. Raises NotFound, LimitExceeded, InvalidInput."""
        if limit < 1:
            raise InvalidInput("limit", "must be above zero")
        if limit > MOST_DELIVERIES:
            raise LimitExceeded("limit", MOST_DELIVERIES, "deliveries")
        _known(await sql.find(self._pool, endpoint), endpoint)
        return await sql.deliveries(self._pool, endpoint, status, before, limit)

    async def send_again(self, endpoint: EndpointId, delivery: DeliveryId) -> None:
        """At once, with all its attempts before it; one that is waiting already stays as it is. Raises NotFound."""
        async with transaction(self._pool) as db:
            if not await sql.again(db, endpoint, delivery, self._clock()) and not await sql.exists(db, endpoint, delivery):
                raise NotFound("delivery", str(delivery))
            await sql.announce(db)

    async def replay(self, endpoint: EndpointId, since: datetime) -> int:
        """Sends all events since then once more, also those that arrived; returns how many. Raises NotFound, InvalidInput."""
        if since.tzinfo is None:
            raise InvalidInput("since", "needs an offset from UTC")
        async with transaction(self._pool) as db:
            _known(await sql.find(db, endpoint), endpoint)
            replayed = await sql.replay(db, endpoint, since, self._clock())
            await sql.announce(db)
            return replayed


def _known(endpoint: Endpoint | None, number: EndpointId) -> Endpoint:
    if endpoint is None:
        raise NotFound("webhook endpoint", str(number))
    return endpoint


def _id_of(key: str) -> UUID:
    """The same happening has the same id, whoever tells it."""
    return uuid5(NAMESPACE_URL, f"spoina:event:{key}")


def _body(topic: Topic, at: datetime, data: msgspec.Struct) -> bytes:
    return _encode(_Body(topic, at, data))
