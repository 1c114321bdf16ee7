"""Texts of documents and queries, taken apart alike."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

from search.polish.codes import code_of, is_shaped_like_code, looks_like_code
from search.polish.distance import within
from search.polish.lexicon import Lexicon
from search.polish.reading import Reading, Sought, Terms
from search.polish.tokens import Token, tokens
from search.polish.vocabulary import POLISH_STOP_WORDS, Alternative, Vocabulary
from search.types import LONGEST_QUERY, MOST_WORDS, Analysed, SearchSettings, Span
from spoina.errors import LimitExceeded

ONE_TYPO_FROM, TWO_TYPOS_FROM = 5, 9
"""Letters; Meilisearch's own limits."""
MOST_VARIANTS = 8
_SHORT, _MOST_SHORT = 30, 5000
"""Characters of a text, and how many such texts are kept analysed: brands, categories, tags and options repeat from product to product."""
_SIZE_WORDS = frozenset({"rozm", "rozmiar", "rozmiary", "rozmiarze"})
"""Said before a size and meaning nothing without it."""
_PREPOSITIONS = frozenset({"bez", "dla", "do", "na", "nad", "o", "od", "po", "pod", "przed", "przy", "w", "we", "z", "za", "ze"})
_COLLECTIVES = frozenset({"zestaw", "komplet", "para", "pakiet", "opakowanie"})
"""A "zestaw nasadek" is as much about the nasadka."""


class Analysis:
    def __init__(self, lexicon: Lexicon, stop_words: frozenset[str] = POLISH_STOP_WORDS) -> None:
        self._lexicon, self._stop_words = lexicon, stop_words
        self._short_terms = lru_cache(_MOST_SHORT)(self._terms_of)

    def vocabulary(self, settings: SearchSettings) -> Vocabulary:
        return Vocabulary(settings, self._stop_words, self._lemma_sets)

    def terms(self, texts: Iterable[str], *, forms: bool = False) -> Analysed:
        parts = [self._short_terms(text, forms) if len(text) <= _SHORT else self._terms_of(text, forms) for text in texts]
        words, lemmas, inflected = (tuple(dict.fromkeys(chain.from_iterable(part[place] for part in parts))) for place in range(3))
        there = frozenset(words)
        return Analysed(words=words, lemmas=lemmas, forms=tuple(form for form in inflected if form not in there))

    def _terms_of(self, text: str, forms: bool) -> tuple[Terms, Terms, Terms]:
        written = list(_written(text))
        return (
            tuple(term for token in written for term in (token.folded, *token.also)),
            tuple(lemma for token in written for lemma in self._lemmas(token)),
            tuple(form for token in written if forms and not token.exact for form in self._lexicon.forms(token.text)),
        )

    def head(self, title: str) -> tuple[str, ...]:
        """Lemmas of the first noun, of the next one too where the first only counts; of what is written together with it by a hyphen."""
        found: list[str] = []
        counted = True
        for token in _written(title):
            if not counted and not token.glued:
                break
            lemmas = () if token.exact else self._lexicon.lemmas(token.text)
            # "Lniane" is a noun in the dictionary, too, as most adjectives are that somebody is named by.
            adjectives = {lemma.text for lemma in lemmas if not lemma.noun}
            nouns = [lemma.text for lemma in lemmas if lemma.noun and lemma.text not in adjectives]
            found += nouns
            # "Czarna kawa": what may be an adjective is followed by its noun.
            counted = counted and (len(nouns) < max(len(lemmas), 1) or not _COLLECTIVES.isdisjoint(nouns))
        return tuple(dict.fromkeys(found))

    def read(self, text: str, vocabulary: Vocabulary, *, prefix: bool) -> Reading:
        """Raises LimitExceeded("query") for a text of more than LONGEST_QUERY characters."""
        if len(text) > LONGEST_QUERY:
            raise LimitExceeded("query", LONGEST_QUERY, "characters")
        asked = _without_size_words(list(tokens(text)))
        unfinished = asked[-1] if prefix and asked and text[-1:].isalnum() else None
        kept, stopped = _without_stop_words(asked, vocabulary.stop_words)
        aside = _aside(asked)
        words = [self._sought(token, open_ended=token is unfinished, aside=token in aside) for token in kept[:MOST_WORDS]]
        alternatives = list(vocabulary.alternatives([frozenset(word.lemmas) for word in words]))
        return Reading(
            words=tuple(_with_synonyms(words, alternatives)),
            variants=tuple([*_variants(words, alternatives), *self._joined(kept[:MOST_WORDS], words)][:MOST_VARIANTS]),
            codes=_codes(text),
            ignored=tuple(token.text for token in (*stopped, *kept[MOST_WORDS:])),
            is_code=is_shaped_like_code(text),
        )

    def spans(self, title: str, reading: Reading) -> tuple[Span, ...]:
        """The parts of a title that a query found, in their order. A word that stands there is looked for no further; of one that does not,
        misspellings are."""
        words = [word for row in (reading.words, *reading.variants) for word in row]
        there = [(token, self._written_as(token)) for token in tokens(title)]
        found = {token: each for token, terms in there if (each := [word for word in words if _stands(word, terms)])}
        missing = [word for word in words if word.typos and not any(word in each for each in found.values())]
        misspelt = [token for token, terms in there if any(_misspells(word, terms) for word in missing)]
        return tuple(Span(token.start, token.end) for token, _ in there if token in found or token in misspelt)

    def _written_as(self, token: Token) -> frozenset[str]:
        forms = () if token.exact else self._lexicon.forms(token.text)
        return frozenset((token.folded, *token.also, *self._lemmas(token), *forms))

    def _lemmas(self, token: Token) -> tuple[str, ...]:
        if token.exact:
            return (token.folded, *token.also)
        return tuple(dict.fromkeys(lemma.text for lemma in self._lexicon.lemmas(token.text)))

    def _meant(self, token: Token) -> tuple[str, ...]:
        """The lemmas of a word that is asked for."""
        if token.exact:
            return (token.folded,)
        return tuple(dict.fromkeys(lemma.text for lemma in self._lexicon.lemmas(token.text) if lemma.whole))

    def _lemma_sets(self, text: str) -> tuple[frozenset[str], ...]:
        kept, _ = _without_stop_words(list(tokens(text)), self._stop_words)
        return tuple(frozenset(self._meant(token)) for token in kept)

    def _sought(self, token: Token, *, open_ended: bool, aside: bool) -> Sought:
        return Sought(text=token.folded, lemmas=self._meant(token), typos=_typos(token), open=open_ended, aside=aside)

    def _joined(self, kept: Sequence[Token], words: Sequence[Sought]) -> Iterator[tuple[Sought, ...]]:
        for index in range(len(words) - 1):
            first, second = kept[index], kept[index + 1]
            if first.exact or second.exact or len(first.folded) < 2 or len(second.folded) < 2:
                continue
            together = Token(first.text + second.text, first.folded + second.folded, first.start, second.end)
            joined = Sought(text=together.folded, lemmas=self._meant(together), open=words[index + 1].open)
            yield (*words[:index], joined, *words[index + 2 :])


