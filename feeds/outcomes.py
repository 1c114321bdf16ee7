"""What becomes of a product in a feed."""

from collections.abc import Sequence

import msgspec

from feeds.port import Finding, Severity
from feeds.sources import SourceProduct
from spoina.catalog.types import Kind, Visibility

NOT_SOLD_HERE, HIDDEN, WITHOUT_PRICE, NOT_INCLUDED = "not-sold-here", "hidden", "without-price", "not-included"
"""The rules that hold for every feed; the others have the names that their definition gives them."""

MEANINGS = {
    NOT_SOLD_HERE: "grouped and external products are sold elsewhere",
    HIDDEN: "the shop hides the product from its catalogue",
    WITHOUT_PRICE: "the shop has set no price",
    NOT_INCLUDED: "none of the including filters fits",
}


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of a product's variants: how many are in the feed, how many fail, and how often each rule spoke (filters by name,
    findings by id)."""

    items: int = 0
    failing: int = 0
    excluded: int = 0
    rules: tuple[tuple[str, int], ...] = ()


class Rendered(msgspec.Struct, frozen=True, gc=False):
    written: bytes
    outcome: Outcome


_ALL_WELL = tuple(Outcome(items=count) for count in range(64))


def well(written: bytes, items: int) -> Rendered:
    """Nothing was found, and nothing left out."""
    return Rendered(written, _ALL_WELL[items] if items < len(_ALL_WELL) else Outcome(items))


def told(written: bytes, items: int, failing: int, excluded: int, rules: Sequence[str]) -> Rendered:
    counted = tuple(sorted({rule: rules.count(rule) for rule in rules}.items()))
    return Rendered(written, Outcome(items, failing, excluded, counted))


_ELSEWHERE, _HIDDEN = (Kind.GROUPED, Kind.EXTERNAL), Visibility.HIDDEN
"""Looking a member up in its class takes as long as comparing it five times."""


def refusal_of(product: SourceProduct) -> str | None:
    """What holds for all items of the product."""
    return NOT_SOLD_HERE if product.kind in _ELSEWHERE else HIDDEN if product.visibility is _HIDDEN else None


def is_failing(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)
