"""Feeds, for staff: how they stand, what was built and fetched, why an item is in one or not, and the way back."""

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from api.authentication import requires
from api.feeding import new_secret
from feeds import observing, records
from feeds.explain import Explanation
from feeds.inspecting import FeedItems
from feeds.observing import Fetch
from feeds.records import Build, FeedState
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import NotFound

TAG = ["feeds"]
LARGEST_BUILD = (1 << 63) - 1


class FeedDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The newest builds and fetches first."""

    feed: FeedState
    builds: Sequence[Build]
    fetches: Sequence[Fetch]


class Rollback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`build` None: the one that was published before the present one."""

    build: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_BUILD)] | None = None


class FeedDesk:
    def __init__(self, pool: Pool, items: FeedItems, clock: Clock, make_secret: Callable[[], str] = new_secret) -> None:
        self._pool, self._items, self._clock, self._make_secret = pool, items, clock, make_secret

    async def states(self) -> list[FeedState]:
        return await records.feed_states(self._pool)

    async def detail(self, name: str) -> FeedDetail:
        found = await records.feed_states(self._pool, _known(name))
        if not found:
            raise NotFound("feed", name)
        builds, fetches = await records.builds_of(self._pool, name), await observing.fetches_of(self._pool, name)
        return FeedDetail(feed=found[0], builds=builds, fetches=fetches)

    async def explain(self, name: str, sku: str) -> Explanation:
        return await self._items.explain(name, sku)

    async def roll_back(self, name: str, build: int | None) -> FeedDetail:
        await records.roll_back(self._pool, _known(name), build, self._clock())
        return await self.detail(name)

    async def renew_secret(self, name: str) -> FeedDetail:
        await records.renew_secret(self._pool, _known(name), self._make_secret())
        return await self.detail(name)


def _known(name: str) -> str:
    """PostgreSQL refuses to be asked for what no text of its can hold."""
    if "\x00" in name:
        raise NotFound("feed", name)
    return name


def feed_desk_routes(keys: KeyRing, desk: FeedDesk) -> list[HTTPRouteHandler]:
    read, write = [requires(keys, Scope.FEEDS_READ)], [requires(keys, Scope.FEEDS_WRITE)]

    @get("/v1/feeds", guards=read, tags=TAG, summary="How every feed stands")
    async def list_feeds() -> list[FeedState]:
        """For staff keys. With the address that crawlers are given, which is a secret."""
        return await desk.states()

    @get("/v1/feeds/{name:str}", guards=read, tags=TAG, summary="A feed's builds, and who fetched it")
    async def show_feed(name: FromPath[str]) -> FeedDetail:
        """For staff keys. The last 50 builds and 100 fetches."""
        return await desk.detail(name)

    @get("/v1/feeds/{name:str}/explain/{sku:str}", guards=read, tags=TAG, summary="Why is this item in the feed, or not?")
    async def explain_feed_item(name: FromPath[str], sku: FromPath[str]) -> Explanation:
        """For staff keys. The rules that were asked, what each changed, and for each field of the channel the value and where it comes
        from, as a build at this moment would have them."""
        return await desk.explain(name, sku)

    @post("/v1/feeds/{name:str}/rollback", guards=write, status_code=200, tags=TAG, summary="Publish an older build again")
    async def roll_back(name: FromPath[str], data: JSONBody[Rollback]) -> FeedDetail:
        """For staff keys. The feed stays at that build until somebody builds it by hand."""
        return await desk.roll_back(name, data.build)

    @post("/v1/feeds/{name:str}/secret", guards=write, status_code=200, tags=TAG, summary="Give a feed another address")
    async def renew_secret(name: FromPath[str]) -> FeedDetail:
        """For staff keys. The address that was known before is refused from now on; give the channel the new one."""
        return await desk.renew_secret(name)

    return [list_feeds, show_feed, explain_feed_item, roll_back, renew_secret]
