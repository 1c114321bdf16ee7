"""Texts taken apart: words, numbers, and numbers with a unit, which are brought to one unit of their kind ("1,5 l" is 1500 ml)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from spoina.catalog.labels import fold

LONGEST_TOKEN = 60
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,]\d+)?(?:/\d+)?)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)")
_BETWEEN_NUMBER_AND_UNIT = {"", " ", "\u00a0", "\u202f", "-"}

_KINDS: dict[str, dict[str, int | str]] = {
    "ml": {"ml": 1, "mililitr": 1, "cl": 10, "dl": 100, "l": 1000, "litr": 1000, "litry": 1000, "litrow": 1000, "litra": 1000},
    "g": {"mg": "0.001", "g": 1, "gram": 1, "gramy": 1, "gramow": 1, "dag": 10, "dkg": 10, "kg": 1000, "kilo": 1000, "kilogram": 1000,
          "kilogramy": 1000, "kilogramow": 1000},
    "mm": {"mm": 1, "cm": 10, "m": 1000, "metr": 1000, "metry": 1000, "metrow": 1000},
    "w": {"w": 1, "wat": 1, "watow": 1, "kw": 1000},
    "v": {"v": 1, "volt": 1, "wolt": 1, "woltow": 1},
    "mah": {"mah": 1, "ah": 1000},
    "wh": {"wh": 1, "kwh": 1000},
    "mb": {"mb": 1, "gb": 1000, "tb": 1_000_000},
    "szt": {"szt": 1, "sztuka": 1, "sztuki": 1, "sztuk": 1},
    "cal": {"cal": 1, "cala": 1, "cale": 1, "cali": 1},
    "hz": {"hz": 1, "khz": 1000},
    "lm": {"lm": 1, "lumen": 1, "lumenow": 1},
    "j": {"j": 1},
    "nm": {"nm": 1},
    "bar": {"bar": 1, "bary": 1, "barow": 1},
}  # fmt: skip
UNITS = {name: (unit, Decimal(factor)) for unit, names in _KINDS.items() for name, factor in names.items()}
"""Folded name -> the kind's unit and how many of it one is."""


class Token(NamedTuple):
    """`text` as it stands there, for the lexicon; `folded` as it is compared. `also`: what else finds it (the bare number of a quantity,
    a word written together). `exact`: numbers, quantities and mixed marks ("M8"), which never have typos. `glued`: nothing stands between
    it and the token before but a hyphen."""

    text: str
    folded: str
    start: int
    end: int
    exact: bool = False
    also: tuple[str, ...] = ()
    glued: bool = False


def tokens(text: str) -> Iterator[Token]:
    """In the order of the text."""
    waiting: Token | None = None
    for token in _plain(text):
        if waiting is not None and (merged := _merged(text, waiting, token)) is not None:
            waiting = merged
            continue
        if waiting is not None:
            yield waiting
        waiting = token
    if waiting is not None:
        yield waiting


def _plain(text: str) -> Iterator[Token]:
    before = -1
    for match in _TOKEN.finditer(text):
        found = match.group()[:LONGEST_TOKEN]
        start, end = match.start(), match.start() + len(found)
        number = match.lastgroup == "number"
        folded = number_of(found) if number else fold(found).replace("'", "").replace("’", "")
        glued = before >= 0 and text[before:start] == "-"
        before = end
        if folded:
            yield Token(found, folded, start, end, exact=number, glued=glued)


def number_of(text: str) -> str:
    """A point for the comma, without zeros that say nothing: "1,50" is "1.5". Whole numbers stay as they are ("007")."""
    whole = fold(text).replace(",", ".")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _merged(text: str, first: Token, second: Token) -> Token | None:
    """A number and its unit, or letters and digits without anything between them."""
    between = text[first.end : second.start]
    if first.exact and not second.exact and second.folded in UNITS and between in _BETWEEN_NUMBER_AND_UNIT:
        if quantity := _quantity(first.folded, second.folded):
            return Token(
                text[first.start : second.end], quantity, first.start, second.end, exact=True, also=(first.folded,), glued=first.glued
            )
    elif between == "" and (first.exact or second.exact) and len(first.folded) + len(second.folded) <= LONGEST_TOKEN:
        also = tuple(dict.fromkeys((*(first.also or (first.folded,)), second.folded)))
        return Token(text[first.start : second.end], first.folded + second.folded, first.start, second.end, exact=True, also=also)
    return None


def _quantity(number: str, unit: str) -> str:
    kind, factor = UNITS[unit]
    if not number.replace(".", "", 1).isascii() or not number.replace(".", "", 1).isdigit():
        return f"{number}{kind}" if factor == 1 else ""
    amount = format((Decimal(number) * factor).normalize(), "f")
    return f"{amount}{kind}"
