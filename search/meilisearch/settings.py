"""The index's settings, as code: whatever a running index differs from these in is put right when it is opened for writing."""

from collections.abc import Mapping
from typing import Final

from search.polish.vocabulary import POLISH_STOP_WORDS
from search.types import SearchSettings

FURTHEST_HIT: Final = 20_000
"""Meilisearch pages no further than `maxTotalHits`, and slows down above this; totals and facets stay exact beyond it."""
MOST_COUNTED_VALUES: Final = 1_000
"""Values of a facet that Meilisearch counts at most; ours are cut to MOST_FACET_VALUES after they are ordered."""

IN_TITLE: Final = ("head", "title_terms", "title_forms")
IN_TITLE_OR_KEYS: Final = (*IN_TITLE, "key_terms")
TO_THE_LETTER: Final = (*IN_TITLE_OR_KEYS, "body_terms")
CODES: Final = ("codes",)
STOPS: Final = ("stops",)
FORGIVING: Final = ("fuzzy_head", "fuzzy_terms")

SEARCHABLE: Final = (*TO_THE_LETTER, *CODES, *STOPS, *FORGIVING)
"""By importance: where a word is found decides before how much of it. Typos are forgiven in the FORGIVING alone: a SKU, a GTIN or a size
with a wrong digit is another thing, and a word in a description that only looks like what was typed is noise."""

SORTABLE: Final = ("id", "title_order", "created_at", "updated_at", "price_min", "price_max", "priced", "total_sales", "position")

RANKING: Final = ("sort", "words", "typo", "attribute", "proximity", "exactness", "in_stock:desc", "total_sales:desc", "id:asc")
"""An order that was asked for comes first of all; between products that fit alike, what is in stock and what sells."""


def index_settings(words: SearchSettings) -> dict[str, object]:
    """Everything that can be set and matters here; only `synonyms` depends on the shop.

    Our own queries bring their synonyms and lose the shop's stop words before they are sent, so that a change of these holds at once; the
    settings repeat them for browsers that search with a tenant token.
    """
    return {
        "displayedAttributes": ["hash", "title", "in_stock", "facet", "shown", *SORTABLE],
        "searchableAttributes": list(SEARCHABLE),
        "filterableAttributes": ["id", "facet", "shown", "price_min", "price_max", "in_stock", "suggested"],
        "sortableAttributes": list(SORTABLE),
        "rankingRules": list(RANKING),
        "stopWords": sorted(POLISH_STOP_WORDS),
        "synonyms": _synonyms(words),
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
            "disableOnAttributes": [field for field in SEARCHABLE if field not in FORGIVING],
            "disableOnNumbers": True,
        },
        "faceting": {"maxValuesPerFacet": MOST_COUNTED_VALUES, "sortFacetValuesBy": {"*": "count"}},
        "pagination": {"maxTotalHits": FURTHEST_HIT},
        "proximityPrecision": "byAttribute",
    }


def differences(running: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    """The part of `wanted` that is not so."""
    return {name: value for name, value in wanted.items() if not _is_so(name, running.get(name), value)}


_ORDERED: Final = frozenset({"searchableAttributes", "rankingRules"})


def _is_so(name: str, running: object, wanted: object) -> bool:
    """Lists that mean sets come back in another order, objects with members that we leave alone; but every synonym is ours."""
    if isinstance(wanted, list) and isinstance(running, list) and name not in _ORDERED:
        return sorted(running) == sorted(wanted)
    if isinstance(wanted, dict) and isinstance(running, dict) and name != "synonyms":
        return all(_is_so(key, running.get(key), inner) for key, inner in wanted.items())
    return running == wanted


def _synonyms(words: SearchSettings) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in words.synonyms:
        for member in group:
            found.setdefault(member.lower(), []).extend(other.lower() for other in group if other != member)
    for typed, meant in words.one_way:
        found.setdefault(typed.lower(), []).extend(text.lower() for text in meant)
    return {typed: sorted(set(meant)) for typed, meant in sorted(found.items())}
