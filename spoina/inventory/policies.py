"""What is kept from whom, changed by people: buffers of channels, shares of what is scarce. Each command is safe to repeat."""

from datetime import timedelta

from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.locations import location as find_location
from spoina.inventory.requests import MOST_UNITS, check_channel
from spoina.inventory.types import ChannelBuffer, SharePolicy

MOST_CHANNELS = 50
LONGEST_SHARING = timedelta(days=365)

_PUT_BUFFER = """
insert into channel_buffer (channel, item_id, location_id, units) values ($1, $2, $3, $4)
on conflict (channel, item_id, location_id) do update set units = excluded.units
"""
_DROP_BUFFER = """
delete from channel_buffer where channel = $1 and item_id is not distinct from $2 and location_id is not distinct from $3
"""
_PUT_POLICY = """
insert into share_policy (scarce_at, open_after) values ($1, $2)
on conflict (only_one) do update set scarce_at = excluded.scarce_at, open_after = excluded.open_after
"""
_PUT_WEIGHTS = "insert into channel_share (channel, weight) select * from unnest($1::text[], $2::integer[])"


async def set_channel_buffer(pool: Pool, buffer: ChannelBuffer) -> None:
    """In place of the one with the same item and location. Zero units are a rule, too: an exception from a wider one. Raises InvalidInput,
    NotFound."""
    check_channel(buffer.channel)
    if not 0 <= buffer.units <= MOST_UNITS:
        raise InvalidInput("units", f"must be between 0 and {MOST_UNITS}")
    async with transaction(pool) as db:
        if buffer.location is not None:
            await find_location(db, buffer.location)
        await db.execute(_PUT_BUFFER, buffer.channel, buffer.item, buffer.location, buffer.units)
        await _announce(db)


async def drop_channel_buffer(pool: Pool, channel: Channel, *, item: StockItemId | None = None, location: LocationId | None = None) -> None:
    """Raises InvalidInput."""
    check_channel(channel)
    async with transaction(pool) as db:
        await db.execute(_DROP_BUFFER, channel, item, location)
        await _announce(db)


async def set_shares(pool: Pool, policy: SharePolicy | None) -> None:
    """None: nothing is shared any more. Raises InvalidInput, LimitExceeded."""
    if policy is not None:
        _check(policy)
    async with transaction(pool) as db:
        await db.execute("delete from channel_share")
        if policy is None:
            await db.execute("delete from share_policy")
            await db.execute("delete from share_taken")
            await db.execute("update stock set scarce_since = null where scarce_since is not null")
        else:
            await db.execute(_PUT_POLICY, policy.scarce_at, policy.open_after)
            await db.execute(_PUT_WEIGHTS, list(policy.weights), list(policy.weights.values()))
        await _announce(db)


async def _announce(db: Connection) -> None:
    await db.execute("select pg_notify('stock_changed', '*')")


def _check(policy: SharePolicy) -> None:
    if not 0 < policy.scarce_at <= MOST_UNITS:
        raise InvalidInput("scarce_at", f"must be between 1 and {MOST_UNITS}")
    if not timedelta(0) <= policy.open_after <= LONGEST_SHARING:
        raise InvalidInput("open_after", f"must be between 0 and {LONGEST_SHARING.days} days")
    if len(policy.weights) > MOST_CHANNELS:
        raise LimitExceeded("weights", MOST_CHANNELS, "channels")
    if not policy.weights:
        raise InvalidInput("weights", "at least one channel must have a share")
    for channel, weight in policy.weights.items():
        check_channel(channel)
        if not 1 <= weight <= 1000:
            raise InvalidInput(f"weights.{channel}", "must be between 1 and 1000")
