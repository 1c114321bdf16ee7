"""From a product's document to its items: the facts as the shop has them, before any rule of the definition's touches them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

import msgspec

from feeds.amounts import Convert, gross_prices
from feeds.compiling import Compiler, Level
from feeds.frame import Frame
from feeds.nodes import PLAIN, Node, node
from feeds.placing import Place, Places
from feeds.sources import SourceDimensions, SourceMetafield, SourceOption, SourceProduct, SourceStock, SourceVariant
from feeds.traits import Traits
from feeds.types import ITEM_FIELDS, Availability, FeedDefinition, FeedItem, Variants
from spoina.catalog.types import Backorders, StockStatus
from spoina.pricing.cart.types import TaxStatus
from spoina.pricing.rules import on_sale
from spoina.pricing.types import PriceSchedule

_TAXABLE = TaxStatus.TAXABLE
_NO_LABELS = ("", "", "", "", "")
_NOTHING: dict[str, str] = {}
_decode_list = msgspec.json.Decoder(list[str]).decode

Left = Mapping[int, int]
"""What the feed's channel may sell, by stock item; an item nobody counts is absent."""


_Prices = tuple[int | None, int | None, bool, datetime | None, datetime | None, int | None]
"""Regular price, sale price, whether the sale is in force, from when, until when, prior price."""


_Pictures = tuple[str, tuple[str, ...]]
"""The first and the others."""

_Attributes = tuple[Mapping[str, str], tuple[str, ...]]
"""Values by key, and the traits among them."""

_TRAITS = ("mpn", "color", "size", "material", "pattern", "gender", "age_group")
_NO_TRAITS = ("",) * len(_TRAITS)
_MOST_REMEMBERED = 10_000
MOST_KEPT = 500
"""Cases of one kind that stay remembered from build to build: less than a megabyte."""
_Pairs = tuple[tuple[str, str], ...]
"""Options: name and value."""

MAKE_ITEMS = """
def items(product, left, at):
    PRODUCT
    made = []
    for variant in wanted(product, left):
        VARIANT
    return made
"""


