"""A catalogue in memory that answers like the real reader, and a small Polish shop to fill it with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from spoina.catalog.categories import CategoryTree
from spoina.catalog.labels import fold, labels_of, search_text_of
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasLabel, HasText, IsAvailable, Listing, ListingQuery, Not, SortKey
from spoina.catalog.types import (
    Backorders,
    Category,
    Image,
    Kind,
    Menu,
    MenuItem,
    Metafield,
    Option,
    Page,
    Product,
    SelectedOption,
    Shop,
    StockPolicy,
    Variant,
)
from spoina.ids import Gtin, LocationId, ProductId, Sku, StockItemId, VariantId
from spoina.inventory.rules import is_for_sale
from spoina.inventory.types import Location
from spoina.pricing.rules import effective
from spoina.pricing.types import PricePoint, PriceSchedule, PriorPrice
from storefront.documents import served_documents
from storefront.execution import Storefront
from storefront.ports import Ports
from tests.spoina.catalog.builders import category, page, product, variant
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_feeds import WITHOUT_FEEDS
from tests.storefront.without_search import WITHOUT_SEARCH

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

SHOP = Shop(
    name="Garncarnia",
    url="https://garncarnia.example",
    currency="PLN",
    country="PL",
    timezone="Europe/Warsaw",
    language="pl",
    description="Ceramika",
    as_of=NOW,
)


class Stock(dict[int, int]):
    """Left by item; `at`: left by item and location."""

    changes = 0
    timed = False
    locations: tuple[Location, ...] = ()

    def __setitem__(self, item: int, left: int) -> None:
        super().__setitem__(item, left)
        self.changes += 1

    def left(self, item: StockItemId) -> int | None:
        return self.get(item)

    def shelf_at(self, _item: StockItemId, _location: LocationId) -> None:
        return None


class HasEdition(Protocol):
    edition: object


class Catalogue:
    """The reader's port over lists."""

    def __init__(
        self,
        products: Sequence[Product],
        *,
        stock: Stock,
        categories: Sequence[Category] = (),
        pages: Sequence[Page] = (),
        menus: Mapping[str, Menu] | None = None,
        shop: Shop = SHOP,
    ) -> None:
        self._products = {each.id: each for each in products}
        self.stock, self.shop, self.pages, self.menus = stock, shop, tuple(pages), dict(menus or {})
        self.categories = CategoryTree(categories)
        self.calls: list[str] = []
        self.edition: object = None

    def known(self, product_id: int) -> Product:
        return self._products[ProductId(product_id)]

    def put(self, product: Product) -> None:
        self._products[product.id] = product

    async def products(self, ids: Sequence[ProductId]) -> list[Product | None]:
        self.calls.append(f"products {len(ids)}")
        return [self._products.get(each) for each in ids]

    async def by_handle(self, handle: str) -> Product | None:
        self.calls.append("by_handle")
        return next((each for each in self._products.values() if each.handle == handle), None)

    async def variants(self, ids: Sequence[VariantId]) -> list[tuple[Product, Variant] | None]:
        self.calls.append(f"variants {len(ids)}")
        known = {one.id: (each, one) for each in self._products.values() for one in each.variants}
        return [known.get(each) for each in ids]

    async def listing(self, query: ListingQuery) -> Listing:
        self.calls.append("listing")
        found = [each for each in self._products.values() if self._holds(query.condition, each)]
        found.sort(key=lambda each: self._key(query.sort, each), reverse=query.reverse)
        ids = [each.id for each in found]
        low = ids.index(int(query.after)) + 1 if query.after else 0
        high = ids.index(int(query.before)) if query.before else len(ids)
        low, high = (max(low, high - query.limit), high) if query.backward else (low, min(high, low + query.limit))
        chosen = tuple(ids[low:high])
        return Listing(ids=chosen, cursors=tuple(map(str, chosen)), has_next=high < len(ids), has_previous=low > 0)

    async def count(self, condition: Condition) -> int:
        return sum(self._holds(condition, each) for each in self._products.values())

    async def tags(self) -> Sequence[str]:
        return sorted({tag for each in self._products.values() for tag in each.tags})

    async def product_types(self) -> Sequence[str]:
        return sorted({each.product_type for each in self._products.values() if each.product_type})

    async def recommendations(self, product: Product, limit: int) -> Sequence[ProductId]:
        return [each.id for each in self._products.values() if each.id != product.id and set(each.category_ids) & set(product.category_ids)]

    def _key(self, sort: SortKey, each: Product) -> tuple[object, ...]:
        values = {
            SortKey.TITLE: fold(each.title),
            SortKey.PRICE: min((effective(one.prices, NOW) or 0 for one in each.variants), default=0),
            SortKey.CREATED_AT: each.created_at,
            SortKey.UPDATED_AT: each.updated_at,
            SortKey.MANUAL: each.position,
        }
        return (values.get(sort, 0), each.id)

    def _holds(self, condition: Condition, each: Product) -> bool:
        match condition:
            case All(parts):
                return all(self._holds(part, each) for part in parts)
            case AnyOf(parts):
                return any(self._holds(part, each) for part in parts)
            case Not(part):
                return not self._holds(part, each)
            case HasLabel(labels):
                return not set(labels).isdisjoint(labels_of(each))
            case IsAvailable(available):
                return available == any(is_for_sale(one, self.stock.get(one.stock.item)) for one in each.variants)
            case HasText(text, prefix, field):
                return _has_text(each, fold(text), prefix, field)
            case Compares(field, operator, value):
                return any(_COMPARE[operator](known, value) for known in _values(each, field, self.stock))


