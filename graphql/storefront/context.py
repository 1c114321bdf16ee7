"""What one request knows: the catalogue, one moment for every price in the answer, and the products it has met."""

from datetime import datetime

from search.merchandising.types import Arrangement
from spoina.catalog.types import Product, Variant
from spoina.ids import ProductId
from spoina.inventory.rules import is_for_sale
from spoina.pricing.rules import effective, on_sale
from storefront.callers import READER, Caller
from storefront.loading import ProductLoader
from storefront.place import InContext
from storefront.ports import Ports
from storefront.search_fields import UnknownField


class Context:
    """Made for one request. Resolvers reach it as `info.context`."""

    __slots__ = (
        "boundaries",
        "caller",
        "carts",
        "catalog",
        "categories",
        "degraded",
        "feeds",
        "in_context",
        "now",
        "products",
        "reads_all_stock",
        "search",
        "search_warnings",
        "shop",
        "stock",
    )

    def __init__(self, ports: Ports, in_context: InContext, caller: Caller = READER) -> None:
        self.caller, self.carts = caller, ports.carts
        self.catalog, self.stock, self.now = ports.catalog, ports.stock, ports.clock()
        self.search, self.feeds = ports.search, ports.feeds
        self.shop, self.in_context = ports.catalog.shop, in_context
        self.categories = ports.catalog.categories
        self.products = ProductLoader(ports.catalog)
        self.search_warnings: list[UnknownField] = []
        self.reads_all_stock = False
        """Whether a listing asked which products are in stock."""
        self.degraded = False
        """Whether something was left out because the search engine is away: such an answer is given once."""
        self.boundaries: list[datetime] = []
        """When rules that arranged the answer begin or end."""

    def product_of(self, variant: Variant) -> Product:
        """A variant is only ever reached through its product, so the product is at hand."""
        return self.products.met[ProductId(variant.product_id)]

    def left(self, variant: Variant) -> int | None:
        return None if variant.stock.item is None else self.stock.left(variant.stock.item)

    def can_be_bought(self, product: Product) -> bool:
        return any(map(self.for_sale, product.variants))

    def arranged(self, arrangement: Arrangement) -> Arrangement:
        """Notes until when it holds."""
        if arrangement.until is not None:
            self.boundaries.append(arrangement.until)
        return arrangement

    def reduced(self, variant: Variant) -> bool:
        return on_sale(variant.prices, self.now)

    def price(self, variant: Variant) -> int | None:
        return effective(variant.prices, self.now)

    def for_sale(self, variant: Variant) -> bool:
        return is_for_sale(variant, self.left(variant))
