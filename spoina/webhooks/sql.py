"""Endpoints, events and deliveries as they are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from spoina.db import Connection, Pool
from spoina.webhooks.types import (
    Answer,
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Endpoint,
    EndpointId,
    EndpointRequest,
    EventId,
    Parcel,
    Topic,
)

DUE = "webhook_due"
"""Announced when there is something to send."""

_ENDPOINT = "id, url, topics, description, created_at, failing_since, disabled_at, disabled_because"
_ADD = f"insert into webhook_endpoint (url, topics, description, secret, created_at) values ($1, $2, $3, $4, $5) returning {_ENDPOINT}"  # noqa: S608
_EVERY = f"select {_ENDPOINT} from webhook_endpoint order by id"  # noqa: S608
_ONE = f"select {_ENDPOINT} from webhook_endpoint where id = $1"  # noqa: S608
_CHANGE = f"update webhook_endpoint set url = $2, topics = $3, description = $4 where id = $1 returning {_ENDPOINT}"  # noqa: S608
_ENABLE = f"""
update webhook_endpoint set disabled_at = null, disabled_because = null, failing_since = null where id = $1 returning {_ENDPOINT}
"""  # noqa: S608
_ROTATE = f"""
update webhook_endpoint set earlier_secret = secret, earlier_secret_until = $3, secret = $2 where id = $1 returning {_ENDPOINT}
"""  # noqa: S608

# Without a listener nothing is written at all.
_TELL = """
with listening as (
    select id, topics from webhook_endpoint where disabled_at is null
), told as (
    insert into webhook_event (id, topic, key, occurred_at, body)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bytea[]) as given (id, topic, key, occurred_at, body)
    where exists (select from listening where given.topic = any(topics))
    on conflict (key) do nothing returning id, topic
)
insert into webhook_delivery (event_id, endpoint_id, due_at)
select told.id, listening.id, $6 from told join listening on told.topic = any(listening.topics)
"""
_SEND_ONE = """
with told as (
    insert into webhook_event (id, topic, key, occurred_at, body) values ($1::uuid, $2, $1::uuid::text, $3, $4) returning id
)
insert into webhook_delivery (event_id, endpoint_id, due_at) select id, $5, $3 from told returning id
"""

# Taken for as long as an answer may take; a worker that dies in between leaves it due again.
_TAKE = """
with due as (
    select delivery.id from webhook_delivery delivery join webhook_endpoint endpoint on endpoint.id = endpoint_id
    where status = 'pending' and due_at <= $1 and endpoint.disabled_at is null
    order by due_at limit $3 for update of delivery skip locked
)
update webhook_delivery delivery set due_at = $2, attempts = attempts + 1
from due, webhook_event event, webhook_endpoint endpoint
where delivery.id = due.id and event.id = delivery.event_id and endpoint.id = delivery.endpoint_id
returning delivery.id, delivery.endpoint_id, delivery.attempts, event.id as event, endpoint.url, event.body,
    array_remove(array[endpoint.secret, case when endpoint.earlier_secret_until > $1 then endpoint.earlier_secret end], null) as secrets
"""
_LOG = "insert into webhook_attempt (delivery_id, number, at, milliseconds, status, answer) values ($1, $2, $3, $4, $5, $6)"
_DELIVERED = """
with done as (
    update webhook_delivery set status = 'delivered', ended_at = $2 where id = $1 and status = 'pending' returning endpoint_id
)
update webhook_endpoint set failing_since = null from done where id = done.endpoint_id and failing_since is not null
"""
_LATER = "update webhook_delivery set due_at = $2 where id = $1 and status = 'pending'"
_DEAD = "update webhook_delivery set status = 'dead', ended_at = $2 where id = $1 and status = 'pending'"
_FAILING = "update webhook_endpoint set failing_since = coalesce(failing_since, $2) where id = $1 returning failing_since"
_DISABLE = "update webhook_endpoint set disabled_at = $2, disabled_because = $3 where id = $1 and disabled_at is null"
_NEXT_DUE = """
select min(due_at) from webhook_delivery delivery join webhook_endpoint endpoint on endpoint.id = endpoint_id
where status = 'pending' and endpoint.disabled_at is null
"""

_DELIVERIES = """
select delivery.id, delivery.endpoint_id as endpoint, delivery.event_id as event, event.topic, delivery.status, delivery.attempts,
    event.occurred_at, delivery.due_at, delivery.ended_at, last.status as status_code, last.answer
from webhook_delivery delivery join webhook_event event on event.id = delivery.event_id
    left join webhook_attempt last on last.delivery_id = delivery.id and last.number = delivery.attempts
