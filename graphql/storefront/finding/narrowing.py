"""What a `query:` and filters ask for, as the engine takes it: free text, and conditions that it knows, too."""

from collections.abc import Iterator

import msgspec

from search.types import ATTRIBUTE_PREFIX, CATEGORY, OPTION_PREFIX, PRODUCT_TYPE, TAG, VENDOR, Filter, HasValue, PriceBetween
from search.types import IsAvailable as MustBeAvailable
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasLabel, IsAvailable
from storefront.query_syntax import Either, Every, Expression, Negated, Term

_FACETS = {"vendor": VENDOR, "type": PRODUCT_TYPE, "tag": TAG, "category": CATEGORY}
_ATTRIBUTES = "attributes."


class Words(msgspec.Struct, frozen=True):
    """The free text of a query, and what stands beside it. `prefix`: its last word goes on."""

    text: str
    prefix: bool
    rest: Every


def words_of(expression: Expression) -> Words | None:
    """None: there is no free text, or it stands where only the catalogue's own word search can answer, below OR or NOT."""
    parts = list(_flat(expression))
    free = [part for part in parts if isinstance(part, Term) and part.field is None and part.value]
    rest = tuple(part for part in parts if not (isinstance(part, Term) and part.field is None))
    if not free or any(_has_words(part) for part in rest):
        return None
    return Words(" ".join(term.value for term in free), free[-1].prefix, Every(rest))


def filters_of(condition: Condition) -> tuple[Filter, ...] | None:
    """None where the engine cannot tell."""
    match condition:
        case All(parts):
            return _all_of(parts)
        case AnyOf(parts):
            return _any_of(parts)
        case HasLabel(any_of):
            return _labelled(any_of)
        case IsAvailable(available):
            return (MustBeAvailable(available),)
        case Compares(field="price", operator=operator, value=int(bound)):
            return (_priced(operator, bound),)
        case _:
            return None


def wanted_availability(filters: tuple[Filter, ...]) -> bool | None:
    """What the filters say, if anything: it is asked of the stock itself as well."""
    return next((each.available for each in filters if isinstance(each, MustBeAvailable)), None)


def _flat(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, Every):
        for part in expression.parts:
            yield from _flat(part)
    else:
        yield expression


def _has_words(expression: Expression) -> bool:
    match expression:
        case Term():
            return expression.field is None
        case Negated(of):
            return _has_words(of)
        case Every(parts) | Either(parts):
            return any(map(_has_words, parts))


def _all_of(parts: tuple[Condition, ...]) -> tuple[Filter, ...] | None:
    found: list[Filter] = []
    for part in parts:
        filters = filters_of(part)
        if filters is None:
            return None
        found += filters
    return tuple(found)


def _any_of(parts: tuple[Condition, ...]) -> tuple[Filter, ...] | None:
    """Alternatives of one facet are one filter; both of available and not are none."""
    if all(isinstance(part, IsAvailable) for part in parts):
        return () if len(set(parts)) > 1 else filters_of(parts[0])
    labels = [label for part in parts if isinstance(part, HasLabel) for label in part.any_of]
    return _labelled(tuple(labels)) if all(isinstance(part, HasLabel) for part in parts) else None


def _labelled(labels: tuple[str, ...]) -> tuple[Filter, ...] | None:
    pairs = [pair for label in labels if (pair := _facet_of(label)) is not None]
    facets = {facet for facet, _ in pairs}
    if len(facets) != 1 or len(pairs) < len(labels):
        return None
    return (HasValue(facets.pop(), tuple(value for _, value in pairs)),)


def _facet_of(label: str) -> tuple[str, str] | None:
    """From spoina/catalog/labels.py."""
    kind, _, value = label.partition(":")
    if kind in _FACETS:
        return _FACETS[kind], value
    name, _, chosen = value.partition("=")
    if kind == "option" and name:
        return f"{OPTION_PREFIX}{name}", chosen
    if kind == "metafield" and len(name) > len(_ATTRIBUTES) and name.startswith(_ATTRIBUTES):
        return f"{ATTRIBUTE_PREFIX}{name.removeprefix(_ATTRIBUTES).casefold()}", chosen
    return None


def _priced(operator: str, bound: int) -> PriceBetween:
    """Prices are whole minor units."""
    lowest = {">": bound + 1, ">=": bound, "=": bound}.get(operator)
    highest = {"<": bound - 1, "<=": bound, "=": bound}.get(operator)
    return PriceBetween(lowest, highest)
