"""Formulas of flat shipping rates (paragraph 12): numbers, + - * / ^, parentheses, [qty], [cost] and [fee percent min_fee max_fee]."""

import re
from functools import lru_cache

_ATTRIBUTE = re.compile(r"""(percent|min_fee|max_fee)\s*=\s*["']?(\d+\.?\d*|\.\d+)""")
_TOKEN = re.compile(r"\[qty\]|\[cost\]|\[fee[^\]]*\]|\d+\.?\d*|\.\d+|[-+*/^()]")


class _MalformedFormula(Exception):
    """Never leaves this module: WooCommerce takes such a formula for 0."""


def evaluate(formula: str, quantity: int, cost: float) -> float:
    """The cost in units of the currency. `cost` is what [cost] and the percentage of [fee] stand for."""
    return _value(formula, quantity, cost) if "[" in formula else _value(formula, 0, 0.0)


@lru_cache(maxsize=4096)
def _value(formula: str, quantity: int, cost: float) -> float:
    try:
        tokens = _tokens(formula)
        return _Expression(tokens, quantity, cost).value() if tokens else 0.0
    except (_MalformedFormula, ZeroDivisionError, OverflowError):
        return 0.0


@lru_cache(maxsize=1024)
def _tokens(formula: str) -> tuple[str, ...]:
    """Operators that dangle at either end do not count, and a comma is a point, as WooCommerce has it."""
    text = formula.replace(",", ".").strip().lstrip("+*/ ").rstrip("+-*/ ")
    tokens = tuple(_TOKEN.findall(text))
    if "".join("".join(tokens).split()) != "".join(text.split()):
        raise _MalformedFormula(formula)
    return tokens


def _as_written(value: float) -> float:
    """A double after PHP wrote it into the formula's text: 14 digits."""
    return float(f"{value:.14g}")


def _fee(shortcode: str, cost: float) -> float:
    given = {name: float(value) for name, value in _ATTRIBUTE.findall(shortcode)}
    fee = cost * (given.get("percent", 0.0) / 100)
    if (least := given.get("min_fee", 0.0)) and fee < least:
        fee = least
    if (most := given.get("max_fee", 0.0)) and fee > most:
        fee = most
    return fee


class _Expression:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, tokens: tuple[str, ...], quantity: int, cost: float) -> None:
        self.left, self.quantity, self.cost = list(reversed(tokens)), quantity, cost

    def value(self) -> float:
        result = self._sum()
        if self.left:
            raise _MalformedFormula(self.left[-1])
        return result

    def _next_is(self, operators: str) -> bool:
        return bool(self.left) and self.left[-1] in operators

    def _sum(self) -> float:
        result = self._product()
        while self._next_is("+-"):
            result = result + self._product() if self.left.pop() == "+" else result - self._product()
        return result

    def _product(self) -> float:
        result = self._signed()
        while self._next_is("*/"):
            result = result * self._signed() if self.left.pop() == "*" else result / self._signed()
        return result

    def _signed(self) -> float:
        if self._next_is("-"):
            self.left.pop()
            return -self._signed()
        return self._power()

    def _power(self) -> float:
        base = self._atom()
        if not self._next_is("^"):
            return base
        self.left.pop()
        result = base ** self._signed()
        if isinstance(result, complex):
            raise _MalformedFormula("a root of a negative number")
        return float(result)

    def _atom(self) -> float:
        if not self.left or self._next_is("+-*/^)"):
            raise _MalformedFormula("a number is missing")
        part = self.left.pop()
        if part[0] == "[":
            return self._placeholder(part)
        if part[0] != "(":
            return float(part)
        result = self._sum()
        if not self._next_is(")"):
            raise _MalformedFormula("a parenthesis is open")
        self.left.pop()
        return result

    def _placeholder(self, part: str) -> float:
        if part == "[qty]":
            return float(self.quantity)
        return _as_written(self.cost if part == "[cost]" else _fee(part, self.cost))
