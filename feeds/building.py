"""Builds feeds: whole, or from the last published build with what changed since; publishes them, or holds them back."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from hashlib import blake2b

import asyncpg
import msgspec

from feeds import records
from feeds.definitions import make_format
from feeds.guards import held_back
from feeds.index import FeedIndex, totals_of
from feeds.inspecting import open_recipe
from feeds.packing import Packer
from feeds.reading import Catalogue, open_catalogue
from feeds.recipe import Recipe, Rendered
from feeds.records import Base, Made, file_of, index_of
from feeds.splicing import splice
from feeds.storage import FeedStorage, Reading
from feeds.types import FeedDefinition
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import Busy, DependencyUnavailable, NotFound, SpoinaError, WrongState
from spoina.ids import Channel

LARGEST_CHANGE = 24 * 1024 * 1024
"""Bytes of changed items that are held in memory; beyond that the feed is built whole."""
_LARGEST_SHARE = 4
"""A change of more than a quarter of the products is quicker built whole."""

HandOn = Callable[[], Awaitable[None]]
"""Writes what the packer has ready."""

_log = logging.getLogger(__name__)


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build came to. `number`: the build that is published now, or was held back; `changed` False: the bytes are those that were
    published already."""

    feed: str
    number: int
    changed: bool
    held_back: str | None
    made: Made


class Builder:
    """Any process may build; each feed is built by one at a time. `new_secret` makes the secret part of a new feed's address."""

    def __init__(self, pool: Pool, storage: FeedStorage, clock: Clock, new_secret: Callable[[], str]) -> None:
        self._pool, self._storage, self._clock, self._new_secret = pool, storage, clock, new_secret

    async def build(self, definition: FeedDefinition, *, by_hand: bool = False, whole: bool = False, force: bool = False) -> Built:
        """`by_hand`: also while the feed is pinned to an older build. `whole`: nothing is taken over from the build before. `force`: the
        guards are not asked. Raises Busy, WrongState for a pinned feed, InvalidInput, and DependencyUnavailable for storage that is away;
        what is published stays as it is."""
        async with self._alone(definition.name):
            await self.register(definition)
            if not by_hand and await records.is_pinned(self._pool, definition.name):
                raise WrongState(f"feed {definition.name}", "pinned to an older build", "only a build by hand replaces it")
            await self._clear_abandoned(definition.name)
            number = await records.start_build(self._pool, definition.name, self._clock())
            try:
                return await self._build(definition, number, whole=whole, force=force)
            except BaseException as failure:
                await self._give_up(definition.name, number, failure)
                raise

    async def register(self, definition: FeedDefinition) -> None:
        form = make_format(definition, "")
        await records.register(self._pool, definition, form.extension, form.media_type, self._new_secret(), self._clock())

    async def _build(self, definition: FeedDefinition, number: int, *, whole: bool, force: bool) -> Built:
        base = await records.base_of(self._pool, definition.name)
        made = await self._made(definition, number, None if whole else base)
        reason = None if force else held_back(made.totals, base.items if base is not None else 0, definition.guards)
        now = self._clock()
        if reason is None and base is not None and made.sha256 == base.sha256:
            await records.confirm_build(self._pool, definition.name, base.id, made, now)
            await self._delete(definition.name, [number])
            return Built(feed=definition.name, number=base.id, changed=False, held_back=None, made=made)
        await records.finish_build(self._pool, definition.name, made, now, held_back=reason)
        await self._delete(definition.name, await records.forget_old_builds(self._pool, definition.name))
        return Built(feed=definition.name, number=number, changed=True, held_back=reason, made=made)

    async def _made(self, definition: FeedDefinition, number: int, base: Base | None) -> Made:
        async with open_catalogue(self._pool, self._clock()) as catalogue:
            recipe = open_recipe(catalogue, definition)
            seen = catalogue.seen(recipe.fingerprint)
            work = _Work(self._storage, catalogue, recipe, number)
            file = None
            if base is not None and (base.seen.fingerprint, base.seen.database_id) == (seen.fingerprint, seen.database_id):
                file = await work.from_before(base)
            incremental = file is not None
            if file is None:
                file = await work.whole()
        return Made(
            id=number,
            seen=seen,
            totals=totals_of(file.index),
            rendered=work.rendered,
            incremental=incremental,
            raw_bytes=file.raw_bytes,
            packed_bytes=file.packed_bytes,
            sha256=file.sha256,
        )

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[None]:
        """Held by a session, so that it ends with the process that holds it."""
        key = int.from_bytes(blake2b(f"feed {name}".encode(), digest_size=8).digest(), signed=True)
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("select pg_try_advisory_lock($1)", key):
                raise Busy(f"feed {name}", "is being built already")
            try:
                yield
            finally:
                if not connection.is_closed():
                    await connection.execute("select pg_advisory_unlock($1)", key)

    async def _clear_abandoned(self, name: str) -> None:
        await self._delete(name, await records.abandoned(self._pool, name, self._clock()))

    async def _delete(self, name: str, numbers: list[int]) -> None:
        """Files that cannot be deleted now only take room."""
        try:
            await self._storage.delete([path for number in numbers for path in (file_of(name, number), index_of(name, number))])
        except DependencyUnavailable as failure:
            _log.warning("old builds of feed %s stay: %s", name, failure)

    async def _give_up(self, name: str, number: int, failure: BaseException) -> None:
        reason = str(failure) if isinstance(failure, SpoinaError) else f"{type(failure).__name__}: {failure}"
        try:
            await records.fail_build(self._pool, name, number, reason, self._clock())
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return  # the database is away too: the next build clears up
        await self._delete(name, [number])


