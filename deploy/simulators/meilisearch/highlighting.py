"""The words of a query, marked where they stand."""

from collections.abc import Sequence

from simulators.meilisearch.reading import Term
from simulators.meilisearch.typos import typos
from simulators.meilisearch.words import spans


def marked(value: object, terms: Sequence[Term], before: str, after: str) -> object:
    if isinstance(value, list):
        return [marked(item, terms, before, after) for item in value]
    if isinstance(value, dict):
        return {name: marked(inner, terms, before, after) for name, inner in value.items()}
    return _marked_text(value, terms, before, after) if isinstance(value, str) else value


def _marked_text(text: str, terms: Sequence[Term], before: str, after: str) -> str:
    written, end = [], 0
    for word, start, stop in spans(text):
        if any(_finds(term, word) for term in terms):
            written += [text[end:start], before, text[start:stop], after]
            end = stop
    return "".join([*written, text[end:]])


def _finds(term: Term, word: str) -> bool:
    if term.is_phrase:
        return word in term.words
    return typos(term.words[0], word, term.typos, prefix=term.prefix) is not None
