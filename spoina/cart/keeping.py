"""What a worker does for carts: forgets those that nobody has touched for long, and what is remembered of operations."""

from datetime import timedelta

from spoina.cart import sql
from spoina.clock import Clock
from spoina.db import Pool

GRACE = timedelta(days=7)
"""An expired cart is answered as gone for so long; then it is unknown."""
REMEMBERED = timedelta(days=30)
"""An operation that is sent again within this time is recognised."""
AT_ONCE = 1000

_FORGET = (
    "delete from cart_merge where merged_at < $1",
    "delete from cart_handoff where expires_at < $1",
    "delete from cart_handoff_miss where minute < $1",
)


async def purge_carts(pool: Pool, clock: Clock) -> None:
    now = clock()
    while await sql.purge(pool, now - GRACE, now - REMEMBERED, AT_ONCE) >= AT_ONCE:
        pass
    for statement in _FORGET:
        await pool.execute(statement, now - REMEMBERED)
