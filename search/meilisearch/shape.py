"""A SearchDocument as Meilisearch keeps it.

Terms are written into fields as text, one term one word for Meilisearch's tokenizer. Typo tolerance is switched off by field, never by
query: so a text's terms stand in a field that takes words to the letter and, those without digits, in one that forgives. "18v" never finds
"12v", and a search may choose its fields.
"""

from collections.abc import Iterable, Sequence

import msgspec

from search.meilisearch.filters import facet_value
from search.phrases import phrases_of
from search.polish.vocabulary import POLISH_STOP_WORDS
from search.types import Analysed, FacetValue, SearchDocument
from spoina.catalog.labels import fold
from spoina.ids import ProductId

_IN_ONE_WORD = str.maketrans({".": "p", "/": "s", "-": "", "'": "", "_": ""})
_STOP = "stop"
SEPARATOR = "\x1f"
"""Between what is compared and what is shown of a facet's value, or of a suggestion."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """`facet` is filtered by and counted, `shown` tells the labels. Times are milliseconds since 1970, prices minor units."""

    id: ProductId
    hash: str
    title: str
    head: str
    title_terms: str
    title_forms: str
    key_terms: str
    body_terms: str
    codes: tuple[str, ...]
    fuzzy_head: str
    fuzzy_terms: str
    stops: str
    suggested: list[str]
    facet: dict[str, list[str]]
    shown: dict[str, list[str]]
    title_order: str
    created_at: int
    updated_at: int
    price_min: int | None
    price_max: int | None
    priced: int
    in_stock: int
    total_sales: int
    position: int


def indexed(document: SearchDocument) -> Indexed:
    return Indexed(
        id=document.id,
        hash=document.hash,
        title=document.title,
        head=_text(document.head),
        title_terms=_text(_kept(document.title_terms)),
        title_forms=_text(document.title_terms.forms),
        key_terms=_text((*_kept(document.key_terms), *document.key_terms.forms)),
        body_terms=_text(_kept(document.body_terms)),
        codes=document.codes,
        fuzzy_head=_text(filter(_is_word, document.head)),
        fuzzy_terms=_text(filter(_is_word, (*_all(document.title_terms), *_all(document.key_terms)))),
        stops=" ".join(stop_term(word) for word in document.title_terms.words if word in POLISH_STOP_WORDS),
        suggested=[f"{fold(phrase)}{SEPARATOR}{phrase}" for phrase in phrases_of(document.title)],
        facet=_by_facet(document.facets),
        shown=_labels(document.facets),
        title_order=fold(document.title),
        created_at=int(document.created_at.timestamp() * 1000),
        updated_at=int(document.updated_at.timestamp() * 1000),
        price_min=document.price_min,
        price_max=document.price_max,
        priced=int(document.price_min is not None),
        in_stock=int(document.available),
        total_sales=document.total_sales,
        position=document.position,
    )


def term(text: str) -> str:
    """The term as one word for Meilisearch, which would part it at a point, a stroke or a hyphen."""
    return text.translate(_IN_ONE_WORD)


def stop_term(word: str) -> str:
    """Meilisearch drops stop words from queries: a text of nothing else is searched by these."""
    return f"{_STOP}{word}"


def parted(kept: str) -> tuple[str, str]:
    """(what is compared, what is shown)."""
    compared, _, shown = kept.partition(SEPARATOR)
    return compared, shown


def _kept(terms: Analysed) -> Iterable[str]:
    return (*terms.words, *terms.lemmas)


def _all(terms: Analysed) -> Iterable[str]:
    return (*terms.words, *terms.lemmas, *terms.forms)


def _text(terms: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(map(term, terms)))


def _is_word(text: str) -> bool:
    return not any(map(str.isdigit, text))


def _by_facet(facets: Sequence[FacetValue]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for facet in facets:
        found.setdefault(facet_value(facet.facet), []).append(facet_value(facet.value))
    return found


def _labels(facets: Sequence[FacetValue]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for facet in facets:
        found.setdefault(facet_value(facet.facet), []).append(f"{facet_value(facet.value)}{SEPARATOR}{facet.label}")
    return found
