"""Filter expressions: `genres IN [horror, comedy] AND (price < 20 OR NOT director EXISTS)`, as strings and as lists of strings."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from simulators.meilisearch.errors import ApiError
from simulators.meilisearch.words import normalised

Flat = Mapping[str, Sequence[object]]
"""A document's fields by dotted name, each as the list of its values."""
Holds = Callable[[Flat], bool]
Filterable = Callable[[str], bool]
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<sign><=|>=|!=|[=<>()\[\],])|(?P<word>[\w.\-*/]+))""")
_COMPARES: dict[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def flattened(document: Mapping[str, object]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    _flatten("", document, found)
    return found


def compiled(filter_: object, filterable: Filterable, code: str = "invalid_search_filter") -> Holds:
    """Lists: the outer means "and", an inner one "or"."""
    if filter_ is None or filter_ == "" or filter_ == []:
        return lambda _: True
    if isinstance(filter_, str):
        return _Parser(filter_, filterable, code).whole()
    if not isinstance(filter_, list):
        raise ApiError(code, f"Invalid syntax for the filter parameter: `expected String, Array, found: {filter_}`.")
    parts = [_alternatives(part, filterable, code) if isinstance(part, list) else compiled(part, filterable, code) for part in filter_]
    return lambda flat: all(part(flat) for part in parts)


def _alternatives(parts: Sequence[object], filterable: Filterable, code: str) -> Holds:
    return _any([compiled(part, filterable, code) for part in parts])


class _Parser:
    def __init__(self, text: str, filterable: Filterable, code: str) -> None:
        self._text, self._filterable, self._code = text, filterable, code
        self._tokens = list(self._read(text))
        self._at = 0

    def whole(self) -> Holds:
        holds = self._or()
        if self._at < len(self._tokens):
            raise self._error(f"Found unexpected characters at the end of the filter: `{self._tokens[self._at][0]}`.")
        return holds

    def _read(self, text: str) -> Iterable[tuple[str, bool]]:
        """(token, whether it was quoted)."""
        end = 0
        while text[end:].strip():
            match = _TOKEN.match(text, end)
            if match is None:
                raise self._error(f"Was expecting an operation but instead got `{text[end:].strip()}`.")
            end = match.end()
            quoted = match["quoted"]
            yield (quoted[1:-1].replace(f"\\{quoted[0]}", quoted[0]), True) if quoted else (match["sign"] or match["word"], False)

    def _or(self) -> Holds:
        parts = [self._and()]
        while self._take("OR"):
            parts.append(self._and())
        return _any(parts)

    def _and(self) -> Holds:
        parts = [self._not()]
        while self._take("AND"):
            parts.append(self._not())
        return lambda flat: all(part(flat) for part in parts)

    def _not(self) -> Holds:
        if self._take("NOT"):
            inner = self._not()
            return lambda flat: not inner(flat)
        if self._take("("):
            inner = self._or()
            self._expect(")")
            return inner
        return self._condition()

    def _condition(self) -> Holds:
        field = self._next()
        if not self._filterable(field):
            raise self._error(f"Attribute `{field}` is not filterable.")
        negated = self._take("NOT")
        holds = self._operation(field)
        return (lambda flat: not holds(flat)) if negated else holds

    def _operation(self, field: str) -> Holds:
        operator = self._next()
        match operator:
            case "EXISTS":
                return lambda flat: field in flat
            case "IS":
                return self._is(field)
            case "IN":
                wanted = [_comparable(value) for value in self._listed()]
                return lambda flat: any(_comparable(value) in wanted for value in flat.get(field, ()))
            case "=" | "!=":
                equal = _equals(field, _comparable(self._next()))
                return equal if operator == "=" else lambda flat: not equal(flat)
            case "STARTS":
                self._expect("WITH")
                begun = normalised(self._next())
                return lambda flat: any(isinstance(each, str) and normalised(each).startswith(begun) for each in flat.get(field, ()))
            case "<" | "<=" | ">" | ">=":
                return _compares(field, _COMPARES[operator], self._number())
        low = self._as_number(operator)
        self._expect("TO")
        high = self._number()
        return lambda flat: any(low <= each <= high for each in _numbers(flat, field))

    def _is(self, field: str) -> Holds:
        negated = self._take("NOT")
        kind = self._next()
        if kind not in {"EMPTY", "NULL"}:
            raise self._error(f"Was expecting `EMPTY` or `NULL` but instead got `{kind}`.")
        found = (lambda flat: flat.get(field) in ([], [""])) if kind == "EMPTY" else (lambda flat: flat.get(field) == [None])
        return (lambda flat: field in flat and not found(flat)) if negated else found

    def _listed(self) -> list[str]:
        self._expect("[")
        found = []
        while not self._take("]"):
            found.append(self._next())
            if not self._take(","):
                self._expect("]")
                break
        return found

    def _number(self) -> float:
        return self._as_number(self._next())

    def _as_number(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise self._error(f"Was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`, `TO`, `EXISTS`, got `{text}`.") from None

    def _take(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (word, False):
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._error(f"Was expecting `{word}`.")

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise self._error("Was expecting a value but instead got nothing.")
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _error(self, reason: str) -> ApiError:
        return ApiError(self._code, f"{reason}\n1:{len(self._text) + 1} {self._text}")


def _any(parts: Sequence[Holds]) -> Holds:
    return lambda flat: any(part(flat) for part in parts)


def _equals(field: str, value: str) -> Holds:
    return lambda flat: any(_comparable(each) == value for each in flat.get(field, ()))


def _compares(field: str, compare: Callable[[float, float], bool], bound: float) -> Holds:
    return lambda flat: any(compare(each, bound) for each in _numbers(flat, field))


def _numbers(flat: Flat, field: str) -> Iterable[float]:
    return (each for each in flat.get(field, ()) if isinstance(each, int | float) and not isinstance(each, bool))


def _comparable(value: object) -> str:
    """Strings without case; a number equals the text that writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return normalised(str(value)) if value is not None else "\0"


def _flatten(name: str, value: object, found: dict[str, list[object]]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}.{key}" if name else key, inner, found)
    elif isinstance(value, list):
        if not value:
            found.setdefault(name, [])
        for inner in value:
            _flatten(name, inner, found)
    else:
        found.setdefault(name, []).append(value)
