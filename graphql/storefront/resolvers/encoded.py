"""The dialect's encoding of which combinations of option values there are (`v1_`): a trie over the values' places, level by level.

Values of the last option are written as runs, "0-2 4"; a value of another option is followed by ":" and everything below it; each run and
each group ends with ",". A product with one option has runs only: "v1_0-2 4".
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from itertools import product as combinations

from strawberry import Parent

from spoina.catalog import types as catalog
from storefront.resolvers.option_reads import options_of, selected_of
from storefront.standing import Settled

Places = tuple[int, ...]
MOST = 10_000
"""An open axis stands for all of its values; past this many combinations nothing is said, which the dialect allows."""


def encoded_variant_existence(product: Parent[catalog.Product]) -> str | None:
    return _encoded(product, product.variants)


def encoded_variant_availability(product: Parent[catalog.Product], info: Settled) -> str | None:
    return _encoded(product, filter(info.context.for_sale, product.variants))


def _encoded(product: catalog.Product, variants: Iterable[catalog.Variant]) -> str | None:
    found: set[Places] = set()
    for variant in variants:
        found.update(_places(variant, product))
        if len(found) > MOST:
            return None
    return encode(sorted(found))


def _places(variant: catalog.Variant, product: catalog.Product) -> Iterable[Places]:
    chosen = {option.name: option.value for option in selected_of(variant, product)}
    return combinations(*(_axis(axis, chosen.get(axis.name)) for axis in options_of(product)))


def _axis(axis: catalog.Option, value: str | None) -> Sequence[int]:
    if value is None:
        return range(len(axis.values))
    return (axis.values.index(value),) if value in axis.values else ()


def encode(found: Sequence[Places]) -> str:
    """`found` in ascending order, all of one length."""
    return "v1_" + (_runs([place[0] for place in found]) if found and len(found[0]) == 1 else _level(found, 0))


def _level(found: Sequence[Places], depth: int) -> str:
    if found and depth == len(found[0]) - 1:
        return _runs([places[depth] for places in found]) + ","
    groups = groupby(found, key=lambda places: places[depth])
    below = "".join(f"{value}:{_level(list(group), depth + 1)}" for value, group in groups)
    return below + "," if depth else below


def _runs(values: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return " ".join("-".join(map(str, run)) for run in runs)
