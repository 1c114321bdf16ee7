"""What the search syntax's fields mean for products: an expression becomes a condition of the catalogue.

    tag, tag_not, product_type, vendor      the whole name, whatever its case
    title, handle, sku, barcode             words of the title; the others whole or with * from their beginning
    price, variants.price                   the price in force of any variant, in the shop's currency
    created_at, updated_at                  ISO 8601 times, "2026-03-01" or "2026-03-01T12:00:00Z"
    id                                      a number or a global id
    inventory_total, available_for_sale     a whole number; true or false

A field that is not among them is left out and told in `extensions.search`, as the dialect does; a value that cannot be read is an error.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from spoina.catalog import labels
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasLabel, HasText, IsAvailable, Not
from spoina.errors import InvalidInput
from spoina.money import parse_decimal, to_minor
from storefront.ids import read_gid
from storefront.query_syntax import Either, Every, Expression, Negated, Term, parse_query


class UnknownField(msgspec.Struct, frozen=True):
    """A part of a `query:` that was left out."""

    query: str
    field: str
    code: str = "invalid_field"
    message: str = "There is no such search field; it was left out."


class Searched(msgspec.Struct, frozen=True):
    condition: Condition
    unknown: tuple[UnknownField, ...]


def search_condition(text: str | None, currency: str) -> Searched:
    """No text: everything. Raises InvalidInput for a value that cannot be read, LimitExceeded."""
    if not text or text.isspace():
        return Searched(All(), ())
    return expressed_condition(parse_query(text), text, currency)


def expressed_condition(expression: Expression, text: str, currency: str) -> Searched:
    """The same of an expression that was read from `text`, or of a part of it."""
    reading = _Reading(text, currency)
    condition = reading.condition(expression)
    return Searched(condition or All(), tuple(reading.unknown))


class _Reading:
    def __init__(self, text: str, currency: str) -> None:
        self._text, self._currency = text, currency
        self.unknown: list[UnknownField] = []

    def condition(self, expression: Expression) -> Condition | None:
        """None: nothing is left of it, because it names only unknown fields."""
        match expression:
            case Term():
                return self._term(expression)
            case Negated(of):
                inner = self.condition(of)
                return None if inner is None else Not(inner)
            case Every(parts):
                return All(self._known(parts))
            case Either(parts):
                return AnyOf(known) if (known := self._known(parts)) else None
            case _:
                assert_never(expression)

    def _known(self, parts: tuple[Expression, ...]) -> tuple[Condition, ...]:
        return tuple(condition for part in parts if (condition := self.condition(part)) is not None)

    def _term(self, term: Term) -> Condition | None:
        if term.field is None:
            return HasText(term.value, prefix=term.prefix) if term.value else All()
        field = term.field.lower()
        if field in _WHOLE_NAMES:
            return _label(term, _WHOLE_NAMES[field])
        if field == "tag_not":
            return Not(_label(term, labels.tag))
        if field in _TEXTS:
            return HasText(_equal(term).value, prefix=term.prefix, field=field) if term.value else All()
        if field in _COMPARED:
            named, read = _COMPARED[field]
            return Compares(named, term.operator, read(term, self._currency))
        if field == "available_for_sale":
            return IsAvailable(_truth(term))
        self.unknown.append(UnknownField(self._text, term.field))
        return None


def _label(term: Term, label: Callable[[str], str]) -> HasLabel:
    if term.prefix:
        raise InvalidInput("query", f"{term.field} is compared whole and takes no *")
    return HasLabel((label(_equal(term).value),))


def _equal(term: Term) -> Term:
    if term.operator != "=":
        raise InvalidInput("query", f"{term.field} cannot be compared by {term.operator}")
    return term


def _truth(term: Term) -> bool:
    if term.value.lower() not in {"true", "false"}:
        raise InvalidInput("query", f"{term.field}: {term.value!r} is neither true nor false")
    return term.value.lower() == "true"


def _minor(term: Term, currency: str) -> int:
    return to_minor(parse_decimal(term.value, f"query: {term.field}"), currency)


def _moment(term: Term, _currency: str) -> datetime:
    try:
        moment = datetime.fromisoformat(term.value)
    except ValueError:
        raise InvalidInput("query", f"{term.field}: {term.value!r} is no ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(term: Term, _currency: str) -> int:
    digits = term.value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise InvalidInput("query", f"{term.field}: {term.value!r} is no whole number")
    return int(term.value)


def _id(term: Term, currency: str) -> int:
    if not term.value.startswith("gid:"):
        return _number(term, currency)
    kind, number = read_gid(term.value, "query: id")
    return number if kind == "Product" and number is not None else 0


_WHOLE_NAMES = {"tag": labels.tag, "product_type": labels.product_type, "vendor": labels.vendor}
_TEXTS = {"title", "handle", "sku", "barcode"}
_COMPARED: dict[str, tuple[str, Callable[[Term, str], int | datetime]]] = {
    "price": ("price", _minor),
    "variants.price": ("price", _minor),
    "created_at": ("created_at", _moment),
    "updated_at": ("updated_at", _moment),
    "id": ("id", _id),
    "inventory_total": ("inventory", _number),
}
