"""What a feed does with an item, as small steps over named values: a rule, a field of a format, the quick test of a check.

The names are those of an item's fields, and `product`, `variant`, `left` and `at` for where an item comes from. A step is an ordinary
function, and says by its parameters what it reads. `run` takes steps one by one, for explanations; feeds.compiling makes one function of
all the steps of a feed, for builds.
"""

from collections.abc import Callable, Iterable
from inspect import ismethod
from typing import Any, NamedTuple, TypeVar

PLAIN = "plain_description"
"""Beside the fields of an item: its description as UTF-8, where no rule writes it and SourceProduct.plain_description is sure of it."""


class Node(NamedTuple):
    """`function` gets the values named in `reads`, and returns the value of its target, or a tuple of several targets' values. It does
    nothing else, so that it need not be called where its targets are not asked for, or its values have not changed."""

    targets: tuple[str, ...]
    function: Callable[..., Any]
    reads: tuple[str, ...]
    steady: bool = False
    """The targets are nearly always the same objects for all variants of a product: what is made of them is kept from one to the next."""
    lazy: bool = False
    """The target is made wherever it is asked for, because that is seldom."""


def node(function: Callable[..., Any], *targets: str, steady: bool = False) -> Node:
    """Reads what the function's parameters are called."""
    code = function.__code__
    first = 1 if ismethod(function) else 0
    return Node(targets, function, code.co_varnames[first : code.co_argcount], steady)


T = TypeVar("T")
_ONCE = "made_once"


def once(function: Callable[[str], T]) -> Callable[[str], T]:
    """Marks a function that several nodes call with the same value: it is called once for all of them. It never fails."""
    setattr(function, _ONCE, True)
    return function


def is_once(function: object) -> bool:
    return getattr(function, _ONCE, False)


class Values(dict[str, Any]):
    """Named values: what has been put in, otherwise the fields of an item."""

    def __init__(self, item: object, **known: object) -> None:
        super().__init__(known)
        self._item = item

    def __missing__(self, name: str) -> object:
        return getattr(self._item, name)


def run(nodes: Iterable[Node], values: dict[str, Any]) -> None:
    for targets, function, reads, *_ in nodes:
        made = function(*[values[name] for name in reads])
        if len(targets) == 1:
            values[targets[0]] = made
        else:
            values.update(zip(targets, made, strict=True))


class Formula(NamedTuple):
    """Nodes for the sake of one value."""

    nodes: tuple[Node, ...]
    result: str

    def of(self, values: dict[str, Any]) -> Any:
        run(self.nodes, values)
        return values[self.result]
