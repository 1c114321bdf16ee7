"""Filters, compiled: each says of an item whether it fits."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from feeds.amounts import parse_amount
from feeds.names import current_price, meta
from feeds.nodes import Formula, Node, node
from feeds.placing import Branches
from feeds.sources import SourceProduct, SourceVariant, Subject
from feeds.types import Availability, FeedDefinition, Filter
from spoina.errors import InvalidInput
from spoina.money import parse_decimal, to_minor

if TYPE_CHECKING:
    from feeds.compiling import Compiler

Condition = Callable[..., bool]
"""Reads what its parameters are called."""

_HUNDRED = Decimal(100)
_MOST_REMEMBERED = 10_000
_MOST_DAYS = 36_500


class AllOf:
    """Whether all of so many values are true."""

    def __call__(self, *values: bool) -> bool:
        return all(values)

    def written(self, arguments: Sequence[str], _compiler: "Compiler") -> ast.expr:
        return ast.BoolOp(ast.And(), [ast.Name(name, ast.Load()) for name in arguments])


def compile_filter(each: Filter, field: str, definition: FeedDefinition, branches: Branches) -> Formula:
    """What says whether the filter fits. Raises InvalidInput naming the part of the filter that cannot be."""
    conditions = [*_about_product(each, field, branches), *_about_item(each, field, definition)]
    if not conditions:
        raise InvalidInput(field, "says nothing: give at least one of categories, tags, skus, brands, availability, price_below, …")
    parts = [node(condition, f"{field}.{at}") for at, condition in enumerate(conditions)]
    names = tuple(part.targets[0] for part in parts)
    if len(names) == 1:
        return Formula(tuple(parts), names[0])
    return Formula((*parts, Node((field,), AllOf(), names)), field)


def _about_product(each: Filter, field: str, branches: Branches) -> Iterator[Condition]:
    if each.categories:
        yield _in_categories(branches(each.categories, f"{field}.categories"))
    if each.tags:
        yield _tagged(frozenset(tag.casefold() for tag in each.tags))
    if each.brands:
        yield _branded(frozenset(brand.casefold() for brand in each.brands))
    if each.newer_than_days is not None:
        yield _younger(_days(each.newer_than_days, f"{field}.newer_than_days"))
    if each.older_than_days is not None:
        yield _older(_days(each.older_than_days, f"{field}.older_than_days"))
    if each.attribute is not None:
        yield _with_attribute(each.attribute, frozenset(value.casefold() for value in each.values))
    elif each.values:
        raise InvalidInput(f"{field}.values", "are values of an attribute: say which in `attribute`")


def _about_item(each: Filter, field: str, definition: FeedDefinition) -> Iterator[Condition]:
    if each.skus:
        yield _numbered(frozenset(each.skus))
    if each.availability:
        yield _available(each.availability)
    if each.on_sale is not None:
        yield _reduced(each.on_sale)
    if each.stock_below is not None:
        if each.stock_below < 1:
            raise InvalidInput(f"{field}.stock_below", f"{each.stock_below} fits nothing: give 1 or more")
        yield _stock_below(each.stock_below)
    if each.price_below is not None:
        yield _price_below(_price(each.price_below, f"{field}.price_below", definition.currency))
    if each.price_from is not None:
        yield _price_from(_price(each.price_from, f"{field}.price_from", definition.currency))
    if each.margin_below is not None:
        yield _margin_below(each.margin_below, f"{field}.margin_below", definition)


def _days(number: int, field: str) -> timedelta:
    if not 0 < number <= _MOST_DAYS:
        raise InvalidInput(field, f"is a number of days from 1 to {_MOST_DAYS}")
    return timedelta(days=number)


def _price(text: str, field: str, currency: str) -> int:
    minor = parse_amount(text, field, currency)
    if minor <= 0:
        raise InvalidInput(field, f"{text!r} is not above zero")
    return minor


def _in_categories(ids: frozenset[int]) -> Condition:
    def fits(product: SourceProduct) -> bool:
        return not ids.isdisjoint(product.category_ids)

    return fits


def _tagged(wanted: frozenset[str]) -> Condition:
    """Remembers what it has said of each set of tags, of which a shop has few."""
    known: dict[tuple[str, ...], bool] = {}

    def fits(tags: tuple[str, ...]) -> bool:
        said = known.get(tags)
        if said is None:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            said = known[tags] = any(tag.casefold() in wanted for tag in tags)
        return said

    return fits


def _branded(brands: frozenset[str]) -> Condition:
    def fits(product: SourceProduct) -> bool:
        return product.vendor.casefold() in brands

    return fits


def _younger(age: timedelta) -> Condition:
    def fits(product: SourceProduct, at: datetime) -> bool:
        return at - product.created_at < age

    return fits


def _older(age: timedelta) -> Condition:
    def fits(product: SourceProduct, at: datetime) -> bool:
        return at - product.created_at >= age

    return fits


def _with_attribute(name: str, values: frozenset[str]) -> Condition:
    folded = name.casefold()

    def fits(attributes: Mapping[str, str], options: tuple[tuple[str, str], ...]) -> bool:
        found = attributes.get(name) or next((value for axis, value in options if axis.casefold() == folded), "")
        return bool(found) if not values else any(part.casefold() in values for part in (found, *found.split(", ")))

    return fits


def _numbered(skus: frozenset[str]) -> Condition:
    def fits(sku: str) -> bool:
        return sku in skus

    return fits


def _available(states: tuple[Availability, ...]) -> Condition:
    def fits(availability: Availability) -> bool:
        return availability in states

    return fits


def _reduced(wanted: bool) -> Condition:
    def fits(on_sale: bool) -> bool:
        return on_sale is wanted

    return fits


def _stock_below(units: int) -> Condition:
    def fits(quantity: int | None) -> bool:
        return quantity is not None and quantity < units

    return fits


def _price_below(minor: int) -> Condition:
    def fits(price: int | None, sale_price: int | None, on_sale: bool) -> bool:
        return (now := sale_price if on_sale else price) is not None and now < minor

    return fits


def _price_from(minor: int) -> Condition:
    def fits(price: int | None, sale_price: int | None, on_sale: bool) -> bool:
        return (now := sale_price if on_sale else price) is not None and now >= minor

    return fits


def _margin_below(text: str, field: str, definition: FeedDefinition) -> Condition:
    if not definition.cost_key:
        raise InvalidInput(field, 'needs to know what an item costs the shop: set cost_key to the "meta" field that holds it')
    wanted, cost_key, currency = parse_decimal(text, field), definition.cost_key, definition.currency

    def fits(product: SourceProduct, variant: SourceVariant, price: int | None, sale_price: int | None, on_sale: bool) -> bool:
        margin = _margin(current_price(price, sale_price, on_sale), meta(product, variant, cost_key), currency)
        return margin is not None and margin < wanted

    return fits


def margin_of(subject: Subject, cost_key: str) -> Decimal | None:
    """Per cent of the price now; None while the cost or the price is not known. The cost is in the feed's currency, with or without tax as
    the price is, with a dot or a comma."""
    return _margin(subject.item.current_price, meta(subject.product, subject.variant, cost_key), subject.item.currency)


def _margin(price: int | None, said: str, currency: str) -> Decimal | None:
    try:
        cost = to_minor(parse_decimal(said.strip().replace(",", "."), "cost"), currency)
    except InvalidInput:
        return None
    return _HUNDRED * (price - cost) / price if price else None
