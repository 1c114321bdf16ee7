"""Texts as words, as Meilisearch's tokenizer sees Latin script: separated by whatever is no letter or digit, without case and marks."""

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
FAR = 8
"""Between two words that a full stop, or the end of an array's item, parts."""
_HARD = re.compile(r"[.;!?]\s|\n")


def normalised(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.lower()))


def positioned(value: object) -> Iterator[tuple[str, int]]:
    """(word, position) of everything in a field."""
    position = 0
    for text in _texts(value):
        end = 0
        for match in _WORD.finditer(text):
            if _HARD.search(text, end, match.start()):
                position += FAR
            yield normalised(match.group()), position
            position, end = position + 1, match.end()
        position += FAR


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    return ((normalised(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))


def is_number(word: str) -> bool:
    return word.isdecimal()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
