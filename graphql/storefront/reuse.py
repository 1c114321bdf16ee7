"""Whole answers, kept while nothing that they were made of has changed: public queries only, and only what was asked for twice.

An answer is good while all of these hold, and each is checked before it is given out again:

* the catalogue's edition is the one before the run began, so that nothing newer than the answer is known;
* none of the stock items of the products in it has moved (nor become more by waiting, where shares of scarce ones open after a while);
  where a listing's conditions or locations ask for stock, no item at all has;
* no sale of these products, and no rule that arranges them, has begun or ended since;
* the search index and its rules are the ones before the run began, and the engine could be asked.

Searches themselves are made each time, because each is counted.

It is found by the request's own bytes: they hold the document (or its hash), the variables and `@inContext`. The shop's language and
currency belong to the edition. Nothing personal is ever kept: a document qualifies when all of its root fields are named in PUBLIC, and
below those nothing may depend on who asks.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
)

from spoina.catalog.types import Product, Variant
from spoina.ids import StockItemId
from storefront.context import Context
from storefront.ports import Ports
from storefront.requests import GraphQLResponse
from storefront.shape import root_fields

PUBLIC = frozenset(
    """
    product products productByHandle productRecommendations productTags productTypes collection collections collectionByHandle node nodes
    page pages pageByHandle menu blog blogs article shop paymentSettings locations localization publicApiVersions
    __typename
    """.split()  # noqa: SIM905 - a list of names reads better as text
)
KEPT_BYTES = 16 * 1024 * 1024
"""For each channel of a process."""
LARGEST_REQUEST = 16 * 1024
SEEN_ONCE = 4096
"""Requests that are remembered for having been asked for once."""

_FOR_EVER = datetime.max.replace(tzinfo=UTC)

Key = tuple[str, bytes] | tuple[tuple[str, str], ...]


class Standing(msgspec.Struct, frozen=True):
    """What was known when a run began."""

    edition: Hashable | None
    """None while nobody can tell."""
    stock_changes: int
    at: datetime


class Kept(msgspec.Struct):
    """`announced` and `stock_changes`: the counts at which it was found to be good; the first is None before that, and where time alone may
    change stock, so that it is looked at each time."""

    response: GraphQLResponse
    standing: Standing
    levels: Mapping[StockItemId, int | None]
    reads_all_stock: bool
    stock_changes: int
    size: int
    until: datetime
    announced: Hashable | None = None


class Reuse:
    """The answers of one process."""

    def __init__(self, ports: Ports, limit_bytes: int = KEPT_BYTES) -> None:
        self._ports, self._limit = ports, limit_bytes
        self._clock, self._stock, self._announcements = ports.clock, ports.stock, ports.announcements
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._once: OrderedDict[Key, None] = OrderedDict()
        self._size = 0

    def standing(self) -> Standing:
        catalogue, search = self._ports.catalog.edition, self._ports.search.edition
        edition = None if catalogue is None or search is None else (catalogue, search)
        return Standing(edition, self._stock.changes, self._clock())

    def find(self, key: Key) -> GraphQLResponse | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        in_time = kept.standing.at <= self._clock() < kept.until
        if not in_time or (kept.announced != self._announcements.count and not self._is_the_same(kept)):
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.response

    def keep(self, key: Key, response: GraphQLResponse, standing: Standing, context: Context) -> None:
        """Keeps an answer without errors to a public document, from its second time on."""
        now = self.standing()
        if context.degraded or standing.edition is None or now.edition != standing.edition or now.stock_changes != standing.stock_changes:
            return
        if not self._seen_before(key):
            return
        products = context.products.met.values()
        levels = {item: self._stock.left(item) for item in _stock_items(products)}
        size = len(response.body) + len(repr(key)) + 100 * len(levels)
        until = response.until or _FOR_EVER
        self._put(key, Kept(response, standing, levels, context.reads_all_stock, now.stock_changes, size, until))

    def _is_the_same(self, kept: Kept) -> bool:
        """After something was announced that may have nothing to do with the answer."""
        announced, stock = self._announcements.count, self._stock
        if kept.standing.edition != (self._ports.catalog.edition, self._ports.search.edition):
            return False
        changes, timed = stock.changes, stock.timed
        if (timed or changes != kept.stock_changes) and not self._stock_is_the_same(kept):
            return False
        kept.announced, kept.stock_changes = None if timed else announced, changes
        return True

    def _stock_is_the_same(self, kept: Kept) -> bool:
        left = self._stock.left
        return not kept.reads_all_stock and all(left(item) == level for item, level in kept.levels.items())

    def _seen_before(self, key: Key) -> bool:
        if key in self._once:
            return True
        self._once[key] = None
        if len(self._once) > SEEN_ONCE:
            self._once.popitem(last=False)
        return False

    def _put(self, key: Key, kept: Kept) -> None:
        self._drop(key)
        self._kept[key] = kept
        self._size += kept.size
        while self._size > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        if dropped := self._kept.pop(key, None):
            self._size -= dropped.size


def post_key(body: bytes, content_type: str) -> Key | None:
    return (content_type, body) if len(body) <= LARGEST_REQUEST else None


def get_key(parameters: Mapping[str, str]) -> Key | None:
    return tuple(sorted(parameters.items())) if sum(map(len, parameters.values())) <= LARGEST_REQUEST else None


def next_boundary(context: Context) -> datetime | None:
    """When a sale of a product in the answer, or a rule that arranged it, begins or ends next."""
    return min((*_boundaries(context.products.met.values(), context.now), *context.boundaries), default=None)


def is_public(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return operation.operation is OperationType.QUERY and all(name in PUBLIC for name in root_fields(operation.selection_set, fragments))


def _variants(products: Iterable[Product]) -> Iterator[Variant]:
    for product in products:
        yield from product.variants


def _stock_items(products: Iterable[Product]) -> set[StockItemId]:
    return {variant.stock.item for variant in _variants(products) if variant.stock.item is not None}


def _boundaries(products: Iterable[Product], now: datetime) -> Iterator[datetime]:
    for variant in _variants(products):
        for bound in (variant.prices.sale_from, variant.prices.sale_to):
            if bound is not None and bound > now:
                yield bound
