"""Formulas of flat shipping rates (paragraph 12): numbers, + - * / ^, parentheses, [qty], [cost] and [fee percent min_fee max_fee]."""

import re

_FEE = re.compile(r"\[fee([^\]]*)\]")
_ATTRIBUTE = re.compile(r"""(percent|min_fee|max_fee)\s*=\s*["']?([^"'\s\]]+)""")
_TOKEN = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[-+*/^()]")


class MalformedFormula(Exception):
    """Never leaves this module: WooCommerce takes such a formula for 0."""


def evaluate(formula: str, quantity: int, cost: float) -> float:
    """The cost in units of the currency. `cost` is what [cost] and the percentage of [fee] stand for."""
    try:
        return float(formula)
    except ValueError:
        pass
    text = formula.replace("[qty]", str(quantity)).replace("[cost]", _as_text(cost))
    text = _FEE.sub(lambda fee: _as_text(_fee(fee[1], cost)), text)
    text = "".join(text.split()).replace(",", ".").lstrip("+*/").rstrip("+-*/")
    try:
        return _Expression(text).value() if text else 0.0
    except (MalformedFormula, ZeroDivisionError, OverflowError):
        return 0.0


def _as_text(value: float) -> str:
    """A double as PHP writes it into text: 14 digits."""
    return f"{value:.14g}"


def _fee(attributes: str, cost: float) -> float:
    given = {name: float(value) for name, value in _ATTRIBUTE.findall(attributes)}
    fee = cost * (given.get("percent", 0.0) / 100)
    if (least := given.get("min_fee", 0.0)) and fee < least:
        fee = least
    if (most := given.get("max_fee", 0.0)) and fee > most:
        fee = most
    return fee


class _Expression:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        if "".join(self.tokens) != text:
            raise MalformedFormula(text)
        self.tokens.reverse()

    def value(self) -> float:
        result = self._sum()
        if self.tokens:
            raise MalformedFormula(self.tokens[-1])
        return result

    def _next_is(self, operators: str) -> bool:
        return bool(self.tokens) and self.tokens[-1] in operators

    def _sum(self) -> float:
        result = self._product()
        while self._next_is("+-"):
            result = result + self._product() if self.tokens.pop() == "+" else result - self._product()
        return result

    def _product(self) -> float:
        result = self._signed()
        while self._next_is("*/"):
            result = result * self._signed() if self.tokens.pop() == "*" else result / self._signed()
        return result

    def _signed(self) -> float:
        if self._next_is("-"):
            self.tokens.pop()
            return -self._signed()
        return self._power()

    def _power(self) -> float:
        base = self._atom()
        if self._next_is("^"):
            self.tokens.pop()
            return float(base ** self._signed())
        return base

    def _atom(self) -> float:
        if not self.tokens or self.tokens[-1] in "+-*/^)":
            raise MalformedFormula("a number is missing")
        if not self._next_is("("):
            return float(self.tokens.pop())
        self.tokens.pop()
        result = self._sum()
        if not self._next_is(")"):
            raise MalformedFormula("a parenthesis is open")
        self.tokens.pop()
        return result
