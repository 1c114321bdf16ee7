"""Places where orders can be collected, and what is left there."""

from datetime import datetime

import strawberry
from strawberry import ID

from storefront.codes import CountryCode
from storefront.resolvers import product_reads, store_reads
from storefront.types.common import Fresh, Node
from storefront.types.reading import read


@strawberry.type(description="As the shop wrote it: only what is sure is told in parts.")
class LocationAddress:
    formatted: list[str] = read(store_reads.formatted)
    address1: str | None = read(store_reads.first_line)
    address2: str | None = read(product_reads.nothing)
    city: str | None = read(product_reads.nothing)
    country_code: CountryCode | None = read(store_reads.country_code)
    latitude: float | None
    longitude: float | None
    phone: str | None = read(product_reads.nothing)
    zip: str | None = read(product_reads.nothing)


@strawberry.type(description="A place of the shop where orders can be collected.")
class Location(Node):
    id: ID = read(store_reads.location_id)
    code: str
    name: str
    address: LocationAddress = read(store_reads.location_address)
    timezone: str = strawberry.field(description="IANA: `Europe/Warsaw`.")


@strawberry.type(description="How much of a variant can be collected at a location.")
class StoreAvailability(Fresh):
    available: bool
    location: Location
    pick_up_time: str = read(store_reads.pick_up_time, description="For people, in the shop's language.")
    pick_up_minutes: int = read(store_reads.pick_up_minutes)
    quantity_available: int
    as_of: datetime | None = strawberry.field(description="When the count was read from its owner; null where none is kept.")


@strawberry.type
class LocationAvailability(Fresh):
    location: Location
    quantity_available: int = strawberry.field(description="What can be sold or collected there.")
    as_of: datetime = strawberry.field(description="When the count was read from its owner.")


@strawberry.type(description="The newest state of one variant, under the code that it is followed by.")
class VariantAvailability(Fresh):
    code: str
    variant_id: ID = read(store_reads.changed_variant_id)
    sku: str | None = read(store_reads.changed_sku)
    available_for_sale: bool = read(store_reads.changed_for_sale)
    quantity_available: int | None = read(
        store_reads.changed_quantity, description="Pieces left to sell; null when the shop does not count them."
    )
    as_of: datetime | None = read(store_reads.changed_as_of)
    locations: list[LocationAvailability] = read(store_reads.changed_locations)


@strawberry.type
class AvailabilityUpdate:
    id: ID = read(store_reads.update_id, description="To be given as `since` by who comes back.")
    complete: bool = read(store_reads.is_complete, description="All that is followed (of a location a page of it), not only changes.")
    variants: list[VariantAvailability] = read(store_reads.update_variants)
    unknown_codes: list[str] = read(store_reads.unknown_codes)
