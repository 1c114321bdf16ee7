"""What a query may ask for: checked once, alike for every engine."""

from search.types import (
    ATTRIBUTE_PREFIX,
    FACETS,
    LARGEST_BATCH,
    LARGEST_PAGE,
    LONGEST_QUERY,
    MOST_FACETS,
    MOST_FILTERS,
    MOST_SUGGESTIONS,
    OPTION_PREFIX,
    HasValue,
    IsOneOf,
    PriceBetween,
    SearchQuery,
)
from spoina.errors import InvalidInput, LimitExceeded

MOST_VALUES = 1000
"""Values of one filter."""
LARGEST_PRICE = 2**53
"""Minor units; beyond it not every engine tells two prices apart."""


def check_query(query: SearchQuery) -> None:
    """Raises LimitExceeded or InvalidInput, naming the field."""
    _check_text(query.text)
    _at_most("limit", query.limit, LARGEST_PAGE, "products")
    if query.limit < 1:
        raise InvalidInput("limit", "at least 1")
    _at_most("filters", len(query.filters), MOST_FILTERS, "filters")
    _at_most("facets", len(query.facets), MOST_FACETS, "facets")
    for name in query.facets:
        if name not in {"option", "attribute"}:
            _check_facet("facets", name)
    for condition in query.filters:
        match condition:
            case HasValue(facet, any_of):
                _check_facet("filters", facet, counted_only=("price",))
                _at_most("filters", len(any_of), MOST_VALUES, "values")
            case IsOneOf(ids):
                _at_most("filters", len(ids), MOST_VALUES, "products")
            case PriceBetween(lowest, highest):
                _check_prices(lowest, highest)
            case _:
                pass


def check_suggestions(text: str, limit: int) -> None:
    _check_text(text)
    _at_most("limit", limit, MOST_SUGGESTIONS, "suggestions")
    if limit < 1:
        raise InvalidInput("limit", "at least 1")


def _check_text(text: str) -> None:
    _at_most("query", len(text), LONGEST_QUERY, "characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("query", "has half a character: a surrogate without its other one") from None


def check_batch(size: int) -> None:
    _at_most("documents", size, LARGEST_BATCH, "products in one batch")


def _check_facet(field: str, name: str, *, counted_only: tuple[str, ...] = ()) -> None:
    known = name in FACETS or any(name.startswith(prefix) and len(name) > len(prefix) for prefix in (OPTION_PREFIX, ATTRIBUTE_PREFIX))
    if not known or name in counted_only:
        raise InvalidInput(field, f"there is no facet {name[:100]!r}")


def _check_prices(*bounds: int | None) -> None:
    for bound in bounds:
        if bound is not None and not -LARGEST_PRICE <= bound <= LARGEST_PRICE:
            raise LimitExceeded("filters.price", LARGEST_PRICE, "minor units")


def _at_most(field: str, size: int, limit: int, unit: str) -> None:
    if size > limit:
        raise LimitExceeded(field, limit, unit)
