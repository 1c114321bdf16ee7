"""What queries may be suggested: rows of a title's words."""

from collections.abc import Iterable

from search.polish.tokens import UNITS
from search.polish.vocabulary import POLISH_STOP_WORDS
from search.types import Suggestion
from spoina.catalog.labels import fold

LONGEST_PHRASE = 3
"""Words."""
_AROUND = ".,;:!?()[]{}„”\"'–-"


def phrases_of(title: str) -> tuple[str, ...]:
    """Each once, case-folded, from every word on: "koc", "koc wełniany", "wełniany" of "Koc wełniany". None that begins with a number or a
    unit, or begins or ends with a word that nobody searches by."""
    stripped = (word.strip(_AROUND).casefold() for word in title.split())
    words = [word for word in stripped if any(map(str.isalnum, word))]
    rows = (
        words[start : start + length] for start in range(len(words)) for length in range(1, min(LONGEST_PHRASE, len(words) - start) + 1)
    )
    return tuple(dict.fromkeys(" ".join(row) for row in rows if _may_begin(row[0]) and fold(row[-1]) not in POLISH_STOP_WORDS))


def _may_begin(word: str) -> bool:
    folded = fold(word)
    return folded not in POLISH_STOP_WORDS and folded not in UNITS and any(map(str.isalpha, folded))


def suggestions(found: Iterable[tuple[str, str, int]], limit: int) -> tuple[Suggestion, ...]:
    """From (folded, as written, products). Phrases that differ only in diacritics are one, as the most frequent is written; a phrase that
    another one, found as often, goes on from is left out."""
    merged: dict[str, Suggestion] = {}
    for folded, shown, count in sorted(found, key=lambda each: -each[2]):
        known = merged.get(folded)
        merged[folded] = Suggestion(known.text, known.count + count) if known is not None else Suggestion(shown, count)
    longer = {(one, merged[other].count) for one in merged for other in merged if other.startswith(f"{one} ")}
    kept = [each for folded, each in merged.items() if (folded, each.count) not in longer]
    return tuple(sorted(kept, key=lambda each: (-each.count, each.text))[:limit])
