"""Filters, compiled: each says of an item whether it fits."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

from feeds.frame import Frame
from feeds.names import meta
from feeds.placing import whole_branches
from feeds.sources import Subject
from feeds.types import FeedDefinition, Filter
from spoina.errors import InvalidInput
from spoina.money import parse_decimal, to_minor

Fits = Callable[[Subject], bool]
_HUNDRED = Decimal(100)
_MOST_REMEMBERED = 10_000


def compile_filter(each: Filter, field: str, definition: FeedDefinition, frame: Frame) -> Fits:
    """Raises InvalidInput naming the part of the filter that cannot be."""
    parts = [*_about_product(each, field, frame), *_about_item(each, field, definition)]
    if not parts:
        raise InvalidInput(field, "says nothing: give at least one of categories, tags, skus, brands, availability, price_below, …")
    if len(parts) == 1:
        return parts[0]
    return lambda subject: all(fits(subject) for fits in parts)


def _about_product(each: Filter, field: str, frame: Frame) -> Iterator[Fits]:
    if each.categories:
        yield _in_categories(whole_branches(frame.categories, each.categories, f"{field}.categories"))
    if each.tags:
        yield _tagged(frozenset(tag.casefold() for tag in each.tags))
    if each.brands:
        yield _branded(frozenset(brand.casefold() for brand in each.brands))
    if each.newer_than_days is not None:
        yield _younger(timedelta(days=each.newer_than_days))
    if each.older_than_days is not None:
        yield _older(timedelta(days=each.older_than_days))
    if each.attribute is not None:
        yield _with_attribute(each.attribute, frozenset(value.casefold() for value in each.values))
    elif each.values:
        raise InvalidInput(f"{field}.values", "are values of an attribute: say which in `attribute`")


def _about_item(each: Filter, field: str, definition: FeedDefinition) -> Iterator[Fits]:
    if each.skus:
        skus = frozenset(each.skus)
        yield lambda subject: subject.item.sku in skus
    if each.availability:
        states = frozenset(each.availability)
        yield lambda subject: subject.item.availability in states
    if each.on_sale is not None:
        wanted = each.on_sale
        yield lambda subject: subject.item.on_sale is wanted
    if each.stock_below is not None:
        yield _stock_below(each.stock_below)
    if each.price_below is not None:
        yield _price_below(_amount(each.price_below, f"{field}.price_below", definition.currency))
    if each.price_from is not None:
        yield _price_from(_amount(each.price_from, f"{field}.price_from", definition.currency))
    if each.margin_below is not None:
        yield _margin_below(each.margin_below, f"{field}.margin_below", definition)


def _amount(text: str, field: str, currency: str) -> int:
    return to_minor(parse_decimal(text, field), currency)


def _in_categories(ids: frozenset[int]) -> Fits:
    return lambda subject: not ids.isdisjoint(subject.product.category_ids)


def _tagged(tags: frozenset[str]) -> Fits:
    """Remembers what it has said of each set of tags, of which a shop has few."""
    known: dict[tuple[str, ...], bool] = {}

    def fits(subject: Subject) -> bool:
        its = subject.product.tags
        said = known.get(its)
        if said is None:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            said = known[its] = any(tag.casefold() in tags for tag in its)
        return said

    return fits


def _branded(brands: frozenset[str]) -> Fits:
    return lambda subject: subject.product.vendor.casefold() in brands


def _younger(age: timedelta) -> Fits:
    return lambda subject: subject.at - subject.product.created_at < age


def _older(age: timedelta) -> Fits:
    return lambda subject: subject.at - subject.product.created_at >= age


def _with_attribute(name: str, values: frozenset[str]) -> Fits:
    folded = name.casefold()

    def fits(subject: Subject) -> bool:
        item = subject.item
        found = item.attributes.get(name) or next((value for axis, value in item.options if axis.casefold() == folded), "")
        return bool(found) if not values else any(part.casefold() in values for part in (found, *found.split(", ")))

    return fits


def _stock_below(units: int) -> Fits:
    return lambda subject: subject.item.quantity is not None and subject.item.quantity < units


def _price_below(minor: int) -> Fits:
    return lambda subject: (price := subject.item.current_price) is not None and price < minor


def _price_from(minor: int) -> Fits:
    return lambda subject: (price := subject.item.current_price) is not None and price >= minor


def _margin_below(text: str, field: str, definition: FeedDefinition) -> Fits:
    if not definition.cost_key:
        raise InvalidInput(field, 'needs to know what an item costs the shop: set cost_key to the "meta" field that holds it')
    wanted = parse_decimal(text, field)

    def fits(subject: Subject) -> bool:
        margin = margin_of(subject, definition.cost_key)
        return margin is not None and margin < wanted

    return fits


def margin_of(subject: Subject, cost_key: str) -> Decimal | None:
    """Per cent of the price now; None while the cost or the price is not known. The cost is in the feed's currency, with or without tax as
    the price is."""
    price = subject.item.current_price
    try:
        cost = to_minor(parse_decimal(meta(subject, cost_key), cost_key), subject.item.currency)
    except InvalidInput:
        return None
    return _HUNDRED * (price - cost) / price if price else None
