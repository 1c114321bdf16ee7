"""What the application stands on, opened in order and closed in reverse."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from time import monotonic
from uuid import uuid4

import msgspec
from opentelemetry.trace import Tracer
from redis.asyncio import Redis

from api.availability.answers import EncodedAnswers
from api.availability.requests import CHANNELS
from api.carts import CartServices, open_carts
from api.customer_tokens import customer_tokens, order_keys
from api.feeding import definitions
from api.hot_lane import GRAPHQL_BODY_BYTES
from api.invariants import InvariantChecks
from api.limits.opening import OpenLimits, open_limits
from api.usage import Usage, open_usage
from feeds.inspecting import FeedItems
from search.opening import Search, open_search
from search.shop import ShopSearch, open_shop_search
from spoina.access.service import KeyRing
from spoina.catalog.reader import CatalogReader
from spoina.clock import Clock, utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.ids import Channel
from spoina.inventory.changes import ChangeFeed
from spoina.inventory.channel_stock import ChannelStock
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.migrate import migration_files
from spoina.notifications import Listener
from spoina.orders.customers import OrderBook
from spoina.orders.returns import Returns
from spoina.settings import Settings
from spoina.terms.reader import TermsReader
from storefront.documents import served_documents
from storefront.execution import Storefront
from storefront.limits import Limits
from storefront.ports import CartPorts, OrderPorts, Ports

REDIS_SECONDS = 1.0
"""Redis may be lost: nobody waits for it longer than this."""


class Services(msgspec.Struct, frozen=True, kw_only=True):
    pool: Pool
    redis: Redis
    keys: KeyRing
    reader: CatalogReader
    terms: TermsReader
    offers: OfferReader
    feed: ChangeFeed
    carts: CartServices
    search: Search
    availability: EncodedAnswers
    invariants: InvariantChecks
    limits: OpenLimits
    usage: Usage
    feed_items: FeedItems
    storefronts: Mapping[Channel, Storefront]
    clock: Clock
    migrations: Sequence[str]
    """Those that this process's code came with: its folder may hold a newer release by now, which is not what runs."""


@asynccontextmanager
async def open_services(settings: Settings, database_url: str, redis_url: str, tracer: Tracer | None = None) -> AsyncIterator[Services]:
    """Raises what the database raises when it cannot be reached; Redis is not waited for."""
    async with AsyncExitStack() as closing:
        pool = await connect_pool(database_url)
        closing.push_async_callback(pool.close)
        redis = Redis.from_url(redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
        closing.push_async_callback(redis.aclose)
        listener = Listener(partial(connect, database_url))
        reader, shelves, codes = CatalogReader(pool, listener), ShelfSnapshot(pool, listener), CodeIndex(pool, listener)
        terms = TermsReader(pool, listener)
        keys = KeyRing(pool, monotonic)
        for follower in (reader, shelves, codes, terms):
            await follower.start()
        await listener.subscribe(keys)
        await listener.start()
        closing.push_async_callback(listener.stop)
        offers = OfferReader(pool, codes, shelves, utc_now)
        feed = ChangeFeed(offers)
        carts = await closing.enter_async_context(open_carts(pool, database_url, listener, (reader, terms, offers), utc_now))
        search = await closing.enter_async_context(open_search(settings, utc_now))
        shop_search = await closing.enter_async_context(open_shop_search(search, pool, listener, utc_now))
        usage = await closing.enter_async_context(open_usage(pool, utc_now, tracer))
        feed_items = FeedItems(pool, definitions(settings), utc_now)
        limits = await closing.enter_async_context(open_limits(settings, keys, redis, monotonic))
        yield Services(
            pool=pool,
            redis=redis,
            keys=keys,
            reader=reader,
            terms=terms,
            offers=offers,
            feed=feed,
            carts=carts,
            search=search,
            availability=EncodedAnswers(offers),
            invariants=InvariantChecks(pool, utc_now, monotonic),
            limits=limits,
            usage=usage,
            feed_items=feed_items,
            storefronts=_storefronts(settings, pool, reader, terms, offers, feed, carts, shop_search, feed_items, usage, listener),
            clock=utc_now,
            migrations=migration_files(),
        )


def _storefronts(
    settings: Settings,
    pool: Pool,
    reader: CatalogReader,
    terms: TermsReader,
    offers: OfferReader,
    feed: ChangeFeed,
    carts: CartServices,
    search: ShopSearch,
    feed_items: FeedItems,
    usage: Usage,
    listener: Listener,
) -> dict[Channel, Storefront]:
    schema, trusted = served_documents()
    customers = customer_tokens(settings, utc_now)
    orders = OrderPorts(
        checkout=carts.checkout,
        book=OrderBook(pool),
        returns=Returns(pool, utc_now),
        keys=order_keys(settings),
        feed=carts.orders,
        public_url=None if settings.woocommerce is None else settings.woocommerce.webhook_url,
    )
    return {
        channel: Storefront(
            schema,
            Ports(
                catalog=reader,
                stock=ChannelStock(offers, feed, channel),
                search=search,
                carts=CartPorts(
                    service=carts.carts,
                    feed=carts.feed,
                    terms=terms,
                    customers=customers,
                    orders=orders,
                    channel=channel,
                    new_id=_new_name,
                ),
                feeds=feed_items,
                announcements=listener,
                clock=utc_now,
                new_reference=_new_name,
            ),
            trusted=trusted,
            tally=usage.tally,
            limits=Limits(body_bytes=GRAPHQL_BODY_BYTES),
            trusted_only=settings.trusted_documents_only,
            introspection=settings.development,
        )
        for channel in map(Channel, CHANNELS)
    }


def _new_name() -> str:
    return uuid4().hex
