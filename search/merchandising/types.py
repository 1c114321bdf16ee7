"""What a merchant wants in front or at the end, for a query or in a collection, for a while."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType

import msgspec

from spoina.ids import CategoryId, ProductId

RuleId = NewType("RuleId", int)
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

MOST_RULES = 1000
MOST_RULE_PRODUCTS = 100
"""Of one rule, and in each of an arrangement's parts."""
LONGEST_RULE_QUERY = 100
LONGEST_NOTE = 500


class RuleKind(StrEnum):
    """PIN: in front, in the order given, found or not. BOOST: those that are found, in front of the others. BURY: behind them."""

    PIN = "pin"
    BOOST = "boost"
    BURY = "bury"


class RuleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either `query`, which is meant in all its inflected forms and in any order of its words, or `category_id`. In force from
    `starts_at` until `ends_at`; null is open."""

    kind: RuleKind
    product_ids: tuple[ProductId, ...]
    query: str | None = None
    category_id: CategoryId | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    note: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: RuleId
    kind: RuleKind
    product_ids: tuple[ProductId, ...]
    query: str | None = None
    category_id: CategoryId | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""
    created_at: datetime


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules in force come to: each product in one part at most. `until`: when that may change next."""

    pinned: tuple[ProductId, ...] = ()
    boosted: tuple[ProductId, ...] = ()
    buried: tuple[ProductId, ...] = ()
    until: datetime | None = None

    @property
    def moved(self) -> tuple[ProductId, ...]:
        return (*self.pinned, *self.boosted, *self.buried)
