"""Builds feeds: whole, or from the last published build with what changed since; publishes them, or holds them back."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any, BinaryIO, NamedTuple

import asyncpg
import msgspec

from feeds import records
from feeds.before import Before
from feeds.checks.stream import SeenIds
from feeds.claims import Claims, Rivals
from feeds.definitions import make_format, with_lead_time
from feeds.files import FeedFiles
from feeds.frame import Frame
from feeds.guards import held_back
from feeds.index import Totals
from feeds.inspecting import ingredients
from feeds.news import News
from feeds.packing import Entry, Packer
from feeds.reading import Catalogue, meanwhile, open_catalogue
from feeds.recipe import Recipe, fingerprint
from feeds.records import Base, Made, Opened, Registered, file_of, index_of
from feeds.splicing import OldFile, TornFile, splice
from feeds.storage import FeedStorage, Writing
from feeds.types import FeedDefinition
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import Busy, DependencyUnavailable, NotFound, SpoinaError, WrongState
from spoina.ids import Channel

LARGEST_CHANGE = 24 * 1024 * 1024
"""Bytes of changed items that are held in memory; beyond that the feed is built whole."""
_LARGEST_SHARE = 4
"""A change of more than a quarter of the products is quicker built whole."""
_MOST_RIVALS = 1000
_ROOM = 1024 * 1024

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
        self._files = FeedFiles(storage)
        self._kitchens: dict[str, _Kitchen] = {}

    async def build(self, definition: FeedDefinition, *, by_hand: bool = False, whole: bool = False, force: bool = False) -> Built:
        """`by_hand`: also while the feed is pinned to an older build. `whole`: nothing is taken over from the build before. `force`: the
        guards are not asked. Raises Busy, WrongState for a pinned feed, InvalidInput, and DependencyUnavailable for storage that is away;
        what is published stays as it is."""
        async with self._alone(definition.name) as db:
            opened = await self._opened(db, definition, even_pinned=by_hand)
            await self._delete(definition.name, opened.abandoned)
            deleting = asyncio.create_task(self._delete(definition.name, opened.forgotten))
            try:
                return await self._begun(db, definition, opened, whole=whole, force=force)
            finally:
                await deleting

    async def register(self, definition: FeedDefinition, db: Connection | None = None) -> None:
        await records.register(db or self._pool, _registered(definition), self._new_secret(), self._clock())

    async def _opened(self, db: Connection, definition: FeedDefinition, *, even_pinned: bool) -> Opened:
        known = await records.open_build(db, _registered(definition), self._clock(), even_pinned=even_pinned)
        if known is not None:
            return known
        await self.register(definition, db)
        opened = await records.open_build(db, _registered(definition), self._clock(), even_pinned=even_pinned)
        if opened is None:
            raise Busy(f"feed {definition.name}", "is being defined in another way")
        return opened

    async def _begun(self, db: Connection, definition: FeedDefinition, opened: Opened, *, whole: bool, force: bool) -> Built:
        if opened.number is None:
            raise WrongState(f"feed {definition.name}", "pinned to an older build", "only a build by hand replaces it")
        try:
            return await self._build(db, definition, opened.number, opened.base, whole=whole, force=force)
        except BaseException as failure:
            await self._give_up(definition.name, opened.number, failure)
            raise

    async def _build(
        self, db: Connection, definition: FeedDefinition, number: int, base: Base | None, *, whole: bool, force: bool
    ) -> Built:
        name = definition.name
        async with self._published(name, base) as standing:
            made = await self._made(db, definition, number, None if whole else standing)
            stands = standing.base.id if standing is not None and standing.is_of(made) else None
        reason = None if force else held_back(made.totals, base.items if base is not None else 0, definition.guards)
        if reason is None and stands is not None:
            await records.confirm_build(db, stands, made, self._clock())
            await self._delete(name, [number])
            return Built(feed=name, number=stands, changed=False, held_back=None, made=made)
        await records.finish_build(db, made, self._clock(), held_back=reason)
        if self._storage.is_elsewhere and reason is None:
            self._files.keep_only(self._storage.folder / file_of(name, number))
        return Built(feed=name, number=number, changed=True, held_back=reason, made=made)

    @asynccontextmanager
    async def _published(self, name: str, base: Base | None) -> AsyncIterator["_Standing | None"]:
        """What is published, with its files; None where there is nothing, or where one of them is lost and both have to be made anew."""
        if base is None:
            yield None
            return
        with ExitStack() as opened:
            try:
                index = opened.enter_context(await self._storage.opened(index_of(name, base.id)))
                file = opened.enter_context(await self._files.open(name, base.id, base.packed_bytes))
            except NotFound as lost:
                _log.error("feed %s is published anew: %s", name, lost)
                yield None
            else:
                yield _Standing(base, index, file)

    async def _made(self, db: Connection, definition: FeedDefinition, number: int, standing: "_Standing | None") -> Made:
        known = self._kitchens.get(definition.name)
        async with open_catalogue(self._pool, self._clock(), db, known.frame if known is not None else None) as catalogue:
            kitchen = self._kitchen(catalogue, definition)
            work, seen = _Work(self._storage, catalogue, kitchen, number), catalogue.seen(kitchen.fingerprint)
            done = await work.from_before(standing) if standing is not None and standing.base.seen.fits(seen) else None
            incremental = done is not None
            if done is None:
                done = await work.whole()
            kitchen.tidy_up(after_a_whole_build=not incremental)
            self._kitchens[definition.name] = kitchen
        return Made(
            id=number,
            seen=seen,
            totals=done.totals,
            rendered=work.rendered,
            incremental=incremental,
            raw_bytes=done.raw_bytes,
            packed_bytes=done.packed_bytes,
            digest=done.digest,
        )

    def _kitchen(self, catalogue: Catalogue, definition: FeedDefinition) -> "_Kitchen":
        """That of the build before, if everything is as it was: compiling takes longer than a small change."""
        known, frame = self._kitchens.pop(definition.name, None), catalogue.frame
        if known is not None and known.frame is frame and known.recipe.definition == with_lead_time(definition, catalogue.at):
            return known
        parts = ingredients(catalogue, definition)
        wanted = fingerprint(*parts)
        if known is not None and known.fingerprint == wanted:
            return known._replace(frame=frame)
        claims = Claims(definition)
        return _Kitchen(Recipe(*parts, claims.claim), claims, frame, wanted)

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[Connection]:
        """The connection that holds the lock, which ends with it, and so with the process."""
        key = int.from_bytes(blake2b(f"feed {name}".encode(), digest_size=8).digest(), signed=True)
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("select pg_try_advisory_lock($1)", key):
                raise Busy(f"feed {name}", "is being built already")
            try:
                yield connection
            finally:
                if not connection.is_closed():
                    await connection.execute("select pg_advisory_unlock($1)", key)

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


def _registered(definition: FeedDefinition) -> Registered:
    form = make_format(definition, "")
    return Registered.of(definition, form.extension, form.media_type)


class _Kitchen(NamedTuple):
    """What products are made with."""

    recipe: Recipe
    claims: Claims
    frame: Frame
    """The last one that came to the same."""
    fingerprint: bytes

    def tidy_up(self, *, after_a_whole_build: bool) -> None:
        """For the next build; much of what a whole one remembers is too much to be kept until then."""
        self.claims.forget()
        if after_a_whole_build:
            self.recipe.maker.forget()


class _Standing:
    """What is published."""

    def __init__(self, base: Base, index: BinaryIO, file: BinaryIO) -> None:
        self.base, self._index, self.file = base, index, file

    @cached_property
    def before(self) -> Before | None:
        """None: it cannot be built upon."""
        return Before.read(self._index)

    def is_of(self, made: Made) -> bool:
        return self.base.digest == made.digest and self.before is not None


class _File(msgspec.Struct, frozen=True):
    """A feed's file, written now or, where nothing changed, before."""

    totals: Totals
    raw_bytes: int
    packed_bytes: int
    digest: bytes