class ItemMaker:
    """Made once per build for a definition and the shop's frame. Raises InvalidInput for currencies without an exchange rate.

    `facts` make the fields of an item of where it comes from; `constants` are the fields that are the same for all items.
    """

    def __init__(self, definition: FeedDefinition, frame: Frame) -> None:
        self._definition = definition
        self._gross = gross_prices(definition, frame)
        self._places = Places(frame.categories, definition.categories)
        self._traits = Traits()
        self._base_url = definition.base_url.rstrip("/")
        shop = urlsplit(frame.shop.url)
        self._origin = f"{shop.scheme}://{shop.netloc}/"
        self._moves_pictures = bool(definition.images_base_url or definition.images_extension)
        self._known: dict[tuple[tuple[str, ...], _Pairs], tuple[str, ...]] = {}
        """The traits of variants without fields of their own, by the product's traits and their options."""
        self._known_options: dict[tuple[SourceOption, ...], _Pairs] = {}
        self._known_fields: dict[tuple[SourceMetafield, ...], _Attributes] = {}
        self._memories: list[dict[Any, Any]] = [self._known, self._known_options, self._known_fields, self._places.known]
        self.constants: Mapping[str, object] = {
            "currency": definition.currency,
            "availability_date": None,
            "condition": definition.condition,
            "shipping": definition.shipping,
            "custom_labels": _NO_LABELS,
            "extra": _NOTHING,
            "country": definition.country,
            "language": definition.language,
        }
        self.facts: tuple[Node, ...] = (*self._of_products(), *self._of_variants(), *self._of_offers())

    def forget(self) -> None:
        """What is remembered because it repeats, wherever that is much; what was compiled stays."""
        for each in self._memories:
            if len(each) > MOST_KEPT:
                each.clear()

    def compiler(self, *, whole: bool = False) -> Compiler:
        """With all facts; what is not asked for will not be made. `whole`: items are made as they are, so that their descriptions, which
        are seldom asked for otherwise, are decoded once for all variants."""
        inputs = {"product": Level.PRODUCT, "left": Level.PRODUCT, "at": Level.PRODUCT, "variant": Level.VARIANT}
        compiler = Compiler(self.constants, inputs, self._memories)
        compiler.add_all(self.facts)
        if whole:
            compiler.add(_read("description", "product"))
        return compiler

    @cached_property
    def items(self) -> Callable[[SourceProduct, Left, datetime], list[tuple[SourceVariant, FeedItem]]]:
        """Gives each variant that the definition wants an item of, with it. Made when first asked for: builds do without."""
        compiler = self.compiler(whole=True)
        compiler.add(ITEM)
        compiler.act("made.append((variant, $0))", "item")
        return compiler.function(MAKE_ITEMS, wanted=self.wanted)

    def _of_products(self) -> Iterator[Node]:
        grouped = self._definition.variants is Variants.GROUPED

        origin, base_url, page_of = self._origin, self._base_url, self.link
        before = len(origin) - 1

        def page(product: SourceProduct) -> str:
            return (
                base_url + product.permalink[before:]
                if product.permalink.startswith(origin) and len(product.permalink) > before + 1 and "?" not in product.permalink
                else page_of(product)
            )

        known, remember = self._known_fields.get, self._attributes_and_traits

        def attributes(product: SourceProduct) -> _Attributes:
            return known(product.metafields) or remember(product.metafields)

        place_of, placed = self._places.known.get, self._place

        def place(product: SourceProduct) -> Place:
            return place_of(product.category_ids) or placed(product)

        def group_id(several: bool, product: SourceProduct) -> str | None:
            return str(product.id) if several and grouped else None

        yield from (_read(name, "product") for name in ("title", "summary", "description_html", "tags", PLAIN))
        yield Node(("description",), attrgetter("description"), ("product",), lazy=True)
        yield Node(("product_id",), attrgetter("id"), ("product",))
        yield Node(("brand",), attrgetter("vendor"), ("product",))
        yield node(page, "page")
        yield node(_several, "several")
        yield node(group_id, "group_id")
        yield node(self._moved_pictures_of if self._moves_pictures else _pictures_of, "pictures")
        yield node(_first, "picture")
        yield node(_rest, "further")
        yield node(place, "place")
        yield from (Node((name,), attrgetter(field), ("place",)) for name, field in _OF_PLACES.items())
        yield node(attributes, "attributes", "product_traits")

    def _of_variants(self) -> Iterator[Node]:
        with_own, own_options, own_traits = self._pictures_with_own, self._options, self._own_traits

        def image_links(variant: SourceVariant, picture: str, further: tuple[str, ...], pictures: tuple[str, ...]) -> _Pictures:
            return (picture, further) if variant.image is None else with_own(variant.image.url, picture, further, pictures)

        def options(variant: SourceVariant) -> _Pairs:
            return own_options(variant.options) if variant.options else ()

        def traits(product_traits: tuple[str, ...], variant: SourceVariant, options: _Pairs) -> tuple[str, ...]:
            return own_traits(product_traits, variant, options) if options or variant.metafields else product_traits

        yield from (_read(name, "variant") for name in ("sku", "weight_grams", "shipping_class", "tax_class"))
        yield Node(("variant_id",), attrgetter("id"), ("variant",))
        yield node(_sku_or_number, "id")
        yield node(_address, "link")
        yield Node(("gtin",), attrgetter("barcode"), ("variant",))
        yield node(image_links, "image_link", "additional_image_links", steady=True)
        yield node(options, "options")
        yield node(traits, "traits")
        yield node(_steady_traits, "mpn", "material", "gender", "age_group", steady=True)
        yield node(_varying_traits, "color", "size", "pattern")
        yield node(_measures, "length_mm", "width_mm", "height_mm", steady=True)

    def _of_offers(self) -> Iterator[Node]:
        priced, as_they_are = self._priced, not self._gross

        def prices(schedule: PriceSchedule, variant: SourceVariant, at: datetime) -> _Prices:
            return (
                (schedule.regular, None, False, None, None, None)
                if schedule.sale is None and as_they_are
                else priced(schedule, variant, at)
            )

        yield Node(("schedule",), attrgetter("prices"), ("variant",))
        yield node(prices, "price", "sale_price", "on_sale", "sale_from", "sale_to", "prior_price")
        yield node(_offered, "availability", "quantity")

    def link(self, product: SourceProduct) -> str:
        """The product's page: the path it has in the shop, below the definition's base URL."""
        parts = urlsplit(product.permalink) if product.permalink and "?" in product.permalink else None
        path = parts.path if parts is not None else _path(product.permalink)
        return self._base_url + (path if len(path) > 1 else f"/product/{product.handle}/")

    def mapped_at(self, product: SourceProduct) -> str:
        """The handle of the category whose mapping the product's channel category comes from."""
        return self._places.of(product.category_ids).mapped_at

    def wanted(self, product: SourceProduct, left: Left) -> tuple[SourceVariant, ...]:
        variants = product.variants
        if self._definition.variants is not Variants.FIRST or len(variants) < 2:
            return variants
        buyable = (each for each in variants if available(each, left)[0] is not Availability.OUT_OF_STOCK)
        return (next(buyable, variants[0]),)

    def _place(self, product: SourceProduct) -> Place:
        return self._places.of(product.category_ids)

    def _moved_pictures_of(self, product: SourceProduct) -> tuple[str, ...]:
        return tuple([self._picture(image.url) for image in product.images])

    def _picture(self, url: str) -> str:
        """As the image server has it."""
        if not self._moves_pictures:
            return url
        base, ending = self._definition.images_base_url.rstrip("/"), self._definition.images_extension
        moved = base + _path(url) if base and _path(url) else url
        stem, dot, _ = moved.rpartition(".")
        return f"{stem}.{ending}" if ending and dot and "/" in stem else moved

    def _pictures_with_own(self, url: str, picture: str, further: tuple[str, ...], pictures: tuple[str, ...]) -> _Pictures:
        """The variant's own picture first."""
        own = self._picture(url)
        return (own, further if own == picture else tuple([each for each in pictures if each != own]))

    def _attributes_and_traits(self, fields: tuple[SourceMetafield, ...]) -> _Attributes:
        """Remembered, because many products have the same ones."""
        attributes = _attributes(fields)
        traits = _over(_NO_TRAITS, self._traits.of_attributes(fields, attributes)) if fields else _NO_TRAITS
        if len(self._known_fields) >= _MOST_REMEMBERED:
            self._known_fields.clear()
        found = self._known_fields[fields] = attributes, traits
        return found

    def _options(self, chosen: tuple[SourceOption, ...]) -> _Pairs:
        known = self._known_options.get(chosen)
        if known is None:
            if len(self._known_options) >= _MOST_REMEMBERED:
                self._known_options.clear()
            known = self._known_options[chosen] = tuple([(each.name, each.value) for each in chosen])
        return known

    def _own_traits(self, product_traits: tuple[str, ...], variant: SourceVariant, options: _Pairs) -> tuple[str, ...]:
        """The variant's where it has any, otherwise the product's."""
        common = product_traits
        if variant.metafields:
            common = _over(common, self._traits.of_attributes(variant.metafields, _attributes(variant.metafields)))
        known = self._known.get((common, options))
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[common, options] = _over(common, self._traits.of_options(variant.options))
        return known

    def _priced(self, schedule: PriceSchedule, variant: SourceVariant, at: datetime) -> _Prices:
        gross = self._grossed(variant) if self._gross else None
        regular, sale = schedule.regular, schedule.sale
        if regular is None or sale is None or sale >= regular or (schedule.sale_to is not None and schedule.sale_to <= at):
            return (gross(regular) if gross is not None and regular is not None else regular), None, False, None, None, None
        reduced = on_sale(schedule, at)
        prior = variant.prior_price.minor if reduced and variant.prior_price is not None else None
        if gross is not None:
            regular, sale, prior = gross(regular), gross(sale), None if prior is None else gross(prior)
        return regular, sale, reduced, schedule.sale_from, schedule.sale_to, prior

    def _grossed(self, variant: SourceVariant) -> Convert:
        return self._gross.get(variant.tax_class if variant.tax_status is _TAXABLE else None) or self._gross[None]