where delivery.endpoint_id = $1 and ($2::text is null or delivery.status = $2) and ($3::bigint is null or delivery.id < $3)
order by delivery.id desc limit $4
"""
_AGAIN = """
update webhook_delivery set status = 'pending', due_at = $3, ended_at = null, attempts = 0
where endpoint_id = $1 and id = $2 and status <> 'pending' returning id
"""
_REPLAY = """
update webhook_delivery delivery set status = 'pending', due_at = $3, ended_at = null, attempts = 0
from webhook_event event
where event.id = delivery.event_id and endpoint_id = $1 and event.occurred_at >= $2 and status <> 'pending' returning delivery.id
"""
_CLEAR_LOG = "delete from webhook_attempt where delivery_id = any($1::bigint[])"
_FORGET = """
delete from webhook_event where id in (
    select id from webhook_event event where occurred_at < $1
        and not exists (select from webhook_delivery where event_id = event.id and status = 'pending') limit $2
)
"""


async def add(db: Connection | Pool, request: EndpointRequest, secret: str, at: datetime) -> Endpoint:
    return _endpoint(await _only(db, _ADD, request.url, list(request.topics), request.description, secret, at))


async def every(db: Connection | Pool) -> list[Endpoint]:
    return [_endpoint(row) for row in await db.fetch(_EVERY)]


async def find(db: Connection | Pool, endpoint: EndpointId) -> Endpoint | None:
    return _optional(await db.fetchrow(_ONE, endpoint))


async def change(db: Connection | Pool, endpoint: EndpointId, request: EndpointRequest) -> Endpoint | None:
    return _optional(await db.fetchrow(_CHANGE, endpoint, request.url, list(request.topics), request.description))


async def enable(db: Connection | Pool, endpoint: EndpointId) -> Endpoint | None:
    return _optional(await db.fetchrow(_ENABLE, endpoint))


async def rotate(db: Connection | Pool, endpoint: EndpointId, secret: str, earlier_until: datetime) -> Endpoint | None:
    return _optional(await db.fetchrow(_ROTATE, endpoint, secret, earlier_until))


async def remove(db: Connection | Pool, endpoint: EndpointId) -> bool:
    return await db.execute("delete from webhook_endpoint where id = $1", endpoint) == "DELETE 1"


async def tell(
    db: Connection, ids: Sequence[UUID], topics: Sequence[str], keys: Sequence[str], times: Sequence[datetime], bodies: Sequence[bytes]
) -> int:
    """Returns how many deliveries came of it. `times` are when the events happened; they are due at the latest of them."""
    status = await db.execute(_TELL, ids, topics, keys, times, bodies, max(times))
    return int(status.rpartition(" ")[2])


async def send_one(db: Connection | Pool, event: UUID, topic: Topic, at: datetime, body: bytes, endpoint: EndpointId) -> DeliveryId:
    return DeliveryId(await db.fetchval(_SEND_ONE, event, topic.value, at, body, endpoint))


async def announce(db: Connection | Pool) -> None:
    await db.execute("select pg_notify($1, '')", DUE)


async def take(pool: Pool, now: datetime, until: datetime, limit: int) -> list[Parcel]:
    return [_parcel(row) for row in await pool.fetch(_TAKE, now, until, limit)]


async def log(db: Connection, parcel: Parcel, at: datetime, answer: Answer) -> None:
    await db.execute(_LOG, parcel.delivery, parcel.attempt, at, answer.milliseconds, answer.status, answer.text)


async def delivered(db: Connection, delivery: DeliveryId, at: datetime) -> None:
    await db.execute(_DELIVERED, delivery, at)


async def later(db: Connection, delivery: DeliveryId, due: datetime) -> None:
    await db.execute(_LATER, delivery, due)


async def dead(db: Connection, delivery: DeliveryId, at: datetime) -> None:
    await db.execute(_DEAD, delivery, at)


async def failing_since(db: Connection, endpoint: EndpointId, at: datetime) -> datetime | None:
    since: datetime | None = await db.fetchval(_FAILING, endpoint, at)
    return since


async def disable(db: Connection, endpoint: EndpointId, at: datetime, because: str) -> bool:
    return await db.execute(_DISABLE, endpoint, at, because) == "UPDATE 1"


async def next_due(pool: Pool) -> datetime | None:
    due: datetime | None = await pool.fetchval(_NEXT_DUE)
    return due


async def deliveries(
    db: Connection | Pool, endpoint: EndpointId, status: DeliveryStatus | None, before: DeliveryId | None, limit: int
) -> list[Delivery]:
    rows = await db.fetch(_DELIVERIES, endpoint, status.value if status else None, before, limit)
    return [
        Delivery(**dict(row) | {"topic": Topic(row["topic"]), "status": DeliveryStatus(row["status"]), "event": EventId(row["event"])})
        for row in rows
    ]


async def again(db: Connection, endpoint: EndpointId, delivery: DeliveryId, at: datetime) -> bool:
    """The log of earlier attempts goes with it: they are counted anew."""
    found = await db.fetchval(_AGAIN, endpoint, delivery, at) is not None
    if found:
        await db.execute(_CLEAR_LOG, [delivery])
    return found


async def exists(db: Connection, endpoint: EndpointId, delivery: DeliveryId) -> bool:
    return bool(await db.fetchval("select exists (select from webhook_delivery where endpoint_id = $1 and id = $2)", endpoint, delivery))


async def replay(db: Connection, endpoint: EndpointId, since: datetime, at: datetime) -> int:
    rows = await db.fetch(_REPLAY, endpoint, since, at)
    await db.execute(_CLEAR_LOG, [row[0] for row in rows])
    return len(rows)


async def forget(pool: Pool, before: datetime, limit: int) -> None:
    await pool.execute(_FORGET, before, limit)


async def _only(db: Connection | Pool, statement: str, *arguments: object) -> asyncpg.Record:
    (row,) = await db.fetch(statement, *arguments)
    return row


def _optional(row: asyncpg.Record | None) -> Endpoint | None:
    return None if row is None else _endpoint(row)


def _endpoint(row: asyncpg.Record) -> Endpoint:
    return Endpoint(**dict(row) | {"topics": tuple(map(Topic, row["topics"]))})


def _parcel(row: asyncpg.Record) -> Parcel:
    return Parcel(
        delivery=DeliveryId(row["id"]),
        endpoint=EndpointId(row["endpoint_id"]),
        attempt=row["attempts"],
        event=EventId(row["event"]),
        url=row["url"],
        secrets=tuple(row["secrets"]),
        body=row["body"],
    )
