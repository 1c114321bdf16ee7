"""How checks are put together: clauses (a rule and what judges it) in sections, each with one quick test that nearly every item passes."""

from collections.abc import Callable, Collection, Hashable, Sequence
from operator import attrgetter
from typing import NamedTuple

from feeds.port import Finding, Rule, Severity
from feeds.types import FeedItem

REMEMBERED = 4096
"""Different values of what items have in common whose findings are kept."""

Judge = Callable[[FeedItem], str | None]
"""What is wrong, with the value and the limit; None: nothing."""


class Clause(NamedTuple):
    rule: Rule
    judge: Judge


class Section(NamedTuple):
    """`sound` is true only of items to which no clause objects; of one that it is not sure of the clauses are asked."""

    sound: Callable[[FeedItem], bool]
    clauses: tuple[Clause, ...]


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
        self.rules: Sequence[Rule] = tuple(clause.rule for section in sections for clause in section.clauses)
        self._own = [section for section in sections if isinstance(section, Section)]
        self._shared = [_remembering(section) for section in sections if isinstance(section, SharedSection)]

    def __call__(self, item: FeedItem) -> Sequence[Finding]:
        found: tuple[Finding, ...] = ()
        for sound, clauses in self._own:
            if not sound(item):
                found += judged(clauses, item)
        for judge in self._shared:
            if shared := judge(item):
                found += shared
        return found


def judged(clauses: Sequence[Clause], item: FeedItem) -> tuple[Finding, ...]:
    return tuple(Finding(rule.id, rule.severity, rule.field, message) for rule, judge in clauses if (message := judge(item)) is not None)


def about(section: AnySection, fields: Collection[str]) -> AnySection:
    """With the clauses about these fields only."""
    return section._replace(clauses=tuple(clause for clause in section.clauses if clause.rule.field in fields))


def _remembering(section: SharedSection) -> Callable[[FeedItem], tuple[Finding, ...]]:
    sources, clauses = attrgetter(*section.sources), section.clauses
    known: dict[Hashable, tuple[Finding, ...]] = {}

    def findings(item: FeedItem) -> tuple[Finding, ...]:
        key = (sources(item), tuple(item.extra.items())) if item.extra else sources(item)
        found = known.get(key)
        if found is None:
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[key] = judged(clauses, item)
        return found

    return findings
