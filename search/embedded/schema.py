"""What tantivy keeps of a document.

Texts come analysed: their terms are joined by spaces and tantivy splits them again, so that both engines search the same terms. The
fields of one text hold its words, lemmas and forms together, because a search asks for any of them. Each wider field holds what the
narrower one has, so that "in the title, the keys or the description" is one list to read and not three. Beginnings of words are terms of
their own: while somebody types, "wie" is one list of products, ten to fifty times faster to read than the union of all words' lists.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

import tantivy

from search.embedded.sorting import NUMERIC_ORDERS, TEXT_ORDERS, order_keys
from search.phrases import phrases_of
from search.types import (
    ATTRIBUTE_PREFIX,
    AVAILABLE,
    CATEGORY,
    OPTION_PREFIX,
    PRODUCT_TYPE,
    TAG,
    VENDOR,
    Analysed,
    FacetValue,
    SearchDocument,
)
from spoina.catalog.labels import fold

FORMAT = 1
"""Of the files: indices of another format are built anew."""
HEAD, TITLE, NEAR, ALL = "head", "title", "near", "all"
"""What it is; its title; title and keys (brand, categories, tags, options, attributes); all that and the description."""
BEGUN = {name: f"{name}_begun" for name in (HEAD, TITLE, NEAR)}
LONGEST_BEGINNING = 15
CODES, VALUES, PHRASES = "codes", "values", "phrases"
ID, HASH, SHOWN, LOWEST, HIGHEST = "id", "hash", "shown", "price_min", "price_max"
COUNTED = {name: f"count_{name}" for name in (VENDOR, PRODUCT_TYPE, TAG, CATEGORY, AVAILABLE, "option", "attribute")}
"""Facet -> the column its values are counted in."""
SEPARATOR = "\x1f"
_TERMS, _RAW = "terms", "raw"
_LONGEST_VALUE = 200
"""Characters of a facet's value and of its label: a tantivy term has room for 65,530 bytes, a shopper's screen for less."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in (HEAD, TITLE, NEAR, ALL, *BEGUN.values()):
        builder.add_text_field(name, tokenizer_name=_TERMS, index_option="basic")
    for name in (CODES, VALUES, PHRASES):
        builder.add_text_field(name, tokenizer_name=_RAW, index_option="basic")
    for name in (*COUNTED.values(), *TEXT_ORDERS):
        builder.add_text_field(name, tokenizer_name=_RAW, index_option="basic", fast=True)
    for name in (ID, LOWEST, HIGHEST):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in (HASH, *NUMERIC_ORDERS):
        builder.add_unsigned_field(name, fast=True)
    builder.add_text_field(SHOWN, stored=True, tokenizer_name=_RAW, index_option="basic")
    return builder.build()


def prepare(index: tantivy.Index) -> None:
    """Tokenizers live in the process, not in the files."""
    index.register_tokenizer(_TERMS, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def row_of(document: SearchDocument) -> tantivy.Document:
    row = tantivy.Document()
    row.add_unsigned(ID, document.id)
    row.add_unsigned(HASH, int(document.hash, 16))
    row.add_text(SHOWN, document.title)
    for name, terms in _texts(document):
        row.add_text(name, " ".join(terms))
        if name in BEGUN:
            row.add_text(BEGUN[name], " ".join(_beginnings(terms)))
    for name, values in ((CODES, document.codes), (VALUES, map(value_term, document.facets)), (PHRASES, _phrases(document.title))):
        for value in values:
            row.add_text(name, value)
    for each in document.facets:
        row.add_text(COUNTED[kind_of(each.facet)], SEPARATOR.join((each.facet, each.value[:_LONGEST_VALUE], each.label[:_LONGEST_VALUE])))
    for name, price in ((LOWEST, document.price_min), (HIGHEST, document.price_max)):
        if price is not None:
            row.add_unsigned(name, max(price, 0))
    for name, key in order_keys(document):
        row.add_text(name, key) if isinstance(key, str) else row.add_unsigned(name, key)
    return row


def kind_of(facet: str) -> str:
    """Options of all axes share a column, and so do attributes."""
    for prefix in (OPTION_PREFIX, ATTRIBUTE_PREFIX):
        if facet.startswith(prefix):
            return prefix[:-1]
    return facet


def value_term(value: FacetValue) -> str:
    return f"{value.facet}{SEPARATOR}{value.value[:_LONGEST_VALUE]}"


def _texts(document: SearchDocument) -> Iterator[tuple[str, Collection[str]]]:
    yield HEAD, document.head
    yield TITLE, _terms(document.title_terms)
    yield NEAR, _terms(document.title_terms, document.key_terms)
    yield ALL, _terms(document.title_terms, document.key_terms, document.body_terms)


def _terms(*texts: Analysed) -> Collection[str]:
    return {term for text in texts for each in (text.words, text.lemmas, text.forms) for term in each}


def _beginnings(terms: Iterable[str]) -> set[str]:
    return set().union(*map(_beginnings_of, terms))


@lru_cache(20_000)
def _beginnings_of(term: str) -> tuple[str, ...]:
    return tuple(term[:length] for length in range(1, min(len(term), LONGEST_BEGINNING) + 1))


def _phrases(title: str) -> Iterator[str]:
    """Folded to be found and as written to be shown."""
    yield from (f"{fold(phrase)}{SEPARATOR}{phrase}" for phrase in phrases_of(title))
