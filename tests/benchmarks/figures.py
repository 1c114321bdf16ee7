"""What a benchmark prints: a ratio of two things measured in the same run, against a stated limit."""

from collections.abc import Iterable
from statistics import median

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is better the higher it is (`at_least`) or the lower (not `at_least`). `detail`: the absolute figures behind it, for a
    reader;
    they are this machine's alone. `limit` None: told, not judged."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = True
    detail: str = ""

    @property
    def holds(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def show(figures: Iterable[Figure]) -> bool:
    """Prints a line for each; whether all held."""
    held = True
    for figure in figures:
        held = held and figure.holds
        sign = "≥" if figure.at_least else "≤"
        limit = "" if figure.limit is None else f"{sign} {figure.limit:g} {figure.unit}"
        verdict = "" if figure.limit is None else ("ok" if figure.holds else "MISSED")
        print(f"{figure.name:<58} {figure.value:>10.3g} {figure.unit:<12} {limit:<18} {verdict:<7} {figure.detail}", flush=True)
    return held


def middle(values: Iterable[float]) -> float:
    """The median: machines are noisy and a mean remembers their worst moment."""
    return median(values)