ITEM = Node(("item",), FeedItem, ITEM_FIELDS)
_OF_PLACES = {"category_path": "path", "channel_category": "channel_category", "product_type": "product_type"}


def _read(name: str, of: str) -> Node:
    return Node((name,), attrgetter(name), (of,), steady=of == "variant" and name != "sku")


def _pictures_of(product: SourceProduct) -> tuple[str, ...]:
    return tuple([image.url for image in product.images])


def _several(product: SourceProduct) -> bool:
    return len(product.variants) > 1


def _first(pictures: tuple[str, ...]) -> str:
    return pictures[0] if pictures else ""


def _rest(pictures: tuple[str, ...]) -> tuple[str, ...]:
    return pictures[1:]


def _sku_or_number(sku: str, variant_id: int) -> str:
    return sku or str(variant_id)


def _address(page: str, several: bool, variant_id: int) -> str:
    return f"{page}?variant={variant_id}" if several else page


def _steady_traits(traits: tuple[str, ...]) -> tuple[str, ...]:
    return (traits[0], traits[3], traits[5], traits[6])


def _varying_traits(traits: tuple[str, ...]) -> tuple[str, ...]:
    return (traits[1], traits[2], traits[4])


def _measures(variant: SourceVariant) -> tuple[int | None, ...]:
    return (None, None, None) if variant.dimensions is None else _sides(variant.dimensions)


