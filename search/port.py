"""The port: what a search engine does, whatever it is made of. tests/search/conformance holds every engine to it."""

from collections.abc import AsyncIterable, Sequence
from datetime import datetime
from typing import Protocol

from search.types import DocumentHash, IndexStatus, SearchDocument, SearchQuery, SearchResult, SearchSettings, Suggestion
from spoina.ids import ProductId


class SearchEngine(Protocol):
    """What every process asks. All methods raise SearchUnavailable while the engine cannot answer, and recover by themselves."""

    async def search(self, query: SearchQuery) -> SearchResult:
        """Raises LimitExceeded or InvalidInput, naming the field, for a query that cannot be answered.

        A text without any word in it (empty, emoji) finds what the filters let through, in the order asked for; a text of stop words
        alone is searched by them.
        """
        ...

    async def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Queries that begin as `text` does, the most frequent in titles first."""
        ...

    async def status(self) -> IndexStatus:
        """Reads the hash of every document."""
        ...

    async def built_at(self) -> datetime | None:
        """As `status` tells it, without reading documents."""
        ...

    async def settings(self) -> SearchSettings: ...

    async def close(self) -> None: ...


class SearchIndex(Protocol):
    """What the worker writes. Operations return when searches find what they wrote; each is safe to repeat.

    Raises Busy where another process is writing for longer than it may be waited for, LimitExceeded for a batch over LARGEST_BATCH.
    """

    async def upsert(self, documents: Sequence[SearchDocument]) -> None:
        """Adds them or puts them in the place of those with the same ids, all at once."""
        ...

    async def delete(self, ids: Sequence[ProductId]) -> None:
        """Unknown ids are fine."""
        ...

    async def rebuild(self, batches: AsyncIterable[Sequence[SearchDocument]]) -> IndexStatus:
        """A new index from nothing beside the live one, which answers until both are exchanged at once. What is written meanwhile is in
        the new one, too; if `batches` fails, the live one stays."""
        ...

    async def hashes(self, after: ProductId | None = None, limit: int = 1000) -> tuple[DocumentHash, ...]:
        """Documents of the live index by rising id: with these a drift is found and only what differs is written."""
        ...

    async def configure(self, settings: SearchSettings) -> None:
        """Holds from the next search; nothing needs to be built again."""
        ...
