"""What arrived from outside, whole, each delivery once however often it is sent."""

from datetime import datetime, timedelta
from hashlib import blake2b

from spoina.db import Connection, Pool

_STORE = """
insert into inbox (source, topic, delivery, received_at, body, processed_at, outcome) values ($1, $2, $3, $4, $5, $4, $6)
on conflict (source, delivery) do nothing returning id
"""


KEPT = timedelta(days=14)
"""Long enough to look into what a channel sent last week."""


async def store(db: Connection, source: str, topic: str, delivery: str, body: bytes, at: datetime, outcome: str) -> bool:
    """Part of the caller's transaction. False: it is here already.

    The sender's number alone does not tell deliveries apart: WooCommerce makes it from the webhook and the second, so that two products
    changed within one second may share it.
    """
    unlike = f"{delivery}-{blake2b(body, digest_size=8).hexdigest()}"
    return await db.fetchval(_STORE, source, topic, unlike, at, body, outcome) is not None


async def prune(db: Connection | Pool, at: datetime) -> None:
    """Forgets what was received more than KEPT ago."""
    await db.execute("delete from inbox where received_at < $1", at - KEPT)