def _sides(measures: SourceDimensions) -> tuple[int | None, ...]:
    return measures.length, measures.width, measures.height


def _offered(variant: SourceVariant, price: int | None, left: Left) -> tuple[Availability, int | None]:
    return (
        (Availability.IN_STOCK, units)
        if price is not None and variant.purchasable and (units := left.get(variant.stock.item, 0)) > 0  # type: ignore[arg-type]
        else available(variant, left)
    )


def available(variant: SourceVariant, left: Left) -> tuple[Availability, int | None]:
    """What can be bought, and how many; see spoina.inventory.rules.is_for_sale. None: not counted."""
    stock: SourceStock = variant.stock
    if not variant.purchasable or variant.prices.regular is None:
        return Availability.OUT_OF_STOCK, None if stock.item is None else max(left.get(stock.item, 0), 0)
    if stock.item is None:
        return _BY_HAND[stock.status], None
    units = left.get(stock.item, 0)
    if units > 0:
        return Availability.IN_STOCK, units
    return Availability.OUT_OF_STOCK if stock.backorders is Backorders.NO else Availability.BACKORDER, 0


_BY_HAND = {
    StockStatus.IN_STOCK: Availability.IN_STOCK,
    StockStatus.ON_BACKORDER: Availability.BACKORDER,
    StockStatus.OUT_OF_STOCK: Availability.OUT_OF_STOCK,
}


def _over(common: tuple[str, ...], traits: Mapping[str, str]) -> tuple[str, ...]:
    return tuple([traits.get(name, otherwise) for name, otherwise in zip(_TRAITS, common, strict=True)])


def _attributes(fields: tuple[SourceMetafield, ...]) -> dict[str, str]:
    return {field.key: _text(field) for field in fields if field.namespace == "attributes"}


def _text(field: SourceMetafield) -> str:
    return ", ".join(_decode_list(field.value)) if field.type.startswith("list.") else field.value


def _path(url: str) -> str:
    """Of "https://shop.example/a/b/" the "/a/b/"; taken apart by hand, which takes a tenth of urlsplit's time."""
    start = url.find("/", url.find("://") + 3) if "://" in url else -1
    return url[start:] if start > 0 else ""
