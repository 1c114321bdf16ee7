"""The statements by which holds are decided, and what they answer.

Most requests ask for one item of which there is enough for all who ask: then everybody wins, in whatever order. TAKE_ALL is one set-based
statement for a batch of such requests; TAKE_ONE, for a request that is alone, is as small as such a statement can be. What they leave
undecided (the last unit, too) claim_holds() in migration 0003 decides, one request after the other; so it does with baskets of several
lines, and where buffers and shares make channels differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from spoina.catalog.sql import WOOCOMMERCE
from spoina.db import Connection
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.sql import holder_text
from spoina.inventory.types import Hold, HoldRequest, HoldStatus, ShortLine, TakenLine

ANYWHERE = 0
_SECOND = timedelta(seconds=1)
_ACTIVE = HoldStatus.ACTIVE

Shelf = tuple[StockItemId, LocationId]
Kind = tuple[StockItemId, LocationId | None, int, Channel, timedelta]

_TAKE_ONE = """
with granted as (
    update stock set held = held + $3 from location
    where item_id = $1 and location_id = coalesce(nullif($2, 0), 1) and on_hand - held - buffer > $3
        and location.id = location_id and location.active and (location.ships_online or $2 <> 0)
        and not exists (select from channel_buffer) and not exists (select from share_policy)
    returning item_id, location_id
), kept as (
    insert into hold (id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units)
    select $4, $5, $6, 'active', $7, $8, array[item_id], array[location_id], array[$3] from granted
)
select pg_notify('stock_changed', item_id::text) from granted
"""

# Lists travel as text: the driver takes half a microsecond and more for each element of an array, PostgreSQL a fifth of that. Most requests
# of a batch want the same and differ by id and holder only: what a kind wants is sent once, and their lists are unnested where nothing
# is stored on the way, in a select list. Together that spares a sixth of the statement.
# An expired hold that still counts can only leave an item undecided. Rows are locked in their order: it is that of `wanted`, with nothing
# joined to it but the rows themselves, and that of the only index by which they are found. It does not wait for its own commit.
_TAKE_ALL = """
with wanted as materialized (
    select item_id, location_id, units, place,
        location_id in (select id from location where active)
            and (not anywhere or exists (select from location where id = 1 and ships_online)) as is_open
    from unnest(
        string_to_array($2, ',')::bigint[], string_to_array($3, ',')::bigint[], string_to_array($4, ',')::integer[],
        string_to_array($5, ',')::boolean[]
    ) with ordinality as each (item_id, location_id, units, anywhere, place)
    where not exists (select from channel_buffer) and not exists (select from share_policy)
), granted as (
    update stock set held = stock.held + wanted.units from wanted
    where stock.item_id = wanted.item_id and stock.location_id = wanted.location_id and wanted.is_open
        and stock.on_hand - stock.held - stock.buffer > wanted.units
    returning stock.item_id, stock.location_id, place
), kind as materialized (
    select
        kind, channel, $1::timestamptz + make_interval(secs => seconds) as expires_at,
        array[item_id] as item_ids, array[location_id] as location_ids, array[units] as units
    from granted join unnest(
        string_to_array($6, ',')::bigint[], string_to_array($7, ',')::integer[], string_to_array($8, ','),
        string_to_array($9, ',')::integer[]
    ) with ordinality as each (place, units, channel, seconds, kind) using (place)
), kept as (
    insert into hold (id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units)
    select id, holder, channel, 'active', $1::timestamptz, expires_at, item_ids, location_ids, units
    from kind join (
        select
            unnest(string_to_array($10, ',')::bigint[]) as kind, unnest(string_to_array($11, ',')::uuid[]) as id,
            unnest(string_to_array($12, E'\\n')) as holder
    ) as asked using (kind)
)
select
    string_agg(place::text, ','), set_config('synchronous_commit', 'off', true),
    (select pg_notify('stock_changed', string_agg(item_id::text, ',')) from granted having count(*) > 0)
from granted
"""

_CLAIM = """
select
    array_to_string(stock_items, ','), array_to_string(stock_locations, ','), array_to_string(won, ','), array_to_string(won_until, ','),
    array_to_string(taken_rows, ','), array_to_string(taken_units, ','), array_to_string(taken_backordered, ','),
    array_to_string(short, ','), array_to_string(short_lines, ','), array_to_string(short_left, ','), array_to_string(known, ','),
    set_config('synchronous_commit', $12, true)
