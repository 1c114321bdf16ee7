"""Filters and categories as conditions of a listing, and a listing's ids as products, in one batch."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec.structs import replace

from spoina.catalog import labels
from spoina.catalog import types as catalog
from spoina.catalog.conditions import reads_stock
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasLabel, IsAvailable, ListingQuery, SortKey
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import CategoryId
from spoina.money import to_minor
from storefront.connections import Connection, Window
from storefront.context import Context
from storefront.finding.segments import Chain, Segment
from storefront.finding.sources import Listed
from storefront.ids import number_of
from storefront.inputs import PriceRangeFilter, ProductFilter
from storefront.limits import PAGE_SIZE


async def listed(
    context: Context, condition: Condition, sort: SortKey, asked: Window, *, last: bool = False
) -> Connection[catalog.Product]:
    """Where the condition asks what can be bought, the stock itself is asked, too. `last`: what cannot be bought comes last."""
    context.reads_all_stock = context.reads_all_stock or reads_stock(condition)
    query = ListingQuery(condition=condition, sort=sort, reverse=asked.reverse, limit=asked.size)
    segments: dict[str, Segment] = {"m": Listed(context.catalog, query)}
    available = wanted_availability(condition)
    if last and available is None:
        split = (All((condition, IsAvailable(True))), All((condition, IsAvailable(False))))
        segments = {letter: Listed(context.catalog, replace(query, condition=each)) for letter, each in zip("mu", split, strict=True)}
    return await Chain(
        segments,
        context.products.present,
        keep=None if available is None else lambda product: context.can_be_bought(product) == available,
        sinks=(lambda product: not context.can_be_bought(product)) if last else None,
    ).page(asked)


def wanted_availability(condition: Condition) -> bool | None:
    """What the whole condition says, if anything."""
    match condition:
        case IsAvailable(available):
            return available
        case All(parts):
            return next((found for part in parts if (found := wanted_availability(part)) is not None), None)
        case _:
            return None


def within(category_id: CategoryId, context: Context) -> HasLabel:
    """In the category or in any below it."""
    below = context.catalog.categories.descendants(category_id)
    return HasLabel(tuple(labels.category(each) for each in (category_id, *(category.id for category in below))))


def filter_conditions(filters: Sequence[ProductFilter], context: Context) -> list[Condition]:
    """Filters of one kind widen, those of different kinds narrow; options of different names count as different kinds."""
    if len(filters) > PAGE_SIZE:
        raise LimitExceeded("filters", PAGE_SIZE, "filters")
    kinds: dict[str, list[Condition]] = {}
    for one in filters:
        for kind, condition in _conditions(one, context):
            kinds.setdefault(kind, []).append(condition)
    return [conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions)) for conditions in kinds.values()]


def _conditions(one: ProductFilter, context: Context) -> Iterable[tuple[str, Condition]]:
    if one.available is not None:
        yield "available", IsAvailable(one.available)
    if one.price is not None:
        yield "price", _between(one.price, context.shop.currency)
    if one.category is not None:
        yield "category", _in_category(one.category.id, context)
    for kind, label in _labels(one):
        yield kind, HasLabel((label,))


def _labels(one: ProductFilter) -> Iterable[tuple[str, str]]:
    if one.product_type is not None:
        yield "type", labels.product_type(one.product_type)
    if one.product_vendor is not None:
        yield "vendor", labels.vendor(one.product_vendor)
    if one.tag is not None:
        yield "tag", labels.tag(one.tag)
    if option := one.variant_option:
        yield f"option {option.name}", labels.option(option.name, option.value)
    if field := one.product_metafield:
        yield f"metafield {field.namespace}.{field.key}", labels.metafield(field.namespace, field.key, field.value)


def _between(price: PriceRangeFilter, currency: str) -> Condition:
    bounds = ((">=", price.min), ("<=", price.max))
    return All(tuple(Compares("price", operator, _minor(bound, currency)) for operator, bound in bounds if bound is not None))


def _minor(bound: float, currency: str) -> int:
    """The dialect's bounds are floats; the shortest decimal that reads back as the same float is what was typed."""
    if not abs(bound) < 1e12:
        raise InvalidInput("price", f"{bound} is no price")
    return to_minor(Decimal(repr(bound)), currency)


def _in_category(category: str, context: Context) -> HasLabel:
    number = number_of(category, "Collection", "filters.category.id")
    return within(CategoryId(number), context) if number is not None else HasLabel(())
