"""Where stock lies: locations, what can be collected at each, and what changes."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
import strawberry
from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import LocationId
from spoina.inventory.channel_stock import Update
from spoina.inventory.distance import Point, check_point, metres_between
from spoina.inventory.known_codes import Code, CodeKind
from spoina.inventory.offers import Offer
from spoina.inventory.types import Location, ShelfAvailability
from storefront.connections import Connection, Key, slice_of, window
from storefront.context import Context
from storefront.ids import gid, number_of
from storefront.inputs import GeoCoordinateInput
from storefront.limits import FOLLOWED_VARIANTS
from storefront.resolvers import Info
from storefront.resolvers.sorting import LocationSortKeys

FURTHER_THAN_ANY = 100_000_000
"""Metres: more than twice around the earth."""
READY = {"pl": ("Zwykle gotowe w {} godz.", "Zwykle gotowe w {} min"), "en": ("Usually ready in {} h", "Usually ready in {} min")}


class StoreAvailability(msgspec.Struct, frozen=True):
    location: Location
    quantity_available: int
    as_of: datetime | None

    @property
    def available(self) -> bool:
        return self.quantity_available > 0


class LocationAvailability(msgspec.Struct, frozen=True):
    location: Location
    quantity_available: int
    as_of: datetime


class VariantAvailability(msgspec.Struct, frozen=True):
    """An offer under the code that it is followed by."""

    code: str
    offer: Offer
    places: dict[LocationId, Location]


class AvailabilityUpdate(msgspec.Struct, frozen=True):
    update: Update
    locations: Sequence[Location]


def locations(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: LocationSortKeys = LocationSortKeys.ID,
    near: GeoCoordinateInput | None = None,
) -> Connection[Location]:
    asked, from_here = window(first, last, after, before, reverse=reverse), _here(near)

    def place(location: Location) -> Key:
        if sort_key is LocationSortKeys.NAME:
            return location.name, location.id
        return _place(location, from_here if sort_key is LocationSortKeys.DISTANCE else None)

    return slice_of(sorted(_open(info.context), key=place), asked, lambda _, each: place(each))


def location_of(context: Context, number: int) -> Location | None:
    return next((each for each in _open(context) if each.id == number), None)


def store_availability(
    variant: Parent[catalog.Variant],
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    near: GeoCoordinateInput | None = None,
) -> Connection[StoreAvailability]:
    item, here = variant.stock.item, _here(near)
    places = [] if item is None else sorted(_open(info.context), key=lambda each: _place(each, here))
    found = [_kept(each, info.context.stock.shelf_at(item, each.id)) for each in places] if item is not None else []
    return slice_of(found, window(first, last, after, before, reverse=reverse), lambda _, each: _place(each.location, here))


def _kept(location: Location, shelf: ShelfAvailability | None) -> StoreAvailability:
    return StoreAvailability(location, 0, None) if shelf is None else StoreAvailability(location, shelf.available, shelf.as_of)


def _here(near: GeoCoordinateInput | None) -> Point | None:
    if near is None:
        return None
    here = Point(near.latitude, near.longitude)
    check_point(here, "near.")
    return here


def _place(location: Location, here: Point | None) -> Key:
    """Where it stands in a list: the nearest first, and last those that nobody says where they are."""
    if here is None:
        return (location.id,)
    return (FURTHER_THAN_ANY if location.point is None else metres_between(here, location.point), location.id)


def _open(context: Context) -> list[Location]:
    return [each for each in _all(context) if each.active and each.pickup_enabled]


def _all(context: Context) -> Sequence[Location]:
    """What is answered from locations is good for no longer than all stock stands still."""
    context.reads_all_stock = True
    return context.stock.locations


def pick_up_time(availability: Parent[StoreAvailability], info: Info) -> str:
    minutes = availability.location.pickup_minutes
    hours, rest = divmod(minutes, 60)
    in_hours, in_minutes = READY.get(info.context.shop.language.partition("_")[0].lower(), READY["en"])
    return in_minutes.format(minutes) if rest or not hours else in_hours.format(hours)


def pick_up_minutes(availability: Parent[StoreAvailability]) -> int:
    return availability.location.pickup_minutes


def location_id(location: Parent[Location]) -> str:
    return gid("Location", location.id)


def location_address(location: Parent[Location]) -> Location:
    return location


def formatted(location: Parent[Location]) -> list[str]:
    return [line for part in location.address.splitlines() for line in (one.strip() for one in part.split(",")) if line]


def first_line(location: Parent[Location]) -> str | None:
    return next(iter(formatted(location)), None)


def country_code(_location: Parent[Location], info: Info) -> str:
    return info.context.shop.country


def availability_changed(
    info: Info,
    codes: list[str] | None = None,
    ids: list[strawberry.ID] | None = None,
    location_id: strawberry.ID | None = None,
    since: strawberry.ID | None = None,
) -> AsyncIterator[AvailabilityUpdate]:
    wanted = [Code(text) for text in dict.fromkeys(codes or ())]
    wanted += [Code(str(number_of(each, "ProductVariant", "ids") or 0), CodeKind.VARIANT) for each in dict.fromkeys(ids or ())]
    at = None if location_id is None else LocationId(number_of(location_id, "Location", "locationId") or 0)
    if not wanted and at is None:
        raise InvalidInput("codes, ids or locationId", "one is needed")
    if len(wanted) > FOLLOWED_VARIANTS:
        raise LimitExceeded("codes and ids", FOLLOWED_VARIANTS, "in all")
    return _updates(info.context, info.context.stock.follow(wanted, at, _number(since)))


async def _updates(context: Context, updates: AsyncIterator[Update]) -> AsyncIterator[AvailabilityUpdate]:
    try:
        async for update in updates:
            yield AvailabilityUpdate(update, context.stock.locations)
    finally:
        await updates.aclose()  # type: ignore[attr-defined]


def _number(since: str | None) -> int | None:
    """What is none of ours: nothing is known of what the reader saw."""
    return int(since) if since and since.isascii() and since.isdigit() and len(since) < 19 else None


def update_id(update: Parent[AvailabilityUpdate]) -> str:
    return str(update.update.number)


def is_complete(update: Parent[AvailabilityUpdate]) -> bool:
    return update.update.complete


def unknown_codes(update: Parent[AvailabilityUpdate]) -> Sequence[str]:
    return update.update.unknown


def update_variants(update: Parent[AvailabilityUpdate]) -> list[VariantAvailability]:
    places = {each.id: each for each in update.locations}
    return [VariantAvailability(code, offer, places) for code, offer in update.update.offers]


def code(change: Parent[VariantAvailability]) -> str:
    return change.code


def changed_variant_id(change: Parent[VariantAvailability]) -> str:
    return gid("ProductVariant", change.offer.variant.id)


def changed_sku(change: Parent[VariantAvailability]) -> str | None:
    return change.offer.variant.sku


def changed_for_sale(change: Parent[VariantAvailability]) -> bool:
    return change.offer.for_sale


def changed_quantity(change: Parent[VariantAvailability]) -> int | None:
    return None if change.offer.stock is None else change.offer.stock.available


def changed_as_of(change: Parent[VariantAvailability]) -> datetime | None:
    return None if change.offer.stock is None else change.offer.stock.as_of


def changed_locations(change: Parent[VariantAvailability]) -> list[LocationAvailability]:
    offer = change.offer
    if offer.stock is None:
        return []
    shelves = [(change.places[each.location], each) for each in offer.stock.shelves if each.location in change.places]
    return [LocationAvailability(place, offer.pickup.get(place.id, each.available), each.as_of) for place, each in shelves if place.active]
