"""One writer of one generation: products and the words they bring."""

from collections.abc import Mapping

from tantivy import Query

from search.embedded.schema import ID, row_of
from search.embedded.store import Files
from search.embedded.words import Words, add_words, words_of
from search.types import SearchDocument
from spoina.ids import ProductId

Changes = Mapping[ProductId, SearchDocument | None]
"""None: deleted."""
_WORDS_MEMORY = 16 * 1024 * 1024


class GenerationWriter:
    """Blocks. Left by an exception, or killed, it leaves the generation as its last commit made it."""

    def __init__(self, files: Files, memory: int) -> None:
        self._known = Words(files.words)
        self._new = set[str]()
        self._schema = files.products.schema
        self._products = files.products.writer(memory, 1)
        self._words = files.words.writer(_WORDS_MEMORY, 1)

    def apply(self, changes: Changes) -> None:
        for product_id, document in changes.items():
            # By a query, because tantivy's own deletion by term takes a number for a signed one and finds nothing.
            self._products.delete_documents_by_query(Query.term_query(self._schema, ID, product_id))
            if document is not None:
                self._products.add_document(row_of(document))
        brought = {word for document in changes.values() if document is not None for word in words_of(document)}
        unknown = self._known.unknown(brought - self._new)
        add_words(self._words, unknown)
        self._new |= unknown

    def commit(self) -> None:
        """Words first: those of products that are not there yet find nothing."""
        if self._new:
            self._words.commit()
        self._products.commit()

    def close(self) -> None:
        """What was not committed is lost."""
        for writer in (self._words, self._products):
            writer.rollback()
            writer.wait_merging_threads()