_COMPARE = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _values(each: Product, field: str, stock: Stock) -> list[object]:
    if field == "inventory":
        return [sum(stock.get(one.stock.item, 0) for one in each.variants)]
    if field == "price":
        return [minor for one in each.variants if (minor := effective(one.prices, NOW)) is not None]
    return [getattr(each, field)]


def _has_text(each: Product, text: str, prefix: bool, field: str | None) -> bool:
    if field in {"sku", "barcode"}:
        return any(fold(getattr(one, field) or "") == text for one in each.variants)
    words = fold({"title": each.title, "handle": each.handle}.get(field or "") or search_text_of(each)).split()
    return any(word.startswith(text) if prefix else word == text for word in words) or (" " in text and text in " ".join(words))


MUG_SALE = PriceSchedule(regular=4999, sale=3999, sale_from=NOW - DAY, sale_to=NOW + DAY)
MUG_PRIOR = PriorPrice(
    minor=4500,
    since=NOW - 20 * DAY,
    window_from=NOW - 31 * DAY,
    reduced_at=NOW - DAY,
    evidence=(PricePoint(since=NOW - 31 * DAY, minor=4500),),
)


def picture(number: int) -> Image:
    return Image(id=number, url=f"https://garncarnia.example/{number}.jpg", alt=f"Zdjęcie {number}")


def mug() -> Product:
    """Two colours, three sizes, five of the six combinations; only the blue ones are on sale."""
    chosen = [("niebieski", "S"), ("niebieski", "M"), ("niebieski", "L"), ("biały", "S"), ("biały", "L")]
    variants = tuple(
        variant(
            1010 + place,
            101,
            title=f"{colour} / {size}",
            options=(SelectedOption("Kolor", colour), SelectedOption("Rozmiar", size)),
            prices=MUG_SALE if colour == "niebieski" else PriceSchedule(regular=4999 + place),
            prior_price=MUG_PRIOR if colour == "niebieski" else None,
            stock=StockPolicy(item=StockItemId(1010 + place)),
            sku=Sku(f"KUB-{place}"),
            barcode=Gtin("5901234123457") if place == 1 else None,
            weight_grams=350,
            image=picture(7) if colour == "biały" else None,
        )
        for place, (colour, size) in enumerate(chosen)
    )
    return product(
        101,
        handle="kubek-ceramiczny",
        kind=Kind.VARIABLE,
        title="Kubek ceramiczny",
        vendor="Garncarnia",
        product_type="Kubki",
        tags=("ceramika", "ręcznie robione"),
        categories=(11,),
        description="Kubek z gliny, szkliwiony ręcznie.",
        description_html="<p>Kubek z gliny, szkliwiony ręcznie.</p>",
        summary="Kubek z gliny",
        images=(picture(5), picture(6), picture(7)),
        options=(Option("Kolor", ("niebieski", "biały")), Option("Rozmiar", ("S", "M", "L"))),
        variants=variants,
        metafields=(Metafield(namespace="attributes", key="material", value="glina", label="Materiał"),),
        cross_sell_ids=(ProductId(102),),
        permalink="https://garncarnia.example/produkt/kubek-ceramiczny/",
        position=2,
    )


