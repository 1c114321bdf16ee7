"""SKUs and GTINs as they are compared: letters and digits alone, without case. "el-0001", "EL 0001" and "EL0001" are one code."""

import re

from spoina.catalog.labels import fold

SHORTEST_CODE = 3
LONGEST_CODE = 64
_GROUPED_DIGITS = re.compile(r"\d(?:[ -]?\d){7,}")
"""Of a GTIN-8 at least."""
_SEPARATORS = re.compile(r"[\W_]+")


def code_of(text: str) -> str:
    """ "" for what is no code: shorter than SHORTEST_CODE or longer than LONGEST_CODE."""
    code = _SEPARATORS.sub("", fold(text))
    return code if SHORTEST_CODE <= len(code) <= LONGEST_CODE else ""


def is_shaped_like_code(text: str) -> bool:
    """One piece with a digit in it ("OD-0230-01"), or digits alone in groups ("590 1234 123457")."""
    asked = text.strip()
    return any(letter.isdigit() for letter in asked) and (len(asked.split()) == 1 or _GROUPED_DIGITS.fullmatch(asked) is not None)


def looks_like_code(code: str) -> bool:
    """With a digit in it: words are never looked up as the beginning of a code."""
    return any(letter.isdigit() for letter in code)
