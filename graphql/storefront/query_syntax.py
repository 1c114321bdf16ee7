"""The dialect's search syntax, as text typed into `query:`, read into a tree.

    query     = term { [ "AND" | "OR" ] term }        AND is implied and binds tighter than OR
    term      = [ "-" | "NOT" ] ( "(" query ")" | [ field ":" [ "<" | "<=" | ">" | ">=" ] ] value )
    value     = word | word"*" | "'" phrase "'" | '"' phrase '"'         a backslash takes the next character as it is

Shoppers type into it, so nothing they type is an error: what is left open is closed at the end, a stray parenthesis or connective is passed
over. Only the limits (length, terms, nesting) are refused. What the fields mean stands in storefront/search_fields.py.
"""

import re
from collections.abc import Iterator

import msgspec

from spoina.errors import LimitExceeded
from storefront.limits import SEARCH_NESTING, SEARCH_TERMS, SEARCH_TEXT


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A word or phrase, of one field if it names one; `operator` is one of = < <= > >=, `prefix` says that the word goes on."""

    value: str
    field: str | None = None
    operator: str = "="
    prefix: bool = False


class Negated(msgspec.Struct, frozen=True):
    of: "Expression"


class Every(msgspec.Struct, frozen=True):
    """No parts: everything."""

    parts: "tuple[Expression, ...]" = ()


class Either(msgspec.Struct, frozen=True):
    parts: "tuple[Expression, ...]"


Expression = Term | Negated | Every | Either

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=\S)) | (?P<word>(?:AND|OR|NOT)(?=[\s()]|$))
      | (?:(?P<field>[A-Za-z_][\w.]*):(?P<operator>[<>]=?)?)?
        (?: "(?P<double>(?:[^"\\]|\\.)*)"? | '(?P<single>(?:[^'\\]|\\.)*)'? | (?P<bare>(?:[^\s()\\]|\\.)+) )?
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class _Mark(msgspec.Struct, frozen=True):
    """( ) - AND OR NOT"""

    text: str


def parse_query(text: str) -> Expression:
    """Raises LimitExceeded."""
    if len(text) > SEARCH_TEXT:
        raise LimitExceeded("query", SEARCH_TEXT, "characters")
    tokens = list(_tokens(text))
    if sum(isinstance(token, Term) for token in tokens) > SEARCH_TERMS:
        raise LimitExceeded("query", SEARCH_TERMS, "terms")
    return _Reader(tokens).query()


def _tokens(text: str) -> Iterator[Term | _Mark]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.end() == place:
            place += 1
            continue
        place = found.end()
        if mark := found["open"] or found["close"] or found["minus"] or found["word"]:
            yield _Mark(mark)
        elif term := _term(found):
            yield term


def _term(found: re.Match[str]) -> Term | None:
    quoted = found["double"] if found["double"] is not None else found["single"]
    bare = found["bare"] or ""
    value = _ESCAPED.sub(r"\1", bare if quoted is None else quoted)
    prefix = quoted is None and bare.endswith("*") and not bare.endswith("\\*")
    if not value:
        return None
    return Term(value=value[:-1] if prefix else value, field=found["field"], operator=found["operator"] or "=", prefix=prefix)


class _Reader:
    def __init__(self, tokens: list[Term | _Mark]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    def query(self) -> Expression:
        """Up to the end: a parenthesis that closes nothing is passed over."""
        read = [self._either()]
        while self._next() is not None:
            self._place += 1
            read.append(self._either())
        return _every(read)

    def _next(self) -> Term | _Mark | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _takes(self, text: str) -> bool:
        token = self._next()
        if isinstance(token, _Mark) and token.text == text:
            self._place += 1
            return True
        return False

    def _either(self) -> Expression:
        parts = [self._every()]
        while self._takes("OR"):
            parts.append(self._every())
        parts = [part for part in parts if part != Every()]
        if len(parts) > 1:
            return Either(tuple(parts))
        return parts[0] if parts else Every()

    def _every(self) -> Expression:
        parts: list[Expression] = []
        while (token := self._next()) is not None and token not in _STOPS:
            if not self._takes("AND"):
                parts.append(self._one())
        return _every(parts)

    def _one(self) -> Expression:
        if self._takes("-") or self._takes("NOT"):
            token = self._next()
            if token is None or token in _STOPS:
                return Every()
            negated = self._one()
            return Every() if negated == Every() else Negated(negated)
        if self._takes("("):
            return self._group()
        token = self._next()
        self._place += 1
        return token if isinstance(token, Term) else Every()

    def _group(self) -> Expression:
        self._depth += 1
        if self._depth > SEARCH_NESTING:
            raise LimitExceeded("query", SEARCH_NESTING, "levels of parentheses")
        inner = self._either()
        self._takes(")")
        self._depth -= 1
        return inner


_STOPS = (_Mark(")"), _Mark("OR"))


def _every(parts: list[Expression]) -> Expression:
    real = [part for part in parts if part != Every()]
    return real[0] if len(real) == 1 else Every(tuple(real))