class _Work:
    """One build's reading, rendering and writing."""

    def __init__(self, storage: FeedStorage, catalogue: Catalogue, kitchen: _Kitchen, number: int) -> None:
        self._storage, self._catalogue, self._number = storage, catalogue, number
        self._recipe, self._claims = kitchen.recipe, kitchen.claims
        self._name, self._channel = self._recipe.definition.name, Channel(self._recipe.definition.stock_channel)
        self.rendered = 0

    async def whole(self) -> _File:
        self._claims.is_taken = SeenIds().met
        self.rendered = 0
        return await self._filed(self._rendered)

    async def _rendered(self, packer: Packer, file: Writing) -> None:
        render, claims, at = self._recipe.render, self._claims.take, self._catalogue.at
        async with aclosing(self._catalogue.batches(self._channel)) as batches:
            async for batch in batches:
                for product in batch.products:
                    done = render(product, batch.left, at)
                    packer.add(product.id, Entry(done.written, done.outcome, claims()))
                self.rendered += len(batch.products)
                if packer.is_full:
                    await file.write(packer.take())

    async def from_before(self, standing: "_Standing") -> _File | None:
        """None where the build before cannot be used, or too much has changed."""
        base = standing.base
        async with meanwhile(self._catalogue.changed_since(base.seen, ages_in(self._recipe.definition))) as asked:
            before, changed = standing.before, await asked
        if before is None:
            return None
        if not changed:
            return _File(before.totals(), base.raw_bytes, base.packed_bytes, base.digest)
        if len(changed) * _LARGEST_SHARE > before.count + _LARGEST_SHARE:
            return None
        old = OldFile(before, partial(_read, standing.file))
        try:
            async with meanwhile(self._news(before, changed)) as asked:
                old.unpack_ahead(changed)
                news = await asked
            if news is None:
                return None
            fill = partial(self._spliced, old, sorted({*changed, *news}), news, standing.file)
            return await self._filed(fill, base.packed_bytes + _ROOM, standing.file)
        except (TornFile, EOFError):
            _log.exception("feed %s is built whole: build %s is not what it was", self._name, base.id)
            return None

    async def _spliced(self, old: OldFile, changed: list[int], news: News, before: BinaryIO, packer: Packer, file: Writing) -> None:
        for _ in splice(packer, old, changed, news):
            if packer.is_full:
                await file.write(packer.take(), before)

    async def _news(self, before: Before, changed: list[int]) -> News | None:
        """With those that share an id with one of them, too. None: it is too much."""
        news = News()
        if not await self._render(changed, lambda _product_id, _code: False, news):
            return None
        rivals = Rivals(before, news, changed)
        if len(rivals.products) > len(changed) + _MOST_RIVALS:
            return None
        return news if await self._render(rivals.products, rivals.is_taken, news) else None

    async def _render(self, ids: Sequence[int], is_taken: Callable[[int, int], bool], news: News) -> bool:
        """False: it is too much."""
        async with aclosing(self._catalogue.some(ids, self._channel)) as batches:
            async for batch in batches:
                for product in batch.products:
                    self._claims.is_taken = partial(is_taken, product.id)
                    done = self._recipe.render(product, batch.left, self._catalogue.at)
                    news.put(product.id, Entry(done.written, done.outcome, self._claims.take()))
                self.rendered += len(batch.products)
                if news.size > LARGEST_CHANGE:
                    return False
        return True

    async def _filed(
        self, fill: Callable[[Packer, Writing], Coroutine[Any, Any, None]], size: int = 0, before: BinaryIO | None = None
    ) -> _File:
        """`fill` adds products, and hands on what is ready. `size`: about what it will come to. `before`: the file that parts are copied
        from."""
        form = self._recipe.form
        packer = Packer(form.header, form.footer)
        async with (
            self._storage.writing(index_of(self._name, self._number), lasting=False) as index,
            self._storage.writing(file_of(self._name, self._number), size) as file,
        ):
            await fill(packer, file)
            packer.finish()
            await file.write(packer.take(), before)
            await index.write(packer.index.pieces())
            return _File(packer.index.totals(), packer.raw_size, packer.packed_size, packer.digest)


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    return os.pread(file.fileno(), size, start)


def ages_in(definition: FeedDefinition) -> set[int]:
    """Every number of days after which one of the definition's filters changes its mind about a product."""
    conditions = [*(rule.when for rule in definition.fields), *(rule.when for rule in definition.prices)]
    filters = [*definition.filters, *(each for each in conditions if each is not None)]
    return {days for each in filters for days in (each.newer_than_days, each.older_than_days) if days is not None}
