"""The category tree, whole and in memory: a shop has hundreds of categories, not millions."""

from collections.abc import Iterable, Iterator

from spoina.catalog.types import Category
from spoina.ids import CategoryId


class CategoryTree:
    """Immutable. Siblings stand in the shop's order: position, then title, then id. A parent that is unknown, or a circle, makes a root."""

    def __init__(self, categories: Iterable[Category] = ()) -> None:
        ordered = sorted(categories, key=lambda each: (each.position, each.title.casefold(), each.id))
        self._by_id = {each.id: each for each in ordered}
        self._by_handle = {each.handle: each for each in reversed(ordered)}
        self._children: dict[CategoryId | None, list[Category]] = {}
        for each in ordered:
            self._children.setdefault(self._parent_of(each), []).append(each)

    @property
    def roots(self) -> tuple[Category, ...]:
        return tuple(self._children.get(None, ()))

    def by_id(self, category_id: CategoryId) -> Category | None:
        return self._by_id.get(category_id)

    def by_handle(self, handle: str) -> Category | None:
        return self._by_handle.get(handle)

    def children(self, category_id: CategoryId) -> tuple[Category, ...]:
        return tuple(self._children.get(category_id, ()))

    def descendants(self, category_id: CategoryId) -> tuple[Category, ...]:
        """Without the category itself; each parent before its children."""
        return tuple(self._below(category_id))

    def ancestors(self, category_id: CategoryId) -> tuple[Category, ...]:
        """From the root down to the parent, as a breadcrumb shows them."""
        path: list[Category] = []
        each = self._by_id.get(category_id)
        while each is not None and (parent_id := self._parent_of(each)) is not None:
            each = self._by_id[parent_id]
            path.append(each)
        return tuple(reversed(path))

    def __iter__(self) -> Iterator[Category]:
        """Every category, parents before their children, siblings in order."""
        for root in self.roots:
            yield root
            yield from self._below(root.id)

    def __len__(self) -> int:
        return len(self._by_id)

    def _below(self, category_id: CategoryId) -> Iterator[Category]:
        for child in self._children.get(category_id, ()):
            yield child
            yield from self._below(child.id)

    def _parent_of(self, category: Category) -> CategoryId | None:
        seen = {category.id}
        parent_id = category.parent_id
        while parent_id is not None and (parent := self._by_id.get(parent_id)) is not None:
            if parent_id in seen:
                return None
            seen.add(parent_id)
            parent_id = parent.parent_id
        return category.parent_id if category.parent_id in self._by_id else None
