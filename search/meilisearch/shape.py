"""A SearchDocument as Meilisearch keeps it.

Terms are written into fields as text, one term one word for Meilisearch's tokenizer; terms with a digit have fields of their own, because
typo tolerance is switched off by field and "18v" must never find "12v".
"""

from collections.abc import Iterable, Sequence

import msgspec

from search.polish.vocabulary import POLISH_STOP_WORDS
from search.types import Analysed, FacetValue, SearchDocument
from spoina.catalog.labels import fold
from spoina.ids import ProductId

_IN_ONE_WORD = str.maketrans({".": "p", "/": "s", "-": "", "'": "", "_": ""})
_STOP = "stop"
_LABEL = "\x1f"
"""Between a facet's value and its label; neither holds a control character."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """`facet` is filtered by and counted, `shown` tells the labels. Times are milliseconds since 1970, prices minor units."""

    id: ProductId
    hash: str
    title: str
    head: str
    codes: tuple[str, ...]
    title_terms: str
    title_numbers: str
    title_forms: str
    key_terms: str
    key_numbers: str
    key_forms: str
    body_terms: str
    body_numbers: str
    stops: str
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
        codes=document.codes,
        title_terms=_text(_letters(document.title_terms)),
        title_numbers=_text(_numbers(document.title_terms)),
        title_forms=_text(document.title_terms.forms),
        key_terms=_text(_letters(document.key_terms)),
        key_numbers=_text(_numbers(document.key_terms)),
        key_forms=_text(document.key_terms.forms),
        body_terms=_text(_letters(document.body_terms)),
        body_numbers=_text(_numbers(document.body_terms)),
        stops=" ".join(stop_term(word) for word in document.title_terms.words if word in POLISH_STOP_WORDS),
        facet=_by_facet(document.facets, document.available),
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


def label_of(shown: str) -> tuple[str, str]:
    """(value, label) of what `shown` holds."""
    value, _, label = shown.partition(_LABEL)
    return value, label


def _letters(terms: Analysed) -> Iterable[str]:
    return (word for word in (*terms.words, *terms.lemmas) if not _has_digit(word))


def _numbers(terms: Analysed) -> Iterable[str]:
    return (word for word in (*terms.words, *terms.lemmas) if _has_digit(word))


def _text(terms: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(map(term, terms)))


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _by_facet(facets: Sequence[FacetValue], available: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"available": ["true" if available else "false"]}
    for facet in facets:
        found.setdefault(facet.facet, []).append(facet.value)
    return found


def _labels(facets: Sequence[FacetValue]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for facet in facets:
        found.setdefault(facet.facet, []).append(f"{facet.value}{_LABEL}{facet.label}")
    return found