from claim_holds(
    $1, $2,
    string_to_array($4, ',')::uuid[], string_to_array($3, E'\\n'), string_to_array($5, ','), string_to_array($6, ',')::integer[],
    string_to_array($10, ',')::integer[], string_to_array($11, ',')::bigint[],
    string_to_array($7, ',')::bigint[], string_to_array($8, ',')::bigint[], string_to_array($9, ',')::integer[]
)
"""

# A transaction that writes but a word: its commit is on disk, and on the standbys that are waited for, with all that was written before it.
_FLUSH = "select pg_logical_emit_message(true, 'spoina', '')"


class Asked:
    """A request, with what of it a batch is made of: prepared while the batch before it is decided. `kind`: what it wants, if that is one
    line; requests of one kind differ by their ids and holders only."""

    __slots__ = ("holder", "id", "kind", "request")

    def __init__(self, request: HoldRequest) -> None:
        line = request.lines[0]
        self.request = request
        self.kind: Kind = (line.item, line.location, line.units, request.channel, request.ttl)
        self.id = request.id.bytes.hex()
        self.holder = holder_text(request.holder)


class Claimed(NamedTuple):
    """By the place of the request in the batch: what holds since `now` (None: every request does, at the first location), what was short,
    and whose id has a hold already. `durable`: nobody has to be told later than now."""

    now: datetime
    held: dict[int, Hold] | None
    short: dict[int, list[ShortLine]]
    known: list[int]
    durable: bool


async def take_one(db: Connection, now: datetime, asked: Asked, *, timeout: float) -> bool:  # noqa: ASYNC109 - the driver's own
    """A request of one line, if there is more of it than it wants; durable. False: undecided."""
    request = asked.request
    line = request.lines[0]
    where = ANYWHERE if line.location is None else line.location
    header = (request.id, holder_text(request.holder), request.channel, now, _until(request.ttl, now))
    return bool(await db.fetch(_TAKE_ONE, line.item, where, line.units, *header, timeout=timeout))


async def take_all(
    db: Connection,
    now: datetime,
    batch: Sequence[Asked],
    *,
    timeout: float,  # noqa: ASYNC109 - the driver's own
) -> dict[int, Hold] | None:
    """Requests of one line each. The holds of those of whose items more is left than the whole batch wants, by place; the others are
    undecided. None: every request has its hold. Committed, and durable with the next `flush`."""
    kinds = Counter([asked.kind for asked in batch])
    wanted = _wanted(kinds)
    places = {shelf: str(place) for place, shelf in enumerate(wanted, start=1)}
    columns = (*_wanted_columns(wanted), *_kind_columns(kinds, places), *_asked_columns(batch, kinds))
    ((granted, *_),) = await db.fetch(_TAKE_ALL, now, *columns, timeout=timeout)
    won = set(granted.split(",")) if granted else set()
    if len(won) == len(wanted):
        return None
    return {place: first_hold(asked.request, now) for place, asked in enumerate(batch) if places[_shelf(asked.kind)] in won}


def _shelf(kind: Kind) -> Shelf:
    return kind[0], kind[1] or WOOCOMMERCE


def _wanted(kinds: Mapping[Kind, int]) -> dict[Shelf, tuple[int, bool]]:
    """By item and location, in their order: how many units, and whether somebody leaves the place to us."""
    wanted: dict[Shelf, tuple[int, bool]] = {}
    for kind, requests in kinds.items():
        _, location, wants, _, _ = kind
        units, anywhere = wanted.get(_shelf(kind), (0, False))
        wanted[_shelf(kind)] = (units + wants * requests, anywhere or location is None)
    return dict(sorted(wanted.items()))


def _wanted_columns(wanted: Mapping[Shelf, tuple[int, bool]]) -> tuple[str, str, str, str]:
    items, locations = zip(*wanted, strict=True)
    units, anywhere = zip(*wanted.values(), strict=True)
    return _joined(items), _joined(locations), _joined(units), _joined(anywhere)


def _kind_columns(kinds: Iterable[Kind], places: Mapping[Shelf, str]) -> tuple[str, str, str, str]:
    _, _, units, channels, ttls = zip(*kinds, strict=True)
    return ",".join([places[_shelf(kind)] for kind in kinds]), _joined(units), ",".join(channels), ",".join(map(_seconds, ttls))


def _asked_columns(batch: Sequence[Asked], kinds: Iterable[Kind]) -> tuple[str, str, str]:
    numbers = {kind: str(number) for number, kind in enumerate(kinds, start=1)}
    return ",".join([numbers[asked.kind] for asked in batch]), _ids(batch), _holders(batch)


def _ids(batch: Sequence[Asked]) -> str:
    return ",".join([asked.id for asked in batch])


def _holders(batch: Sequence[Asked]) -> str:
    return "\n".join([asked.holder for asked in batch])


async def claim(
    db: Connection,
    now: datetime,
    batch: Sequence[Asked],
    *,
    again: bool,
    timeout: float,  # noqa: ASYNC109 - the driver's own
) -> Claimed:
    """Decides every request, in their order. `again`: some of these may have been sent before; what is known of them is durable, too, even
    if it was another process that committed it a moment ago: to lock their rows is to write, so this commit flushes all before it."""
    durable = again or len(batch) == 1
    requests = [asked.request for asked in batch]
    first_lines = [*accumulate((len(request.lines) for request in requests), initial=1)]
    items = sorted({line.item for request in requests for line in request.lines})
    (row,) = await db.fetch(
        _CLAIM, now, again, *_columns(batch), _joined(first_lines), _joined(items), "on" if durable else "off", timeout=timeout
    )
    stock_items, locations, won, until, rows, units, backordered, short, short_lines, left, known = map(_split, row[:-1])
    shelves = [(StockItemId(item), LocationId(location)) for item, location in zip(stock_items, locations, strict=True)]
    taken = [TakenLine(*shelves[shelf - 1], *how_many) for shelf, *how_many in zip(rows, units, backordered, strict=True)]
    return Claimed(
        now,
        _held(requests, now, zip(won, until, strict=True), taken),
        _short(requests, first_lines, zip(short, short_lines, left, strict=True)),
        [place - 1 for place in known],
        durable=durable or not row[2],
    )


async def flush(db: Connection, *, timeout: float) -> None:  # noqa: ASYNC109 - the driver's own
    """Returns when all that was committed before it is durable. It says so of the server at the other end: to a session that was opened
    after the commits, that may be one that crashed and forgot them."""
    await db.fetch(_FLUSH, timeout=timeout)


def first_hold(request: HoldRequest, now: datetime) -> Hold:
    """Of a request of one line that was granted what it wants at the first location."""
    line = request.lines[0]
    return _hold(request, (TakenLine(line.item, line.location or WOOCOMMERCE, line.units, 0),), now)


def _columns(batch: Sequence[Asked]) -> list[str]:
    requests = [asked.request for asked in batch]
    lines = [line for request in requests for line in request.lines]
    return [
        _holders(batch),
        _ids(batch),
        ",".join([request.channel for request in requests]),
        ",".join([_seconds(request.ttl) for request in requests]),
        _joined([line.item for line in lines]),
        _joined([line.location or ANYWHERE for line in lines]),
        _joined([line.units for line in lines]),
    ]


def _held(batch: Sequence[HoldRequest], now: datetime, won: Iterable[tuple[int, int]], taken: Sequence[TakenLine]) -> dict[int, Hold]:
    held: dict[int, Hold] = {}
    begin = 0
    for place, end in won:
        held[place - 1] = _hold(batch[place - 1], tuple(taken[begin:end]), now)
        begin = end
    return held


def _short(batch: Sequence[HoldRequest], first_lines: Sequence[int], found: Iterable[tuple[int, int, int]]) -> dict[int, list[ShortLine]]:
    short: dict[int, list[ShortLine]] = {}
    for place, number, left in found:
        within = number - first_lines[place - 1]
        line = batch[place - 1].lines[within]
        short.setdefault(place - 1, []).append(ShortLine(line=within, item=line.item, location=line.location, wanted=line.units, left=left))
    return short


def _hold(request: HoldRequest, lines: tuple[TakenLine, ...], now: datetime) -> Hold:
    return Hold(
        id=request.id,
        holder=request.holder,
        channel=request.channel,
        status=_ACTIVE,
        lines=lines,
        created_at=now,
        expires_at=_until(request.ttl, now),
    )


@lru_cache(maxsize=1000)
def _seconds(ttl: timedelta) -> str:
    return str(ttl // _SECOND)


@lru_cache(maxsize=100)  # of a batch, nearly all end at the same moment
def _until(ttl: timedelta, now: datetime) -> datetime:
    return now + ttl // _SECOND * _SECOND


def _joined(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _split(text: str | None) -> list[int]:
    return [int(number) for number in text.split(",")] if text else []
