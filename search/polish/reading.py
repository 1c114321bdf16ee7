"""How a query is understood."""

import msgspec

Terms = tuple[str, ...]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """One word of a query.

    `text` is folded. `lemmas` are the dictionary forms it may stand for; never empty (an unknown word is its own stem). `typos` is how
    many letters may be wrong: 0 for numbers, units and what looks like a code. `alternatives` are synonyms: each a row of lemmas that
    all must be there. `open`: it may still be typed, so that it is also the beginning of longer words. `aside`: it follows a preposition
    and says what the thing is for, or made of, and not what it is.
    """

    text: str
    lemmas: Terms
    typos: int = 0
    alternatives: tuple[Terms, ...] = ()
    open: bool = False
    aside: bool = False

    @property
    def is_number(self) -> bool:
        """Or a quantity, or a mark with a digit in it: by itself it says nothing of what is looked for."""
        return any(map(str.isdigit, self.text))


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """`codes` are the ways in which the whole text, or a word of it, can be a SKU or GTIN. `variants` are other rows of words that mean the
    same: neighbours written as one ("młoto wiertarka"), synonyms of several words. `ignored` are stop words and words beyond the
    limit. `is_code`: the whole text is shaped like a SKU or GTIN, and whoever sends it wants that one or nothing."""

    words: tuple[Sought, ...] = ()
    variants: tuple[tuple[Sought, ...], ...] = ()
    codes: Terms = ()
    ignored: Terms = ()
    is_code: bool = False
