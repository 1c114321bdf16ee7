"""Whether orders are in step with WooCommerce, in a few figures."""

from datetime import datetime

import msgspec

from spoina.db import Connection, Pool

_STANDING = """
select
    (select count(*) from order_task where dead_at is null) as waiting,
    (select min(created_at) from order_task where dead_at is null) as oldest_waiting,
    (select count(*) from order_task where dead_at is not null) as undeliverable,
    (select count(*) from order_alert where resolved_at is null) as alerts
"""


class OrderStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting`: what is on its way between orders and the shop, `oldest_waiting` since when; `undeliverable` and `alerts` wait for a
    person."""

    waiting: int
    oldest_waiting: datetime | None
    undeliverable: int
    alerts: int


async def order_standing(db: Connection | Pool) -> OrderStanding:
    return OrderStanding(**dict(await db.fetchrow(_STANDING) or {}))