def _written(text: str) -> Iterator[Token]:
    """The tokens, and after a hyphen both neighbours written together as well."""
    before: Token | None = None
    for token in tokens(text):
        if token.glued and before is not None and not token.exact and not before.exact:
            yield token._replace(also=(*token.also, before.folded + token.folded))
        else:
            yield token
        before = token


def _typos(token: Token) -> int:
    if token.exact or len(token.folded) < ONE_TYPO_FROM:
        return 0
    return 1 if len(token.folded) < TWO_TYPOS_FROM else 2


def _without_size_words(asked: list[Token]) -> list[Token]:
    return [token for index, token in enumerate(asked) if token.folded not in _SIZE_WORDS or index == len(asked) - 1]


def _without_stop_words(asked: Sequence[Token], stop_words: frozenset[str]) -> tuple[Sequence[Token], Sequence[Token]]:
    """Kept and left out. Of a text of stop words alone all are kept."""
    kept = [token for token in asked if token.folded not in stop_words]
    return (kept, [token for token in asked if token.folded in stop_words]) if kept else (asked, [])


def _aside(asked: Sequence[Token]) -> frozenset[Token]:
    """What follows a preposition, unless everything does: "tarcza do szlifierki" is a tarcza."""
    first = next((place for place, token in enumerate(asked) if token.folded in _PREPOSITIONS), 0)
    return frozenset(asked[first:]) if first else frozenset()


def _with_synonyms(words: Sequence[Sought], alternatives: Sequence[Alternative]) -> Iterator[Sought]:
    for index, word in enumerate(words):
        rows = tuple(each.row for each in alternatives if each.words == 1 and each.start == index)
        yield msgspec.structs.replace(word, alternatives=rows)


def _variants(words: Sequence[Sought], alternatives: Sequence[Alternative]) -> Iterator[tuple[Sought, ...]]:
    for start, length, row in alternatives:
        if length > 1:
            meant = (Sought(text=lemma, lemmas=(lemma,)) for lemma in row)
            yield (*words[:start], *meant, *words[start + length :])


def _codes(text: str) -> tuple[str, ...]:
    """The whole text and each of its words, where they can be codes."""
    candidates = (text, *text.split()) if len(text.split()) <= MOST_WORDS else ()
    return tuple(dict.fromkeys(code for each in candidates if looks_like_code(code := code_of(each))))


def _stands(word: Sought, terms: frozenset[str]) -> bool:
    if word.text in terms or not terms.isdisjoint(word.lemmas) or any(not terms.isdisjoint(row) for row in word.alternatives):
        return True
    return word.open and any(term.startswith(word.text) for term in terms)


@lru_cache(4096)
def _misspells(word: Sought, terms: frozenset[str]) -> bool:
    """Kept, because a page's titles share their words."""
    letters = frozenset(word.text)
    near = (term for term in terms if len(letters - frozenset(term)) <= word.typos)
    return any(within(word.typos, word.text, term, prefix=word.open) for term in near)
