"""Where stock lies: WooCommerce's one location, and those that Spoina owns."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import msgspec

from spoina.db import Connection, Pool, transaction
from spoina.errors import Conflict, InvalidInput, LimitExceeded, NotFound, NotOurStock
from spoina.ids import LocationId
from spoina.inventory.distance import Point, check_point
from spoina.inventory.types import Location, LocationOwner

RULES_CHANGED = "stock_rules_changed"
"""Announced when locations, buffers or shares change."""

LONGEST_TEXT = 300
LONGEST_PICKUP_MINUTES = 60 * 24 * 60
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_COLUMNS = "id, code, name, owner, address, timezone, pickup_enabled, pickup_minutes, ships_online, active, latitude, longitude"
_EVERY = f"select {_COLUMNS} from location order by id"  # noqa: S608
_ONE = f"select {_COLUMNS} from location where id = $1"  # noqa: S608
_CREATE = f"""
insert into location (code, name, owner, address, timezone, pickup_enabled, pickup_minutes, ships_online, active, latitude, longitude)
values ($1, $2, 'spoina', $3, $4, $5, $6, $7, $8, $9, $10) on conflict (code) do nothing returning {_COLUMNS}
"""  # noqa: S608
_CHANGE = f"""
update location set
    code = $2, name = $3, address = $4, timezone = $5, pickup_enabled = $6, pickup_minutes = $7, ships_online = $8, active = $9,
    latitude = $10, longitude = $11
where id = $1 returning {_COLUMNS}
"""  # noqa: S608
_ITS_ITEMS_TURN = "insert into availability_due (item_id) select item_id from stock where location_id = $1"


class LocationFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people say of a location; see Location."""

    code: str
    name: str
    address: str = ""
    timezone: str = "Europe/Warsaw"
    pickup_enabled: bool = False
    pickup_minutes: int = 120
    ships_online: bool = False
    active: bool = True
    latitude: float | None = None
    longitude: float | None = None


async def list_locations(db: Connection | Pool) -> list[Location]:
    return [_location(row) for row in await db.fetch(_EVERY)]


async def location(db: Connection | Pool, location_id: LocationId) -> Location:
    """Raises NotFound."""
    rows = await db.fetch(_ONE, location_id)
    if not rows:
        raise NotFound("location", str(location_id))
    return _location(rows[0])


async def our_location(db: Connection | Pool, location_id: LocationId) -> Location:
    """Raises NotFound, and NotOurStock where the numbers are WooCommerce's."""
    found = await location(db, location_id)
    if found.owner is LocationOwner.WOOCOMMERCE:
        raise NotOurStock(found.code)
    return found


async def create_location(pool: Pool, facts: LocationFacts) -> Location:
    """A location of ours. Raises InvalidInput, Conflict when the code is taken by a location with other facts."""
    _check(facts)
    async with transaction(pool) as db:
        rows = await db.fetch(_CREATE, *msgspec.structs.astuple(facts))
        if rows:
            await _announce(db)
            return _location(rows[0])
        known = next(each for each in await list_locations(db) if each.code == facts.code)
    if _facts(known) != facts or known.owner is not LocationOwner.SPOINA:
        raise Conflict("code", f"there is a location {facts.code!r}")
    return known


async def change_location(pool: Pool, location_id: LocationId, facts: LocationFacts) -> Location:
    """All facts anew; the owner stays. Raises NotFound, InvalidInput, Conflict when the code is taken."""
    _check(facts)
    try:
        async with transaction(pool) as db:
            rows = await db.fetch(_CHANGE, location_id, *msgspec.structs.astuple(facts))
            if not rows:
                raise NotFound("location", str(location_id))
            await db.execute(_ITS_ITEMS_TURN, location_id)
            await _announce(db)
            return _location(rows[0])
    except asyncpg.UniqueViolationError as error:
        raise Conflict("code", f"there is a location {facts.code!r}") from error


async def _announce(db: Connection) -> None:
    await db.execute("select pg_notify($1, '')", RULES_CHANGED)
    await db.execute("select pg_notify('stock_changed', '*')")


def _check(facts: LocationFacts) -> None:
    if not _CODE.fullmatch(facts.code):
        raise InvalidInput("code", "must be 1 to 40 lower-case letters, digits, _ and -")
    for field in ("name", "address"):
        if len(getattr(facts, field)) > LONGEST_TEXT:
            raise LimitExceeded(field, LONGEST_TEXT, "characters")
        if "\0" in getattr(facts, field):
            raise InvalidInput(field, "contains the character NUL")
    if not facts.name.strip():
        raise InvalidInput("name", "must not be empty")
    if not 0 <= facts.pickup_minutes <= LONGEST_PICKUP_MINUTES:
        raise InvalidInput("pickup_minutes", f"must be between 0 and {LONGEST_PICKUP_MINUTES}")
    if (facts.latitude is None) != (facts.longitude is None):
        raise InvalidInput("longitude" if facts.longitude is None else "latitude", "is needed beside the other")
    if facts.latitude is not None and facts.longitude is not None:
        check_point(Point(facts.latitude, facts.longitude))
    try:
        ZoneInfo(facts.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("timezone", f"{facts.timezone!r} is no time zone") from error


def _facts(known: Location) -> LocationFacts:
    return msgspec.convert(known, LocationFacts, from_attributes=True)


def _location(row: asyncpg.Record) -> Location:
    return Location(**{**row, "id": LocationId(row["id"]), "owner": LocationOwner(row["owner"])})
