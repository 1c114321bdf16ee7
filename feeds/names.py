"""What the names in templates stand for."""

from collections.abc import Callable
from operator import attrgetter
from typing import get_type_hints

from feeds.sources import Subject
from feeds.templates import Read
from feeds.types import ITEM_FIELDS, FeedItem
from spoina.money import decimal_text

_PRICES = ("price", "sale_price", "prior_price", "current_price")
_READABLE = frozenset(ITEM_FIELDS) | {"current_price"}
TEXTS = frozenset(name for name, kind in get_type_hints(FeedItem).items() if kind is str)
"""Fields that are texts as they stand."""
NOT_TEXTS = frozenset({"options", "attributes", "extra", "custom_labels", "shipping"})
"""Fields of an item that templates neither read nor write as a whole."""


def reader(base_url: str) -> Callable[[str], Read | None]:
    """Looks names up for a definition: fields of an item, `handle`, `permalink`, `base_url`, `option.NAME`, `attribute.KEY`, `meta.KEY`,
    `extra.NAME`."""

    def look_up(name: str) -> Read | None:
        kind, dot, key = name.partition(".")
        if dot:
            return _part(kind, key)
        if name == "base_url":
            return lambda _: base_url.rstrip("/")
        return _OF_PRODUCTS.get(name) or (_field(name) if name in _READABLE - NOT_TEXTS else None)

    return look_up


_OF_PRODUCTS: dict[str, Read] = {
    "handle": lambda subject: subject.product.handle,
    "permalink": lambda subject: subject.product.permalink,
}


def _field(name: str) -> Read:
    if name in TEXTS:
        return attrgetter(f"item.{name}")
    if name in _PRICES:
        return lambda subject: price_text(subject.item, name)
    return lambda subject: text_of(getattr(subject.item, name))


def _part(kind: str, key: str) -> Read | None:
    match kind:
        case "option":
            return lambda subject: next((value for name, value in subject.item.options if name.casefold() == key.casefold()), "")
        case "attribute":
            return lambda subject: subject.item.attributes.get(key, "")
        case "extra":
            return lambda subject: subject.item.extra.get(key, "")
        case "meta":
            return lambda subject: meta(subject, key)
        case _:
            return None


def meta(subject: Subject, key: str) -> str:
    """The variant's own value, otherwise its product's."""
    for fields in (subject.variant.metafields, subject.product.metafields):
        for field in fields:
            if field.namespace == "meta" and field.key == key:
                return field.value
    return ""


def price_text(item: FeedItem, name: str) -> str:
    amount = getattr(item, name)
    return "" if amount is None else decimal_text(amount, item.currency)


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
