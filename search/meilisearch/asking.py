"""A reading of a query as the searches that together find what it means, and the answer to all of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from math import comb
from typing import Final, NamedTuple

import msgspec

from search.meilisearch.settings import CODES, FORGIVING, IN_TITLE, IN_TITLE_OR_KEYS, STOPS, TO_THE_LETTER
from search.meilisearch.shape import stop_term, term
from search.meilisearch.sorting import SCORE
from search.polish.reading import Reading, Sought
from search.polish.vocabulary import POLISH_STOP_WORDS
from spoina.ids import ProductId

MOST_SEARCHES: Final = 32
"""Of one federated request; the likelier readings come first."""
_MOST_PER_ROW: Final = 8
_SHORTEST_BEGUN_CODE: Final = 4
_CODE_WEIGHT: Final = 4.0
_BEGUN_WEIGHT: Final = 0.5
_BEGUN_WORD_WEIGHT: Final = 0.96
_DESCRIBED_WEIGHT: Final = 0.9
_SYNONYM_WEIGHT: Final = 0.95
_ASIDE_WEIGHT: Final = 0.7
Row = Sequence[Sought]


class FederationOptions(msgspec.Struct, frozen=True):
    weight: float


class Search(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One query of a federated request. `sort` and `filter` are the same in all of them."""

    index_uid: str
    q: str
    attributes_to_retrieve: tuple[str, ...]
    matching_strategy: str
    attributes_to_search_on: tuple[str, ...] | None = None
    filter: list[str] = []
    sort: list[str] = []
    federation_options: FederationOptions = FederationOptions(1.0)


