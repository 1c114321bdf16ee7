"""What segments are read from: the search engine, the catalogue, a list of products."""

from collections.abc import Sequence

from msgspec.structs import replace

from search.types import SearchQuery, SearchResult
from spoina.catalog.listing import ListingQuery
from spoina.ids import ProductId
from storefront.finding.segments import Asked, Part
from storefront.ports import CatalogReader, ProductSearch


class Searched:
    """What the engine finds."""

    def __init__(self, search: ProductSearch, query: SearchQuery) -> None:
        self._search, self._query = search, query
        self._result: SearchResult | None = None

    async def part(self, asked: Asked) -> Part:
        query = replace(self._query, limit=asked.size, after=asked.after, before=asked.before, backward=asked.backward)
        self._result = result = await self._search.search(query)
        return Part(
            ids=[hit.id for hit in result.hits],
            cursors=[hit.cursor for hit in result.hits],
            has_next=result.has_next,
            has_previous=result.has_previous,
        )

    async def total(self) -> int:
        return (await self._answered()).total

    async def relaxed(self) -> bool:
        """Whether nothing has all words of the text."""
        return (await self._answered()).relaxed

    async def _answered(self) -> SearchResult:
        if self._result is None:
            self._result = await self._search.search(replace(self._query, limit=1))
        return self._result


class Listed:
    """What the catalogue lists."""

    def __init__(self, catalog: CatalogReader, query: ListingQuery) -> None:
        self._catalog, self._query = catalog, query

    async def part(self, asked: Asked) -> Part:
        query = replace(self._query, limit=asked.size, after=asked.after, before=asked.before, backward=asked.backward)
        listing = await self._catalog.listing(query)
        return Part(ids=listing.ids, cursors=listing.cursors, has_next=listing.has_next, has_previous=listing.has_previous)

    async def total(self) -> int:
        return await self._catalog.count(self._query.condition)


class Named:
    """These products in this order. A cursor is a product's number; one that is not there any more is the beginning, or the end."""

    def __init__(self, ids: Sequence[ProductId]) -> None:
        self._ids = ids
        self._places = {str(each): place for place, each in enumerate(ids)}

    async def part(self, asked: Asked) -> Part:
        low = self._places.get(asked.after or "", -1) + 1
        high = max(low, self._places.get(asked.before or "", len(self._ids)))
        start, end = (max(low, high - asked.size), high) if asked.backward else (low, min(high, low + asked.size))
        chosen = self._ids[start:end]
        return Part(ids=chosen, cursors=list(map(str, chosen)), has_next=end < len(self._ids), has_previous=start > 0)

    async def total(self) -> int:
        return len(self._ids)
