"""The catalogue as everyone reads it: decoded documents and listings from memory, or from PostgreSQL where memory does not hold them.

Nothing stale is handed out: once a commit is announced (NOTIFY reaches every process within a millisecond), what it changed is
dropped before the next read is answered; while the listener is cut off, every read goes to the database. Only the shop's settings,
categories, pages and menus stay as they were until it is back.
"""

from collections.abc import Callable, Collection, Coroutine, Hashable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from spoina.catalog import queries
from spoina.catalog.answers import Answers
from spoina.catalog.categories import CategoryTree
from spoina.catalog.conditions import is_storable, names_products, reads_stock
from spoina.catalog.documents import BY_HANDLE, BY_ID, BY_VARIANT, Documents, pairs
from spoina.catalog.following import Follower
from spoina.catalog.labels import category, fold, labels_of
from spoina.catalog.listing import Condition, Listing, ListingQuery
from spoina.catalog.types import Menu, Page, Product, Shop, Variant
from spoina.db import Pool
from spoina.errors import NotFound
from spoina.ids import ProductId, VariantId
from spoina.notifications import Listener

MEGABYTE = 1024 * 1024
COUNT_CEILING = 10_000
_IDS_KEPT_IN_LISTINGS = 200_000
_NAMES_KEPT = 100_000
_COUNTS_KEPT = 10_000

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class CatalogReader:
    """One per process. Asks only for what is published: the rest is None, or absent from listings."""

    def __init__(self, pool: Pool, listener: Listener, *, memory_limit_bytes: int = 128 * MEGABYTE) -> None:
        self._pool, self._listener = pool, listener
        self._documents = Documents(pool, memory_limit_bytes)
        self._listings: Answers[ListingQuery, Listing] = Answers(_IDS_KEPT_IN_LISTINGS, lambda listing: 1 + len(listing.ids))
        self._recommended: Answers[tuple[ProductId, int], tuple[ProductId, ...]] = Answers(_IDS_KEPT_IN_LISTINGS, lambda ids: 1 + len(ids))
        self._counts: Answers[tuple[Condition, int], int] = Answers(_COUNTS_KEPT, lambda _: 1)
        self._names: Answers[str, tuple[str, ...]] = Answers(_NAMES_KEPT, len)
        self._follower = Follower(pool, listener, self._forget)

    async def start(self) -> None:
        """Returns with the shop loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self._follower)

    async def stop(self) -> None:
        self._listener.unsubscribe(self._follower)

    async def settled(self, version: int) -> None:
        """Returns once this version of the catalogue is what is read, with all that was announced of the shop before it."""
        await self._follower.settled(version)

    @property
    def version(self) -> int:
        """The last version of the catalogue that was heard of and applied."""
        return self._follower.seen

    @property
    def edition(self) -> tuple[int, int, int] | None:
        """Of everything that is read here, the shop's settings too: while it stays the same, so do they. None while nobody can tell."""
        return self._follower.edition

    @property
    def live(self) -> bool:
        """False while the listener is cut off and memory is not trusted."""
        return self._follower.live

    @property
    def shop(self) -> Shop:
        """Raises NotFound before the first synchronisation."""
        shop = self._follower.snapshot.shop
        if shop is None:
            raise NotFound("shop", "before the first synchronisation")
        return shop

    @property
    def categories(self) -> CategoryTree:
        return self._follower.snapshot.categories

    @property
    def pages(self) -> Sequence[Page]:
        return self._follower.snapshot.pages

    @property
    def menus(self) -> Mapping[str, Menu]:
        """By handle."""
        return self._follower.snapshot.menus

    async def products(self, ids: Sequence[ProductId]) -> list[Product | None]:
        """In the order of the ids."""
        possible = [product_id for product_id in ids if _fits(product_id)]
        if await self._follower.caught_up():
            found = await self._documents.by_ids(possible)
        else:
            found = {product.id: product for product in await self._documents.read_through(BY_ID, possible)}
        return [found.get(product_id) for product_id in ids]

    async def by_handle(self, handle: str) -> Product | None:
        if not is_storable(handle):
            return None
        if await self._follower.caught_up():
            return await self._documents.by_handle(handle)
        return next(iter(await self._documents.read_through(BY_HANDLE, [handle])), None)

    async def variants(self, ids: Sequence[VariantId]) -> list[tuple[Product, Variant] | None]:
        """Each with its product, in the order of the ids."""
        possible = [variant_id for variant_id in ids if _fits(variant_id)]
        if await self._follower.caught_up():
            found = await self._documents.by_variants(possible)
        else:
            found = pairs(await self._documents.read_through(BY_VARIANT, possible), None)
        return [found.get(variant_id) for variant_id in ids]

    async def listing(self, query: ListingQuery) -> Listing:
        """Raises InvalidInput for a cursor of another listing, a limit out of range, or a condition that cannot be."""
        read = partial(self._read_listing, query)
        # Stock moves without a new version of the catalogue; lists of products are as many as there are searches.
        passing = reads_stock(query.condition) or names_products(query.condition)
        return await (read() if passing else self._answer(self._listings, query, read))

    async def count(self, condition: Condition, *, ceiling: int = COUNT_CEILING) -> int:
        """How many products a listing has; `ceiling` stands for that many or more."""
        read = partial(self._read_count, condition, ceiling)
        passing = reads_stock(condition) or names_products(condition)
        return await (read() if passing else self._answer(self._counts, (condition, ceiling), read))

    async def tags(self) -> tuple[str, ...]:
        """The tags of listed products, as the shop writes them, in alphabetical order; product types and vendors alike."""
        return await self._answer(self._names, "tags", self._read_tags)

    async def product_types(self) -> tuple[str, ...]:
        return await self._answer(self._names, "types", partial(self._read_names, queries.PRODUCT_TYPES))

    async def vendors(self) -> tuple[str, ...]:
        return await self._answer(self._names, "vendors", partial(self._read_names, queries.VENDORS))

    async def recommendations(self, product: Product, limit: int) -> tuple[ProductId, ...]:
        """Of the same categories (of any, for a product without one), those that share most labels first."""
        return await self._answer(self._recommended, (product.id, limit), partial(self._read_recommended, product, limit))

    async def _answer(
        self, answers: Answers[Question, Answer], question: Question, read: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        return await answers.get(question, read) if await self._follower.caught_up() else await read()

    async def _read_listing(self, query: ListingQuery) -> Listing:
        statement = queries.ListingStatement(query)
        return statement.listing(await self._pool.fetch(statement.sql, *statement.arguments))

    async def _read_count(self, condition: Condition, ceiling: int) -> int:
        statement = queries.count_statement(condition, ceiling)
        counted: int = await self._pool.fetchval(statement.sql, *statement.arguments)
        return min(counted, ceiling)

    async def _read_tags(self) -> tuple[str, ...]:
        (row,) = await self._pool.fetch(queries.USED_TAGS)
        spelling = {name.casefold(): name for name in row["names"]}
        return _in_order(spelling.get(folded, folded) for folded in row["used"])

    async def _read_names(self, statement: str) -> tuple[str, ...]:
        return _in_order(row[0] for row in await self._pool.fetch(statement))

    async def _read_recommended(self, product: Product, limit: int) -> tuple[ProductId, ...]:
        labels = labels_of(product)
        categories = [category(category_id) for category_id in product.category_ids]
        rows = await self._pool.fetch(queries.RECOMMENDED, product.id, categories or labels, labels, limit)
        return tuple(row[0] for row in rows)

    def _forget(self, ids: Collection[ProductId] | None) -> None:
        if ids is None:
            self._documents.forget_all()
        else:
            self._documents.forget(ids)
        for answers in (self._listings, self._recommended, self._counts, self._names):
            answers.clear()


def _fits(number: int) -> bool:
    """Whether it can be an id at all: PostgreSQL's bigint."""
    return 0 < number < 2**63


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (fold(name), name)))
