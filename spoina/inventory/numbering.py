"""Changes of stock get their numbers when they are seen to be committed (migration 0004), so that who follows them misses none."""

from spoina.db import Connection

_LOCK = 0x5B04
_AT_ONCE = 2000

_UNNUMBERED = "select exists (select from stock_change_due)"
_TAKE_LOCK = "select pg_try_advisory_xact_lock($1)"
_NUMBER = """
with taken as (
    delete from stock_change_due
    where ctid = any (array(select ctid from stock_change_due limit $1 for update skip locked)) returning item_id, location_id
)
insert into stock_change (item_id, location_id, number)
select item_id, location_id, nextval('stock_change_number') from taken
on conflict (item_id, location_id) do update set number = excluded.number
"""


async def number_changes(db: Connection) -> bool:
    """Whether everything that is committed has its number now. Somebody else at it: what they number comes with the next question."""
    if not await db.fetchval(_UNNUMBERED):
        return True
    if not await db.fetchval(_TAKE_LOCK, _LOCK):
        return False
    status = await db.execute(_NUMBER, _AT_ONCE)
    return status != f"INSERT 0 {_AT_ONCE}"
