"""Products, or variations: the source's documents with everything changed since laid over them, sorted and rendered."""

import copy
from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from random import Random
from typing import NamedTuple

from simulators.woocommerce.catalogue import Facts, Source, facts_from
from simulators.woocommerce.php_json import Json, encode

RENDERED_AT_MOST = 20_000


class Rendering(NamedTuple):
    head: bytes
    related: list[int]
    tail: bytes
    until: datetime | None
    """When a sale begins or ends: the bytes are wrong after that."""


class Past(NamedTuple):
    until: datetime
    document: Json | None


class Table:
    def __init__(self, source: Source, randomness: Random) -> None:
        self._source = source
        self._randomness = randomness
        self._turn = 0
        self._changed: dict[int, Json] = {}
        self._gone: set[int] = set()
        self._past: dict[int, Past] = {}
        self._rendered: dict[tuple[int, str, str], Rendering] = {}

    @cached_property
    def _live(self) -> dict[str, list[tuple[str, int]]]:
        """Everything outside the trash, by the orders lists are asked for."""
        live = [facts for facts in self.all_facts() if facts.status != "trash"]
        return {
            "id": sorted(("", facts.id) for facts in live),
            "date": sorted((facts.created, facts.id) for facts in live),
            "modified": sorted((facts.modified, facts.id) for facts in live),
        }

    @cached_property
    def _trash(self) -> set[int]:
        return {facts.id for facts in self.all_facts() if facts.status == "trash"}

    def all_facts(self) -> Iterator[Facts]:
        for facts in self._source.facts():
            if facts.id not in self._changed and facts.id not in self._gone:
                yield facts
        yield from map(facts_from, self._changed.values())

    def ordered(self, by: str) -> list[tuple[str, int]]:
        """(stamp, id) ascending, without the trash."""
        return self._live[by]

    def facts_of(self, of: int) -> Facts | None:
        if of in self._changed:
            return facts_from(self._changed[of])
        return None if of in self._gone else self._source.facts_of(of)

    def holder(self, field: str, value: str) -> int | None:
        for of, document in self._changed.items():
            if document.get(field) == value:
                return of
        found = self._source.holder(field, value)
        return None if found is None or found in self._changed or found in self._gone else found

    def __contains__(self, of: int) -> bool:
        return self.facts_of(of) is not None

    def peek(self, of: int) -> Json | None:
        """The document itself, to read only."""
        if of in self._changed:
            return self._changed[of]
        return None if self.facts_of(of) is None else self._source.document(of)

    def get(self, of: int) -> Json | None:
        """A copy to change and `put` back."""
        return copy.deepcopy(self.peek(of))

    def put(self, document: Json, stale_until: datetime | None = None) -> None:
        of: int = document["id"]
        self._remember(of, stale_until)
        self._unlist(of)
        self._gone.discard(of)
        self._changed[of] = document
        self._list(facts_from(document))

    def drop(self, of: int, stale_until: datetime | None = None) -> None:
        self._remember(of, stale_until)
        self._unlist(of)
        self._changed.pop(of, None)
        self._gone.add(of)

    def _remember(self, of: int, until: datetime | None) -> None:
        if until is not None and of not in self._past:
            self._past[of] = Past(until, self.peek(of))

    def _unlist(self, of: int) -> None:
        for key in [key for key in self._rendered if key[0] == of]:
            del self._rendered[key]
        facts = self.facts_of(of)
        if facts is None:
            return
        self._trash.discard(of)
        for by, stamp in (("id", ""), ("date", facts.created), ("modified", facts.modified)):
            entries = self._live[by]
            place = bisect_left(entries, (stamp, of))
            if place < len(entries) and entries[place] == (stamp, of):
                del entries[place]

    def _list(self, facts: Facts) -> None:
        if facts.status == "trash":
            self._trash.add(facts.id)
            return
        insort(self._live["id"], ("", facts.id))
        insort(self._live["date"], (facts.created, facts.id))
        insort(self._live["modified"], (facts.modified, facts.id))

    def past(self, now: datetime) -> dict[int, Past]:
        """What readers still see instead of the truth, because a cache in front of the shop has not noticed yet."""
        if self._past:
            self._past = {of: past for of, past in self._past.items() if past.until > now}
        return self._past

    def cached(self, of: int, origin: str, shape: str, now: datetime) -> bytes | None:
        rendering = self._rendered.get((of, origin, shape))
        if rendering is not None and (rendering.until is None or now < rendering.until):
            return self._assemble(rendering)
        if of in self._changed:
            return None
        self._turn += 1
        return self._source.rendered(of, origin, shape, self._turn)

    def render(self, view: Json, origin: str, shape: str, until: datetime | None) -> bytes:
        """Encodes a finished view once; the shuffled `related_ids` are put in at every reading."""
        if len(self._rendered) > RENDERED_AT_MOST:
            self._rendered.clear()
        related = view.get("related_ids", [])
        marked = encode({**view, "related_ids": "{related}"} if related else view)
        head, _, tail = absolute(marked, origin).partition(b'"{related}"')
        rendering = Rendering(head, related, tail, until)
        self._rendered[view["id"], origin, shape] = rendering
        return self._assemble(rendering)

    def _assemble(self, rendering: Rendering) -> bytes:
        if not rendering.related:
            return rendering.head
        shuffled = self._randomness.sample(rendering.related, len(rendering.related))
        return b"%b[%b]%b" % (rendering.head, ",".join(map(str, shuffled)).encode(), rendering.tail)

    def changes(self) -> Json:
        return {"changed": list(self._changed.values()), "gone": sorted(self._gone)}

    def restore(self, changes: Json) -> None:
        for of in changes["gone"]:
            self.drop(of)
        for document in changes["changed"]:
            self.put(document)

    def __len__(self) -> int:
        return len(self._live["date"])

    @property
    def in_trash(self) -> int:
        return len(self._trash)


def absolute(encoded: bytes, origin: str) -> bytes:
    """Writes the addresses out as the client reached the shop; some fields keep the site's own http address."""
    escaped = origin.replace("/", "\\/").encode()
    site = escaped.replace(b"https:", b"http:", 1)
    return encoded.replace(b"{origin}", escaped).replace(b"{site}", site)
