"""What the storefront asks of the rest of the program; the composition root fills it in, tests fill in twins that live in memory."""

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from feeds.explain import Explanation
from search.merchandising.types import Arrangement
from search.types import SearchQuery, SearchResult, Suggestion
from spoina.cart.feed import CartFeed
from spoina.cart.service import Carts
from spoina.catalog.categories import CategoryTree
from spoina.catalog.listing import Condition, Listing, ListingQuery
from spoina.catalog.types import Menu, Page, Product, Shop, Variant
from spoina.checkout.service import Checkout
from spoina.customers.tokens import CustomerTokens
from spoina.ids import CategoryId, Channel, LocationId, ProductId, StockItemId, VariantId
from spoina.inventory.channel_stock import Update
from spoina.inventory.known_codes import Code
from spoina.inventory.types import Location, ShelfAvailability
from spoina.orders.customers import OrderBook
from spoina.orders.feed import OrderFeed
from spoina.orders.keys import OrderKeys
from spoina.orders.returns import Returns
from spoina.pricing.cart.types import Shop as PricedShop
from spoina.terms.types import Terms


class CatalogReader(Protocol):
    """The published catalogue. What is not published is not there: None, or absent from a listing."""

    @property
    def edition(self) -> Hashable | None:
        """While it stays the same, so does everything that is read here. None while nobody can tell."""

    @property
    def shop(self) -> Shop: ...
    @property
    def categories(self) -> CategoryTree: ...
    @property
    def pages(self) -> Sequence[Page]: ...
    @property
    def menus(self) -> Mapping[str, Menu]: ...
    async def products(self, ids: Sequence[ProductId]) -> Sequence[Product | None]: ...
    async def by_handle(self, handle: str) -> Product | None: ...
    async def variants(self, ids: Sequence[VariantId]) -> Sequence[tuple[Product, Variant] | None]: ...
    async def listing(self, query: ListingQuery) -> Listing: ...
    async def count(self, condition: Condition) -> int: ...
    async def tags(self) -> Sequence[str]: ...
    async def product_types(self) -> Sequence[str]: ...
    async def recommendations(self, product: Product, limit: int) -> Sequence[ProductId]: ...


class ProductSearch(Protocol):
    """What texts find, in every channel alike. `search` and `suggest` raise IndexNotBuilt before there is an index, SearchUnavailable while
    the engine is away."""

    @property
    def edition(self) -> Hashable | None:
        """While it stays the same, so do index, words and rules. None while nobody can tell."""

    async def search(self, query: SearchQuery) -> SearchResult: ...
    async def suggest(self, text: str, limit: int) -> Sequence[Suggestion]: ...
    def popular(self, text: str, limit: int) -> Sequence[str]: ...
    def note(self, text: str, *, found: bool) -> None: ...
    def of_query(self, text: str, now: datetime) -> Arrangement: ...
    def of_category(self, category: CategoryId, now: datetime) -> Arrangement: ...


class Stock(Protocol):
    """What the channel that asks may sell; None where the shop does not count."""

    @property
    def changes(self) -> int:
        """Counts up whenever levels, locations or rules may have changed."""

    @property
    def timed(self) -> bool:
        """Whether levels may also change because time passes."""

    @property
    def locations(self) -> Sequence[Location]: ...
    def left(self, item: StockItemId) -> int | None: ...
    def shelf_at(self, item: StockItemId, location: LocationId) -> ShelfAvailability | None: ...
    def follow(self, codes: Sequence[Code], location: LocationId | None = None, since: int | None = None) -> AsyncIterator[Update]: ...


class FeedItems(Protocol):
    async def explain(self, feed: str, sku: str) -> Explanation:
        """Raises InvalidInput, NotFound."""


class Announcements(Protocol):
    @property
    def count(self) -> Hashable:
        """While it stays the same, so do the editions of the catalogue and of the search, where they are known, and the stock's changes."""


class TermsOfSale(Protocol):
    @property
    def terms(self) -> Terms: ...
    @property
    def shop(self) -> PricedShop: ...


class OrderPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What carts become."""

    checkout: Checkout
    book: OrderBook
    returns: Returns
    keys: OrderKeys
    feed: OrderFeed
    public_url: str | None = None
    """Where customers reach this API; None: nobody said."""


class CartPorts(msgspec.Struct, frozen=True, kw_only=True):
    """The carts of one channel."""

    service: Carts
    feed: CartFeed
    terms: TermsOfSale
    customers: CustomerTokens
    orders: OrderPorts
    channel: Channel
    new_id: Callable[[], str]
    """Names an operation that the client left without a name."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    catalog: CatalogReader
    stock: Stock
    search: ProductSearch
    carts: CartPorts
    feeds: FeedItems
    announcements: Announcements
    clock: Callable[[], datetime]
    new_reference: Callable[[], str]
    """Names an unexpected error, in the answer and in the log."""