def shop_products() -> list[Product]:
    return [
        mug(),
        product(102, handle="talerz", title="Talerz", price=8900, categories=(12,), tags=("ceramika",), product_type="Talerze", position=1),
        product(103, handle="misa", title="Misa", price=12000, counted=True, categories=(12,), updated_at=NOW + DAY),
        product(
            104,
            handle="zestaw",
            kind=Kind.GROUPED,
            title="Zestaw",
            grouped_ids=(ProductId(102), ProductId(103), ProductId(999)),
            variants=(variant(104, price=None, purchasable=False),),
        ),
        product(
            105,
            handle="zamow",
            title="Na zamówienie",
            price=100,
            variants=(variant(105, stock=StockPolicy(item=StockItemId(105), backorders=Backorders.NOTIFY)),),
        ),
    ]


def shop_stock() -> Stock:
    return Stock({1010: 0, 1011: 3, 1012: 1, 1013: 2, 1014: -1, 103: 0, 105: 0})


def shop_categories() -> list[Category]:
    return [
        category(10, handle="kuchnia", title="Kuchnia", description="Do kuchni", image=picture(1)),
        category(11, 10, handle="kubki", title="Kubki"),
        category(12, 10, handle="talerze", title="Talerze"),
        category(20, handle="lampy", title="Lampy"),
    ]


def shop_pages() -> list[Page]:
    return [page(31, handle="o-nas", title="O nas", summary="Kim jesteśmy"), page(32, handle="kontakt", title="Kontakt")]


def shop_menus() -> dict[str, Menu]:
    items = (
        MenuItem(id="1", title="Kuchnia", url="https://garncarnia.example/kuchnia/", kind="collection", resource_id=10),
        MenuItem(id="2", title="Blog", url="https://blog.example"),
    )
    return {"footer": Menu(handle="footer", title="Stopka", items=items)}


def garncarnia() -> Catalogue:
    return Catalogue(shop_products(), stock=shop_stock(), categories=shop_categories(), pages=shop_pages(), menus=shop_menus())


SCHEMA, TRUSTED = served_documents()
BY_NAME = {document.name: document for document in TRUSTED.values()}


class Announced:
    """Whatever changes editions or stock is announced."""

    def __init__(self, stock: Stock, *editions: HasEdition) -> None:
        self._stock, self._editions = stock, editions

    @property
    def count(self) -> tuple[object, ...]:
        return (self._stock.changes, *(each.edition for each in self._editions))


def ports_of(catalogue: Catalogue, clock: Callable[[], datetime]) -> Ports:
    return Ports(
        catalog=catalogue,
        stock=catalogue.stock,
        search=WITHOUT_SEARCH,
        carts=WITHOUT_CARTS,
        feeds=WITHOUT_FEEDS,
        announcements=Announced(catalogue.stock, catalogue),
        clock=clock,
        new_reference=lambda: "REF1",
    )


def storefront(catalogue: Catalogue, *, now: datetime = NOW, clock: Callable[[], datetime] | None = None, **settings) -> Storefront:
    return Storefront(SCHEMA, ports_of(catalogue, clock or (lambda: now)), trusted=TRUSTED, **settings)
