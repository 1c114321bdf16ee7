"""Facets: which filters each is counted under, and what Meilisearch's numbers mean."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from search.meilisearch.asking import CountedFacets
from search.meilisearch.filters import facet_field, facet_value
from search.meilisearch.shape import parted
from search.types import AVAILABLE, MOST_FACET_VALUES, PRICE, FacetCounts, Filter, HasValue, IsAvailable, IsOneOf, PriceBetween, ValueCount


class FacetPlan(NamedTuple):
    """Facets that are counted under the same filters. "option" stands for all axes but those in `apart`."""

    filters: tuple[Filter, ...]
    facets: tuple[str, ...]
    apart: frozenset[str] = frozenset()

    @property
    def attributes(self) -> list[str]:
        return [attribute for facet in self.facets for attribute in _attributes(facet)]


def plans(facets: Sequence[str], filters: Sequence[Filter]) -> list[FacetPlan]:
    """A facet with filters on itself is counted without them; the others are counted together."""
    narrowed = {name for each in filters if (name := _facet_of(each)) is not None}
    apart = [name for name in sorted(narrowed) if name in facets or name.partition(":")[0] in facets]
    together = tuple(name for name in dict.fromkeys(facets) if name not in apart)
    found = [FacetPlan(tuple(filters), together, frozenset(apart))] if together else []
    return found + [FacetPlan(tuple(each for each in filters if _facet_of(each) != name), (name,)) for name in apart]


def counts_of(plan: FacetPlan, counted: CountedFacets | None) -> Iterator[FacetCounts]:
    counted = counted or CountedFacets()
    for facet in plan.facets:
        if facet == PRICE:
            yield FacetCounts(facet=PRICE, lowest=_bound(counted, "price_min"), highest=_bound(counted, "price_max"))
        elif facet in {"option", "attribute"}:
            found = (name.removeprefix(facet_field("")) for name in counted.distribution if name.startswith(facet_field(f"{facet}:")))
            yield from (_values(counted, name) for name in found if name not in plan.apart)
        else:
            yield _values(counted, facet)


def _attributes(facet: str) -> list[str]:
    if facet == PRICE:
        return ["price_min", "price_max"]
    name = f"{facet}:*" if facet in {"option", "attribute"} else facet_value(facet)
    return [facet_field(name), f"shown.{name}"]


def _facet_of(each: Filter) -> str | None:
    """The facet that is counted without it."""
    match each:
        case HasValue(facet, fixed=False):
            return facet.casefold()
        case IsAvailable():
            return AVAILABLE
        case PriceBetween():
            return PRICE
        case HasValue() | IsOneOf():
            return None


def _bound(counted: CountedFacets, field: str) -> int | None:
    bounds = counted.stats.get(field)
    if bounds is None:
        return None
    return round(bounds.min if field == "price_min" else bounds.max)


def _values(counted: CountedFacets, facet: str) -> FacetCounts:
    name = facet_value(facet)
    labels = dict(parted(shown) for shown in counted.distribution.get(f"shown.{name}", {}))
    numbers = counted.distribution.get(facet_field(name), {}).items()
    ordered = sorted(numbers, key=lambda each: (-each[1], each[0]))[:MOST_FACET_VALUES]
    return FacetCounts(facet=facet, values=tuple(ValueCount(value, labels.get(value, value), count) for value, count in ordered))