class _File(msgspec.Struct, frozen=True):
    """A feed's file, written now or, where nothing changed, before."""

    index: FeedIndex
    raw_bytes: int
    packed_bytes: int
    sha256: bytes


def _file_of(packer: Packer) -> _File:
    return _File(packer.index, packer.raw_size, packer.packed_size, packer.digest)


class _Work:
    """One build's reading, rendering and writing."""

    def __init__(self, storage: FeedStorage, catalogue: Catalogue, recipe: Recipe, number: int) -> None:
        self._storage, self._catalogue, self._recipe = storage, catalogue, recipe
        self._name, self._number = recipe.definition.name, number
        self._channel = Channel(recipe.definition.stock_channel)
        self.rendered = 0

    async def whole(self) -> "_File":
        render, at = self._recipe.render, self._catalogue.at
        self.rendered = 0
        batches = self._catalogue.batches(self._channel)
        async with self._file() as (packer, hand_on), aclosing(batches):
            async for batch in batches:
                for product in batch.products:
                    done = render(product, batch.left, at)
                    packer.add(product.id, done.written, done.outcome)
                self.rendered += len(batch.products)
                await hand_on()
        return _file_of(packer)

    async def from_before(self, base: Base) -> "_File | None":
        """None where the build before cannot be used, or too much has changed."""
        before = await self._index(base)
        if before is None:
            return None
        changed = await self._catalogue.changed_since(base.seen, ages_in(self._recipe.definition))
        if not changed:
            return _File(before, base.raw_bytes, base.packed_bytes, base.sha256)
        if len(changed) * _LARGEST_SHARE > len(before.ids) + _LARGEST_SHARE:
            return None
        news = await self._rendered(changed)
        if news is None:
            return None
        size = base.packed_bytes - before.prologue
        rest = Reading(self._storage, file_of(self._name, base.id), before.prologue, size)
        async with self._file() as (packer, hand_on):

            async def take(amount: int) -> bytes:
                await hand_on()
                return await rest.take(amount)

            await splice(packer, before, take, changed, news)
        return _file_of(packer)

    async def _index(self, base: Base) -> FeedIndex | None:
        try:
            return FeedIndex.decode(await self._storage.read(index_of(self._name, base.id)))
        except NotFound:
            return None

    async def _rendered(self, ids: list[int]) -> dict[int, Rendered] | None:
        news: dict[int, Rendered] = {}
        size = 0
        async for batch in self._catalogue.some(ids, self._channel):
            for product in batch.products:
                done = news[product.id] = self._recipe.render(product, batch.left, self._catalogue.at)
                size += len(done.written)
            if size > LARGEST_CHANGE:
                return None
        self.rendered = len(news)
        return news

    @asynccontextmanager
    async def _file(self) -> AsyncIterator[tuple[Packer, HandOn]]:
        waiting: list[bytes] = []
        form = self._recipe.form
        packer = Packer(waiting.append, form.header, form.footer)
        async with self._storage.writing(file_of(self._name, self._number)) as file:

            async def hand_on() -> None:
                for piece in waiting:
                    await file.write(piece)
                waiting.clear()

            yield packer, hand_on
            packer.finish()
            await hand_on()
        await self._storage.write(index_of(self._name, self._number), packer.index.encode())


def ages_in(definition: FeedDefinition) -> set[int]:
    """Every number of days after which one of the definition's filters changes its mind about a product."""
    conditions = [*(rule.when for rule in definition.fields), *(rule.when for rule in definition.prices)]
    filters = [*definition.filters, *(each for each in conditions if each is not None)]
    return {days for each in filters for days in (each.newer_than_days, each.older_than_days) if days is not None}
