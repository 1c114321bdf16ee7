"""The rules that decide what a channel may sell, read whole: they are few."""

from spoina.db import Connection, Pool
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.locations import list_locations
from spoina.inventory.types import ChannelBuffer, SharePolicy, StockRules

_BUFFERS = "select channel, units, item_id, location_id from channel_buffer order by channel, item_id, location_id"
_POLICY = "select scarce_at, open_after from share_policy"
_WEIGHTS = "select channel, weight from channel_share"


async def load_rules(db: Connection | Pool) -> StockRules:
    return StockRules(locations=tuple(await list_locations(db)), buffers=await _buffers(db), shares=await _shares(db))


async def _buffers(db: Connection | Pool) -> tuple[ChannelBuffer, ...]:
    return tuple(
        ChannelBuffer(
            channel=Channel(channel),
            units=units,
            item=None if item is None else StockItemId(item),
            location=None if location is None else LocationId(location),
        )
        for channel, units, item, location in await db.fetch(_BUFFERS)
    )


async def _shares(db: Connection | Pool) -> SharePolicy | None:
    row = await db.fetchrow(_POLICY)
    if row is None:
        return None
    weights = {Channel(channel): weight for channel, weight in await db.fetch(_WEIGHTS)}
    return SharePolicy(scarce_at=row["scarce_at"], open_after=row["open_after"], weights=weights)
