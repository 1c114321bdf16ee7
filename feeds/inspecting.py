"""Looking into a feed without building it: one item explained, or every item checked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial

import msgspec

from feeds.checks import check_for
from feeds.checks.rules import ItemCheck
from feeds.checks.stream import StreamCheck
from feeds.claims import Claims
from feeds.definitions import LONGEST_NAME, UPDATE, make_format, with_lead_time, with_updates
from feeds.explain import Explanation, explain
from feeds.frame import Frame
from feeds.items import Left
from feeds.outcomes import is_failing
from feeds.port import Finding, Format, Severity
from feeds.reading import Catalogue, open_catalogue
from feeds.recipe import Recipe
from feeds.sources import SourceProduct, Subject
from feeds.types import FeedDefinition
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from spoina.ids import Channel

LONGEST_SKU = 200

_BEARERS = """
select product_id, id from variant where sku = $1 or id = $2 order by (sku is not distinct from $1) desc, id
"""


class FoundIn(msgspec.Struct, frozen=True):
    """One finding and the item it was found in. `item`: its id in the feed."""

    item: str
    finding: Finding


class CheckTotals(msgspec.Struct, kw_only=True):
    """Counted while `check_items` runs. `left_out`: by which filter or rule of every feed. `unknown`: mapped categories that the shop does
    not have."""

    items: int = 0
    left_out: Counter[str] = msgspec.field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    errors: int = 0
    warnings: int = 0

    @property
    def excluded(self) -> int:
        return self.left_out.total()


def open_recipe(catalogue: Catalogue, definition: FeedDefinition) -> Recipe:
    return Recipe(*ingredients(catalogue, definition))


def ingredients(catalogue: Catalogue, definition: FeedDefinition) -> tuple[FeedDefinition, Frame, Format, ItemCheck]:
    """What a recipe is made of."""
    definition = with_lead_time(definition, catalogue.at)
    form = make_format(definition, definition.title or catalogue.frame.shop.name)
    return definition, catalogue.frame, form, check_for(definition)


class FeedItems:
    """Explains the items of feeds that are named. `load` reads the definitions anew at each call."""

    def __init__(self, pool: Pool, load: Callable[[], Sequence[FeedDefinition]], clock: Clock) -> None:
        self._pool, self._load, self._clock = pool, load, clock

    async def explain(self, feed: str, sku: str) -> Explanation:
        """Raises InvalidInput, NotFound."""
        if len(feed) > LONGEST_NAME + len(UPDATE):
            raise LimitExceeded("feed", LONGEST_NAME + len(UPDATE), "characters")
        definitions = with_updates(await asyncio.to_thread(self._load))
        definition = next((each for each in definitions if each.name == feed), None)
        if definition is None:
            raise NotFound("feed", feed)
        return await explain_item(self._pool, definition, sku, self._clock())


async def explain_item(pool: Pool, definition: FeedDefinition, sku: str, at: datetime) -> Explanation:
    """`sku`, or a variant's number. Raises InvalidInput, NotFound for what is not in the catalogue, or not published there."""
    _check_sku(sku)
    # With one connection, however many ask: who held one and waited for a second could wait for others that do the same.
    async with pool.acquire() as connection, open_catalogue(pool, at, connection) as catalogue:
        recipe = open_recipe(catalogue, definition)
        for product_id, variant_id in await _bearers(connection, sku):
            subject = await _subject(catalogue, recipe, product_id, variant_id)
            if subject is None:
                continue
            is_second = await _is_second(catalogue, connection, recipe, subject)
            return explain(recipe, subject, Claims(definition, partial(_always, is_second)))
    raise NotFound("published item", sku)


def _check_sku(sku: str) -> None:
    if not sku:
        raise InvalidInput("sku", "must not be empty")
    if len(sku) > LONGEST_SKU:
        raise LimitExceeded("sku", LONGEST_SKU, "characters")


def _always(answer: bool, _code: int) -> bool:
    return answer


async def _is_second(catalogue: Catalogue, db: Connection, recipe: Recipe, subject: Subject) -> bool:
    """Whether another item, which stands before it, has its id already. Works on a copy."""
    wanted = _id_in_feed(recipe, msgspec.structs.replace(subject, item=msgspec.structs.replace(subject.item)))
    for product_id, variant_id in await _bearers(db, wanted) if wanted is not None else ():
        if product_id > subject.product.id or variant_id == subject.variant.id:
            continue
        other = await _subject(catalogue, recipe, product_id, variant_id)
        if other is not None and _place(other) < _place(subject) and _id_in_feed(recipe, other) == wanted:
            return True
    return False


def _place(subject: Subject) -> tuple[int, int]:
    return subject.product.id, [each.id for each in subject.product.variants].index(subject.variant.id)


def _id_in_feed(recipe: Recipe, subject: Subject) -> str | None:
    """None: it is not in the feed."""
    if recipe.refusal(subject) is not None:
        return None
    recipe.prepare(subject)
    return None if is_failing(recipe.check(subject.item)) else subject.item.id


async def _bearers(db: Connection, sku: str) -> list[tuple[int, int]]:
    if len(sku) > LONGEST_SKU or "\x00" in sku:
        return []
    number = int(sku) if sku.isascii() and sku.isdigit() and len(sku) < 19 else None
    return [(row[0], row[1]) for row in await db.fetch(_BEARERS, sku, number)]


async def _subject(catalogue: Catalogue, recipe: Recipe, product_id: int, variant_id: int) -> Subject | None:
    async for batch in catalogue.some([product_id], Channel(recipe.definition.stock_channel)):
        for product in batch.products:
            for subject in recipe.subjects(product, batch.left, catalogue.at):
                if subject.variant.id == variant_id:
                    return subject
    return None


async def check_items(pool: Pool, definition: FeedDefinition, at: datetime, totals: CheckTotals) -> AsyncIterator[FoundIn]:
    """Everything that is wrong with what would be in the feed, offline and without writing anything."""
    async with open_catalogue(pool, at) as catalogue, aclosing(catalogue.batches(Channel(definition.stock_channel))) as batches:
        judge = _Judge(open_recipe(catalogue, definition), at, totals)
        async for batch in batches:
            for product in batch.products:
                for found in judge.of(product, batch.left):
                    yield found


class _Judge:
    def __init__(self, recipe: Recipe, at: datetime, totals: CheckTotals) -> None:
        self._recipe, self._at, self._totals = recipe, at, totals
        self._stream = StreamCheck(recipe.definition)
        tree = recipe.frame.categories
        totals.unknown = tuple(handle for handle in recipe.definition.categories if tree.by_handle(handle) is None)

    def of(self, product: SourceProduct, left: Left) -> Iterator[FoundIn]:
        for subject in self._recipe.subjects(product, left, self._at):
            if (refusal := self._recipe.refusal(subject)) is not None:
                self._totals.left_out[refusal] += 1
                continue
            self._recipe.prepare(subject)
            self._totals.items += 1
            for finding in (*self._recipe.check(subject.item), *self._stream(subject.item)):
                _count(self._totals, finding)
                yield FoundIn(subject.item.id, finding)


def _count(totals: CheckTotals, finding: Finding) -> None:
    if finding.severity is Severity.ERROR:
        totals.errors += 1
    else:
        totals.warnings += 1
