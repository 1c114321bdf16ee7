"""The words of all titles and keys, each once, in a small index of their own.

Looking through all words for those that are nearly like one is what makes a misspelling expensive: 0.6 ms (one letter) to 2 ms (two) at
120,000 words, and again wherever the query is used, for counting, for every rank and every facet. Here it is done once for a word;
the words it finds then are ordinary ones. tantivy's automata are exact; an index of deletions in memory is faster, but
every process would have to hold it, and to make it again after each change.
"""

from collections.abc import Iterable

import tantivy
from tantivy import Query

from search.polish.reading import Sought
from search.types import SearchDocument

WORDS_FOLDER = "words"
_WORD = "word"
_SHORTEST = 4
_MOST_MEANT = 400
"""Words that one misspelling, or the misspelt beginning of a word, can stand for."""


def words_schema() -> tantivy.Schema:
    return tantivy.SchemaBuilder().add_text_field(_WORD, fast=True, tokenizer_name="raw", index_option="basic").build()


def words_of(document: SearchDocument) -> Iterable[str]:
    """Those that can be misspelt."""
    texts = (document.title_terms, document.key_terms)
    terms = (term for text in texts for each in (text.words, text.lemmas, text.forms) for term in each)
    return {term for term in terms if len(term) >= _SHORTEST and term.isalpha()}


def add_words(writer: tantivy.IndexWriter, words: Iterable[str]) -> None:
    for word in words:
        row = tantivy.Document()
        row.add_text(_WORD, word)
        writer.add_document(row)


class Words:
    """One state of them. Words of deleted products stay until the next rebuild, and find nothing."""

    def __init__(self, index: tantivy.Index) -> None:
        index.reload()
        self._schema, self._searcher = index.schema, index.searcher()

    def meant_by(self, word: Sought) -> tuple[str, ...]:
        """What it may be a misspelling of: of two letters only if there is nothing of one."""
        for distance in range(1, word.typos + 1):
            query = Query.fuzzy_term_query(self._schema, _WORD, word.text, distance=distance, prefix=word.open)
            found = self._searcher.search(query, _MOST_MEANT, count=False, order_by_field=_WORD, order=tantivy.Order.Asc)
            if found.hits:
                return tuple(dict.fromkeys(str(term) for term, _ in found.hits))
        return ()

    def unknown(self, words: Iterable[str]) -> set[str]:
        return {word for word in words if not self._searcher.doc_freq(_WORD, word)}
