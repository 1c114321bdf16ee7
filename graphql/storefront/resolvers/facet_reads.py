"""Filters that a listing can be narrowed by, with exact counts: each filter's own choice does not narrow its counts."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec
import strawberry
from strawberry import Parent

from search.types import (
    ATTRIBUTE_PREFIX,
    AVAILABLE,
    CATEGORY,
    OPTION_PREFIX,
    PRICE,
    PRODUCT_TYPE,
    TAG,
    VENDOR,
    FacetCounts,
    SearchQuery,
    ValueCount,
)
from spoina.catalog import types as catalog
from spoina.errors import SearchUnavailable
from spoina.money import decimal_text
from storefront.connections import Connection
from storefront.context import Context
from storefront.ids import gid
from storefront.resolvers import Info

COUNTED = (AVAILABLE, PRICE, CATEGORY, VENDOR, PRODUCT_TYPE, TAG, OPTION_PREFIX[:-1], ATTRIBUTE_PREFIX[:-1])
"""In the order of the answer."""


@strawberry.enum
class FilterType(StrEnum):
    BOOLEAN = "BOOLEAN"
    LIST = "LIST"
    PRICE_RANGE = "PRICE_RANGE"


@strawberry.enum
class FilterPresentation(StrEnum):
    IMAGE = "IMAGE"
    SWATCH = "SWATCH"
    TEXT = "TEXT"


Total = Callable[[], Awaitable[int]]


class FilterValue(msgspec.Struct, frozen=True):
    id: str
    label: str
    count: int
    input: str
    """Narrows by it: a ProductFilter as JSON."""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    type: FilterType = FilterType.LIST
    presentation: FilterPresentation | None = FilterPresentation.TEXT
    values: Sequence[FilterValue]


class ProductConnection(Connection[catalog.Product], frozen=True):
    """`total`: of all pages. `narrowing`: what is counted for `filters`; None where only the catalogue can tell what is listed."""

    total: Total
    narrowing: SearchQuery | None = None


def counted(connection: Connection[catalog.Product], total: Total, narrowing: SearchQuery | None) -> ProductConnection:
    seen = connection.nodes, connection.cursor_at, connection.has_next_page, connection.has_previous_page
    return ProductConnection(*seen, total, narrowing)


async def connection_total(connection: Parent[ProductConnection]) -> int:
    return await connection.total()


async def connection_filters(connection: Parent[ProductConnection], info: Info) -> Sequence[Filter]:
    """A listing goes on without its filters while the engine is away or has no index."""
    if connection.narrowing is None:
        return ()
    try:
        return await counted_filters(info.context, connection.narrowing)
    except SearchUnavailable:
        info.context.degraded = True
        return ()


async def counted_filters(context: Context, narrowing: SearchQuery, *, only_available: bool = False) -> Sequence[Filter]:
    """`only_available`: what cannot be bought is no choice. Raises SearchUnavailable."""
    asked = msgspec.structs.replace(narrowing, facets=COUNTED, limit=1, after=None, before=None, highlight=False)
    counted = (await context.search.search(asked)).facets
    if only_available:
        counted = tuple(map(_without_unavailable, counted))
    return [told for facet in counted if (told := _told(facet, context)) is not None]


def _without_unavailable(facet: FacetCounts) -> FacetCounts:
    if facet.facet != AVAILABLE:
        return facet
    return msgspec.structs.replace(facet, values=tuple(each for each in facet.values if each.value == "true"))


def _told(facet: FacetCounts, context: Context) -> Filter | None:
    words = _WORDS.get(context.shop.language[:2], _WORDS["en"])
    if facet.facet == PRICE:
        return _price(facet, words[PRICE], context.shop.currency)
    values = [each for each in facet.values if each.count]
    if not values:
        return None
    if facet.facet == AVAILABLE:
        return Filter(id="filter.v.availability", label=words[AVAILABLE], values=list(_availability(values, words)))
    for prefix, read in ((OPTION_PREFIX, _option), (ATTRIBUTE_PREFIX, _attribute)):
        if facet.facet.startswith(prefix):
            return read(facet.facet.removeprefix(prefix), values, context)
    name, field = _FIELDS[facet.facet]
    return Filter(id=name, label=words[facet.facet], values=[_value(name, each, _input(field, facet.facet, each)) for each in values])


def _price(facet: FacetCounts, label: str, currency: str) -> Filter | None:
    if facet.lowest is None or facet.highest is None:
        return None
    bounds = {"min": Decimal(decimal_text(facet.lowest, currency)), "max": Decimal(decimal_text(facet.highest, currency))}
    value = FilterValue("filter.v.price", label, 0, _json({"price": {name: _number(bound) for name, bound in bounds.items()}}))
    return Filter(id="filter.v.price", label=label, type=FilterType.PRICE_RANGE, values=[value])


def _availability(values: Iterable[ValueCount], words: dict[str, str]) -> Iterator[FilterValue]:
    for each in sorted(values, key=lambda value: value.value != "true"):
        yes = each.value == "true"
        yield FilterValue(f"filter.v.availability.{int(yes)}", words[each.value], each.count, _json({"available": yes}))


def _option(name: str, values: Sequence[ValueCount], context: Context) -> Filter:
    met = (axis.name for product in context.products.met.values() for axis in product.options)
    label = next((known for known in met if known.casefold() == name), name.capitalize())
    identity = f"filter.v.option.{name}"
    told = [_value(identity, each, {"variantOption": {"name": label, "value": each.label}}) for each in values]
    return Filter(id=identity, label=label, values=told)


def _attribute(key: str, values: Sequence[ValueCount], context: Context) -> Filter:
    met = (field for product in context.products.met.values() for field in product.metafields if field.namespace == "attributes")
    label = next((field.label for field in met if field.key.casefold() == key and field.label), key.replace("-", " ").capitalize())
    identity = f"filter.p.m.attributes.{key}"
    filters = ((each, {"namespace": "attributes", "key": key, "value": each.label}) for each in values)
    return Filter(id=identity, label=label, values=[_value(identity, each, {"productMetafield": chosen}) for each, chosen in filters])


def _value(identity: str, each: ValueCount, narrowed: object) -> FilterValue:
    return FilterValue(f"{identity}.{each.value}", each.label or each.value, each.count, _json(narrowed))


def _input(field: str, facet: str, each: ValueCount) -> object:
    return {field: {"id": gid("Collection", each.value)} if facet == CATEGORY else each.label}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _number(bound: Decimal) -> int | float:
    """JSON has no decimals; the shortest float that reads back as the same price is written."""
    return int(bound) if bound == bound.to_integral_value() else float(bound)


_FIELDS = {
    CATEGORY: ("filter.p.t.category", "category"),
    VENDOR: ("filter.p.vendor", "productVendor"),
    PRODUCT_TYPE: ("filter.p.product_type", "productType"),
    TAG: ("filter.p.tag", "tag"),
}
_WORDS = {
    "pl": {
        AVAILABLE: "Dostępność",
        PRICE: "Cena",
        CATEGORY: "Kategoria",
        VENDOR: "Marka",
        PRODUCT_TYPE: "Rodzaj",
        TAG: "Tag",
        "true": "Dostępne",
        "false": "Niedostępne",
    },
    "en": {
        AVAILABLE: "Availability",
        PRICE: "Price",
        CATEGORY: "Category",
        VENDOR: "Brand",
        PRODUCT_TYPE: "Product type",
        TAG: "Tag",
        "true": "In stock",
        "false": "Out of stock",
    },
}
