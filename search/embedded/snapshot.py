"""One committed state of the index, as searches see it."""

from datetime import datetime

import tantivy
from tantivy import FieldType, Order, Query

from search.embedded.combining import all_of
from search.embedded.schema import ID
from search.embedded.store import Files
from search.embedded.words import Words
from search.types import SearchSettings


class Snapshot:
    """May be used in several threads at once."""

    def __init__(self, files: Files, generation: int, built_at: datetime | None, settings: SearchSettings) -> None:
        self.index, self.generation, self.built_at, self.settings = files.products, generation, built_at, settings
        self.index.reload()
        self.words = Words(files.words)
        self.schema = self.index.schema
        self.searcher = self.index.searcher()

    def ids_after(self, after: int, limit: int) -> list[tantivy.DocAddress]:
        rising = Query.range_query(self.schema, ID, FieldType.Unsigned, lower_bound=after, include_lower=False)
        found = self.searcher.search(all_of([rising]), limit, count=False, order_by_field=ID, order=Order.Asc)
        return [address for _, address in found.hits]

    def values(self, column: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        return [int(value or 0) for value in self.searcher.fast_field_values(column, addresses)]
