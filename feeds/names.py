"""What the names in templates stand for."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import get_type_hints

from feeds.sources import SourceProduct, SourceVariant
from feeds.templates import Reading
from feeds.types import ITEM_FIELDS, FeedItem
from spoina.money import decimal_text

_PRICES = ("price", "sale_price", "prior_price")
CURRENT_PRICE = ("price", "sale_price", "on_sale")
"""The fields of which `current_price` is made."""
_READABLE = frozenset(ITEM_FIELDS) | {"current_price"}
TEXTS = frozenset(name for name, kind in get_type_hints(FeedItem).items() if kind is str)
"""Fields that are texts as they stand."""
NOT_TEXTS = frozenset({"options", "attributes", "extra", "custom_labels", "shipping"})
"""Fields of an item that templates neither read nor write as a whole."""


def shown(item: FeedItem, name: str) -> str:
    """One of the item's fields, as people read it: amounts as decimals."""
    value = getattr(item, name)
    return price_text(value, item.currency) if name in _PRICES else text_of(value)


def reader(base_url: str) -> Callable[[str], Reading | None]:
    """Looks names up for a definition: fields of an item, `handle`, `permalink`, `base_url`, `option.NAME`, `attribute.KEY`, `meta.KEY`,
    `extra.NAME`."""

    def look_up(name: str) -> Reading | None:
        kind, dot, key = name.partition(".")
        if dot:
            return _part(kind, key) if key else None
        if name == "base_url":
            return Reading((), lambda: base_url.rstrip("/"))
        if name in ("handle", "permalink"):
            return Reading(("product",), attrgetter(name))
        return _field(name) if name in _READABLE - NOT_TEXTS else None

    return look_up


def _field(name: str) -> Reading:
    if name in TEXTS:
        return Reading((name,))
    if name == "current_price":
        return Reading((*CURRENT_PRICE, "currency"), _current_price_text)
    if name in _PRICES:
        return Reading((name, "currency"), price_text)
    return Reading((name,), text_of)


def _part(kind: str, key: str) -> Reading | None:
    folded = key.casefold()

    def option(options: tuple[tuple[str, str], ...]) -> str:
        return next((value for name, value in options if name.casefold() == folded), "")

    def value(texts: Mapping[str, str]) -> str:
        return texts.get(key, "")

    def meta_value(product: SourceProduct, variant: SourceVariant) -> str:
        return meta(product, variant, key)

    match kind:
        case "option":
            return Reading(("options",), option)
        case "attribute":
            return Reading(("attributes",), value)
        case "extra":
            return Reading(("extra",), value)
        case "meta":
            return Reading(("product", "variant"), meta_value)
        case _:
            return None


def meta(product: SourceProduct, variant: SourceVariant, key: str) -> str:
    """The variant's own value, otherwise its product's."""
    for fields in (variant.metafields, product.metafields):
        for field in fields:
            if field.namespace == "meta" and field.key == key:
                return field.value
    return ""


def current_price(price: int | None, sale_price: int | None, on_sale: bool) -> int | None:
    """As FeedItem.current_price."""
    return sale_price if on_sale else price


def price_text(amount: int | None, currency: str) -> str:
    return "" if amount is None else decimal_text(amount, currency)


def _current_price_text(price: int | None, sale_price: int | None, on_sale: bool, currency: str) -> str:
    return price_text(current_price(price, sale_price, on_sale), currency)


def text_of(value: object) -> str:
    """As templates and explanations show it."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(text_of, value))
        case _:
            return str(value)
