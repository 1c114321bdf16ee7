"""Where a product stands among our categories, and among the channel's: mappings are inherited down the tree."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Category
from spoina.errors import InvalidInput
from spoina.ids import CategoryId

Branches = Callable[[Sequence[str], str], frozenset[int]]
"""Says of handles which categories they and all below them are. Raises InvalidInput naming the field it is given."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """`mapped_at`: the category of ours whose mapping holds here, "" without one."""

    path: tuple[str, ...] = ()
    product_type: str = ""
    channel_category: str = ""
    mapped_at: str = ""


_NOWHERE = Place()


class Places:
    def __init__(self, tree: CategoryTree, mapping: Mapping[str, str]) -> None:
        self._places = {category.id: _place(tree, category, mapping) for category in tree}
        self.known: dict[tuple[int, ...], Place] = {}

    def of(self, category_ids: tuple[int, ...]) -> Place:
        """Of several categories the deepest; among those a mapped one; then the first the product names."""
        place = self.known.get(category_ids)
        if place is None:
            place = self.known[category_ids] = self._best(category_ids)
        return place

    def _best(self, category_ids: Sequence[int]) -> Place:
        places = [self._places[CategoryId(number)] for number in category_ids if CategoryId(number) in self._places]
        best = max(places, key=lambda place: (len(place.path), bool(place.channel_category)), default=_NOWHERE)
        mapped = max((place for place in places if place.channel_category), key=lambda place: len(place.path), default=best)
        return msgspec.structs.replace(best, channel_category=mapped.channel_category, mapped_at=mapped.mapped_at)


def whole_branches(tree: CategoryTree, handles: Sequence[str], field: str) -> frozenset[int]:
    """The categories and all below them. Raises InvalidInput for a handle that no category has."""
    found: set[int] = set()
    for handle in handles:
        category = tree.by_handle(handle)
        if category is None:
            raise InvalidInput(field, f"the shop has no category {handle!r}")
        found.update((category.id, *(each.id for each in tree.descendants(category.id))))
    return frozenset(found)


def _place(tree: CategoryTree, category: Category, mapping: Mapping[str, str]) -> Place:
    branch = (*tree.ancestors(category.id), category)
    mapped = next((each.handle for each in reversed(branch) if each.handle in mapping), "")
    path = tuple(each.title for each in branch)
    return Place(path=path, product_type=" > ".join(path), channel_category=mapping.get(mapped, ""), mapped_at=mapped)
