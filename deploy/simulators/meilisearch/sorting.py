"""Documents in an order that was asked for, outside of searches."""

from collections.abc import Sequence
from functools import cmp_to_key

from simulators.meilisearch.collection import Collection, Key
from simulators.meilisearch.searching import Ranked, compare, sort_value


def ordered(keys: Sequence[Key], collection: Collection, sorts: Sequence[tuple[str, bool]]) -> list[Key]:
    by = [Ranked(key, tuple(sort_value(collection, key, name, downwards=downwards) for name, downwards in sorts), 1.0) for key in keys]
    return [each.key for each in sorted(by, key=cmp_to_key(compare))]