class Federation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`page` and not an offset: with a page Meilisearch counts totals and facets to the end."""

    page: int
    hits_per_page: int
    facets_by_index: Mapping[str, Sequence[str]] = {}


class Federated(msgspec.Struct, frozen=True):
    federation: Federation
    queries: Sequence[Search]


class Placement(msgspec.Struct, frozen=True, rename="camel"):
    queries_position: int
    weighted_ranking_score: float = 0.0


class FoundHit(msgspec.Struct, frozen=True, kw_only=True):
    """With what the order went by, where it was asked for."""

    id: ProductId
    title: str = ""
    placement: Placement = msgspec.field(name="_federation")
    title_order: str = ""
    created_at: int = 0
    updated_at: int = 0
    price_min: int | None = None
    priced: int = 0
    in_stock: int = 0
    total_sales: int = 0
    position: int = 0

    @property
    def values(self) -> dict[str, int | float | str | None]:
        return {**msgspec.structs.asdict(self), SCORE: self.placement.weighted_ranking_score}


class Bounds(msgspec.Struct, frozen=True):
    min: float
    max: float


class CountedFacets(msgspec.Struct, frozen=True):
    distribution: dict[str, dict[str, int]] = {}
    stats: dict[str, Bounds] = {}


class Found(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    hits: list[FoundHit]
    total_hits: int
    facets_by_index: dict[str, CountedFacets] = {}


FOUND: Final = msgspec.json.Decoder(Found)


class Phrase(NamedTuple):
    """What one search looks for and where, and what an explanation calls it. A text without a space at its end may still be typed."""

    text: str
    reason: str
    fields: tuple[str, ...] | None = None
    weight: float = 1.0


class Attempt(NamedTuple):
    phrases: Sequence[Phrase]
    relaxed: bool = False


def attempts(reading: Reading, *, typos: bool, relax: bool = True) -> Iterator[Attempt]:
    """Ways to answer, strictest first; the first that finds anything is the answer."""
    yield Attempt(_phrases(reading, typos=False))
    if reading.is_code:
        return
    if typos and _may_be_misspelt(reading):
        yield Attempt(_phrases(reading, typos=True))
    meant = [word for word in reading.words if not word.aside]
    if relax and len(meant) < len(reading.words):
        yield Attempt(_distinct(_row_phrases(meant, "what it is", 1.0, typos=typos, described=False)), relaxed=True)
    for most in range(len(reading.words) - 1 if relax else 0, 0, -1):
        if comb(len(reading.words), most) <= MOST_SEARCHES // 2:
            numbers = all(word.is_number for word in reading.words)
            rows = (row for row in combinations(reading.words, most) if numbers or not all(word.is_number for word in row))
            weighed = ((row, _ASIDE_WEIGHT if all(word.aside for word in row) else 1.0) for row in rows)
            found = (each for row, weight in weighed for each in _row_phrases(row, "some words", weight, typos=typos, described=False))
            yield Attempt(_distinct(found), relaxed=True)


def _may_be_misspelt(reading: Reading) -> bool:
    return any(word.typos for row in (reading.words, *reading.variants) for word in row)


def _phrases(reading: Reading, *, typos: bool) -> Sequence[Phrase]:
    found = [Phrase(f"{code} ", "code", CODES, _CODE_WEIGHT) for code in reading.codes]
    if reading.words and all(word.text in POLISH_STOP_WORDS for word in reading.words):
        found.append(Phrase("".join(f"{stop_term(word.text)} " for word in reading.words), "words", STOPS))
    else:
        found += _row_phrases(reading.words, "words", 1.0, typos=typos)
    for row in reading.variants:
        found += _row_phrases(row, "variant", _SYNONYM_WEIGHT, typos=typos)
    for meant in _with_synonyms(reading.words):
        found += _row_phrases(meant, "synonym", _SYNONYM_WEIGHT, typos=typos)
    begun = [Phrase(code, "code begun", CODES, _BEGUN_WEIGHT) for code in reading.codes[:1] if len(code) >= _SHORTEST_BEGUN_CODE]
    return [*_distinct(found)[: MOST_SEARCHES - 1], *begun] or [Phrase("", "all")]


def searches(found: Sequence[Phrase], index: str, *, filters: list[str], sort: list[str], fields: tuple[str, ...]) -> list[Search]:
    return [
        Search(
            index_uid=index,
            q=phrase.text,
            attributes_to_retrieve=fields,
            matching_strategy="all",
            attributes_to_search_on=phrase.fields,
            filter=filters,
            sort=sort,
            federation_options=FederationOptions(phrase.weight),
        )
        for phrase in found
    ]


def covering_page(start: int, count: int) -> tuple[int, int]:
    """The smallest page that holds the hits [start, start + count): (its number from 1, its size)."""
    size = max(count, 1)
    while start // size != (start + max(count, 1) - 1) // size:
        size += 1
    return start // size + 1, size


def _row_phrases(row: Row, reason: str, weight: float, *, typos: bool, described: bool = True) -> Iterator[Phrase]:
    """The row as typed, by lemmas, and mixed: Meilisearch wants every word of a query, and each word may be there in either form.

    A whole word in a title comes before the beginning of one, and a word that is still being typed begins none in descriptions, where only
    rows that are `described` are looked for at all.
    """
    if not row:
        return
    forgiving = FORGIVING if typos else ()
    widest = TO_THE_LETTER if described else IN_TITLE_OR_KEYS
    for words in _mixed(row):
        text = " ".join(words)
        if row[-1].open:
            yield Phrase(f"{text} ", reason, IN_TITLE, weight)
            if words[-1] == term(row[-1].text):
                yield Phrase(text, reason, IN_TITLE_OR_KEYS + forgiving, weight * _BEGUN_WORD_WEIGHT)
            yield Phrase(f"{text} ", reason, widest, weight * _DESCRIBED_WEIGHT)
        else:
            yield Phrase(f"{text} ", reason, widest + forgiving, weight)


def _mixed(row: Row) -> Iterable[tuple[str, ...]]:
    """As typed, by lemmas, then what lies between."""
    forms = [tuple(dict.fromkeys(map(term, (word.text, *word.lemmas)))) for word in row]
    by_lemmas = tuple(each[-1] for each in forms)
    return dict.fromkeys([tuple(each[0] for each in forms), by_lemmas, *islice(product(*forms), _MOST_PER_ROW)])


def _with_synonyms(words: Row) -> Iterator[Row]:
    for place, word in enumerate(words):
        for alternative in word.alternatives:
            meant = [Sought(text=lemma, lemmas=(lemma,)) for lemma in alternative]
            yield [*words[:place], *meant, *words[place + 1 :]]


def _distinct(found: Iterable[Phrase]) -> list[Phrase]:
    """The first of those that look for the same."""
    first: dict[object, Phrase] = {}
    for phrase in found:
        first.setdefault((phrase.text, phrase.fields), phrase)
    return list(first.values())
