"""Filters as Meilisearch writes them: values quoted, names quoted, never a shopper's text outside of quotes."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from search.types import Filter, HasValue, IsAvailable, IsOneOf, PriceBetween

NOTHING = "id IN []"


def facet_field(facet: str) -> str:
    return f"facet.{facet}"


def expression(filters: Iterable[Filter]) -> list[str]:
    """All of them hold at once: the outer list of a Meilisearch filter means "and"."""
    return [part for each in filters for part in _parts(each)]


def only(facet_field_name: str, values: Sequence[str]) -> str:
    return f"{quoted(facet_field_name)} IN [{', '.join(map(quoted, values))}]" if values else NOTHING


def quoted(text: str) -> str:
    """A value without backslashes (`facet_value`): Meilisearch lets one escape the quotes and nothing else, itself neither."""
    escaped = facet_value(text).replace('"', '\\"')
    return f'"{escaped}"'


def facet_value(text: str) -> str:
    """A value, or a facet's name, as it is kept and compared."""
    return text.replace("\\", "\N{REVERSE SOLIDUS OPERATOR}")


def _parts(each: Filter) -> list[str]:
    match each:
        case HasValue(facet, any_of):
            return [only(facet_field(facet.casefold()), [value.casefold() for value in any_of])]
        case PriceBetween(lowest, highest):
            bounds = [f"price_max >= {lowest}"] if lowest is not None else []
            bounds += [f"price_min <= {highest}"] if highest is not None else []
            return bounds or ["price_min EXISTS AND price_min IS NOT NULL"]
        case IsAvailable(available):
            return [f"in_stock = {int(available)}"]
        case IsOneOf(ids, negated):
            listed = f"IN [{', '.join(map(str, ids))}]"
            return [f"id NOT {listed}" if negated else f"id {listed}"]
        case _:
            assert_never(each)
