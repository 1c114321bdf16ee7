"""Which ids stand in a feed. Of two items with one id channels keep either, or refuse both; so only the first is let in, the others fail,
and the rule is the one that `spoina feeds check` names.

Ids are kept as 64-bit hashes: of ten million different ones, two are taken for the same with a probability of 3 in a million.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b

from feeds.before import Before
from feeds.checks.stream import StreamCheck
from feeds.index import DUPLICATE
from feeds.news import News
from feeds.port import Finding
from feeds.types import FeedDefinition

IsTaken = Callable[[int], bool]
"""Whether an id, by its hash, is that of another item already."""


def code_of(name: str) -> int:
    """The same in every process; never 0. No checksum: those of names that are alike depend on each other, and a hash that two of a shop's
    ids share keeps one of them out of the feed."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


class Claims:
    """Lets in each id once: `is_taken` is asked of every item that nothing else keeps out."""

    def __init__(self, definition: FeedDefinition, is_taken: IsTaken | None = None) -> None:
        self.is_taken = is_taken or _by_nobody
        self.rule = next(rule for rule in StreamCheck(definition).rules if rule.id.endswith(DUPLICATE))
        self._claims: list[int] = []

    def claim(self, name: str) -> tuple[Finding, ...]:
        """What is wrong with an item of that id being let in."""
        code, claims = code_of(name), self._claims
        is_taken = code in claims or self.is_taken(code)
        claims.append(code)
        rule = self.rule
        return (Finding(rule.id, rule.severity, rule.field, f"{name!r} is another item's id, too"),) if is_taken else ()

    def take(self) -> list[int]:
        """What was claimed since this was last asked."""
        claims, self._claims = self._claims, []
        return claims

    def forget(self) -> None:
        """Who asked before."""
        self.is_taken = _by_nobody


def _by_nobody(_code: int) -> bool:
    return False


class Rivals:
    """Who else claims the ids of what was rendered anew, so that an incremental build decides as a whole one would."""

    def __init__(self, before: Before, news: News, changed: Sequence[int]) -> None:
        self._before, self._news, self._changed = before, news, frozenset(changed)
        self.products = self._products()
        """Those that have to be rendered (again) knowing of each other; mostly none."""
        self._owners = {code: min(products) for code, products in self._claimants(self._claims_of_all()).items()} if self.products else {}

    def is_taken(self, product_id: int, code: int) -> bool:
        return self._owners.get(code, product_id) < product_id

    def _products(self) -> Sequence[int]:
        found: set[int] = set()
        moved = set(self._moved())
        for products in self._claimants(moved).values() if moved else ():
            if len(products) > 1 or not self._changed.issuperset(products):
                found |= products
        return sorted(found)

    def _moved(self) -> Iterator[int]:
        """Ids that are claimed by other products than before; and all of those that were refused one, for they depend on others."""
        for product_id in self._changed:
            new: Sequence[int] = self._news.claims_of(product_id) if product_id in self._news else ()
            stood = self._before.of(product_id)
            old = stood.claims.tolist() if stood is not None else []
            if stood is not None and len(old) > stood.outcome.items:
                yield from {*new, *old}
            elif old != new:
                yield from {*new}.symmetric_difference(old)

    def _claimants(self, codes: set[int]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for code, product_id in self._before.claimants(codes):
            if product_id not in self._changed:
                found.setdefault(code, set()).add(product_id)
        for product_id in self._news:
            for code in codes.intersection(self._news.claims_of(product_id)):
                found.setdefault(code, set()).add(product_id)
        return found

    def _claims_of_all(self) -> set[int]:
        return {code for product_id in self.products for code in self._claims_of(product_id)}

    def _claims_of(self, product_id: int) -> Sequence[int]:
        if product_id in self._news:
            return self._news.claims_of(product_id)
        stood = self._before.of(product_id)
        return stood.claims if stood is not None else ()
