"""How checks are put together: clauses (a rule and what judges it) in sections, each with one quick test that nearly every item passes."""

from collections.abc import Callable, Collection, Sequence
from inspect import signature
from typing import NamedTuple

from feeds.nodes import PLAIN, Values
from feeds.port import Finding, Rule, Severity
from feeds.types import FeedItem

Judge = Callable[[FeedItem], str | None]
"""What is wrong, with the value and the limit; None: nothing."""


class Clause(NamedTuple):
    rule: Rule
    judge: Judge


Sound = Callable[..., bool]
"""Gets those fields of an item that its parameters name, and is a single `return`, so that it can be written out where it is needed
(feeds.compiling)."""


class Section(NamedTuple):
    """An item for which all of `sound` are true is one to which no clause objects; of any other the clauses are asked."""

    sound: tuple[Sound, ...]
    clauses: tuple[Clause, ...]

    def finds_sound(self, item: FeedItem) -> bool:
        values = Values(item, **{PLAIN: b""})
        return all(each(**{name: values[name] for name in signature(each).parameters}) for each in self.sound)


class SharedSection(NamedTuple):
    """Clauses about what many items have in common: they read nothing but `sources` and `extra`, and judge each different case once."""

    sources: tuple[str, ...]
    clauses: tuple[Clause, ...]


AnySection = Section | SharedSection


class Writer:
    """Writes clauses of one channel: its prefix before each id, its source behind each meaning."""

    def __init__(self, prefix: str, source: str) -> None:
        self._prefix, self._source = prefix, source

    def error(self, name: str, field: str, meaning: str, judge: Judge) -> Clause:
        return self._clause(name, Severity.ERROR, field, meaning, judge)

    def warning(self, name: str, field: str, meaning: str, judge: Judge) -> Clause:
        return self._clause(name, Severity.WARNING, field, meaning, judge)

    def _clause(self, name: str, severity: Severity, field: str, meaning: str, judge: Judge) -> Clause:
        return Clause(Rule(id=f"{self._prefix}-{name}", severity=severity, field=field, meaning=f"{meaning} ({self._source})"), judge)


class ItemCheck:
    """A feeds.port.Check."""

    def __init__(self, sections: Sequence[AnySection], version: int) -> None:
        self.version = version
        self._clauses = tuple(clause for section in sections for clause in section.clauses)
        self.rules: Sequence[Rule] = tuple(clause.rule for clause in self._clauses)
        self.own = tuple(section for section in sections if isinstance(section, Section))
        self.shared = tuple(section for section in sections if isinstance(section, SharedSection))

    def __call__(self, item: FeedItem) -> Sequence[Finding]:
        return judged(self._clauses, item)


def judged(clauses: Sequence[Clause], item: FeedItem) -> tuple[Finding, ...]:
    return tuple([Finding(rule.id, rule.severity, rule.field, message) for rule, judge in clauses if (message := judge(item)) is not None])


def about(section: AnySection, fields: Collection[str]) -> AnySection:
    """With the clauses about these fields only."""
    return section._replace(clauses=tuple(clause for clause in section.clauses if clause.rule.field in fields))
