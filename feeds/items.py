"""From a product's document to its items: the facts as the shop has them, before any rule of the definition's touches them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from feeds.amounts import gross_prices
from feeds.frame import Frame
from feeds.placing import Place, Places
from feeds.sources import SourceDimensions, SourceMetafield, SourceProduct, SourceStock, SourceVariant
from feeds.traits import Traits
from feeds.types import Availability, FeedDefinition, FeedItem, Variants
from spoina.catalog.types import Backorders, StockStatus
from spoina.pricing.rules import on_sale

_NO_LABELS = ("", "", "", "", "")
_NO_SIZE = SourceDimensions()
_NOTHING: dict[str, str] = {}
_decode_list = msgspec.json.Decoder(list[str]).decode

Left = Mapping[int, int]
"""What the feed's channel may sell, by stock item; an item nobody counts is absent."""


_Prices = tuple[int | None, int | None, bool, datetime | None, datetime | None, int | None]
"""Regular price, sale price, whether the sale is in force, from when, until when, prior price."""


_TRAITS = ("mpn", "color", "size", "material", "pattern", "gender", "age_group")
_NO_TRAITS = ("",) * len(_TRAITS)
_MOST_REMEMBERED = 10_000
_Pairs = tuple[tuple[str, str], ...]
"""Options: name and value."""


class _Shared(NamedTuple):
    """What all items of a product have in common."""

    link: str
    group: str | None
    several: bool
    pictures: tuple[str, ...]
    further: tuple[str, ...]
    """All pictures but the first."""
    place: Place
    attributes: Mapping[str, str]
    traits: tuple[str, ...]
    """In the order of _TRAITS."""


class ItemMaker:
    """Made once per build for a definition and the shop's frame. Raises InvalidInput for currencies without an exchange rate."""

    def __init__(self, definition: FeedDefinition, frame: Frame) -> None:
        self._definition = definition
        self._gross = gross_prices(definition, frame)
        self._places = Places(frame.categories, definition.categories)
        self._traits = Traits()
        self._base_url = definition.base_url.rstrip("/")
        self._moves_pictures = bool(definition.images_base_url or definition.images_extension)
        self._known: dict[tuple[tuple[str, ...], _Pairs], tuple[str, ...]] = {}
        """The traits of variants without fields of their own, by the product's traits and their options."""

    def items(self, product: SourceProduct, left: Left, at: datetime) -> list[tuple[SourceVariant, FeedItem]]:
        """Each variant that the definition wants an item of, with it."""
        shared = self._shared(product)
        return [(variant, self._item(product, shared, variant, left, at)) for variant in self._wanted(product, left)]

    def _shared(self, product: SourceProduct) -> _Shared:
        attributes = _attributes(product.metafields) if product.metafields else _NOTHING
        several = len(product.variants) > 1
        pictures = tuple([image.url for image in product.images])
        if self._moves_pictures:
            pictures = tuple(map(self._picture, pictures))
        return _Shared(
            link=self.link(product),
            group=str(product.id) if several and self._definition.variants is Variants.GROUPED else None,
            several=several,
            pictures=pictures,
            further=pictures[1:],
            place=self._places.of(product.category_ids),
            attributes=attributes,
            traits=_over(_NO_TRAITS, self._traits.of_attributes(product.metafields, attributes)) if product.metafields else _NO_TRAITS,
        )

    def _item(self, product: SourceProduct, shared: _Shared, variant: SourceVariant, left: Left, at: datetime) -> FeedItem:
        definition, (link, group, several, pictures, further, place, attributes, traits) = self._definition, shared
        regular, sale, reduced, sale_from, sale_to, prior = self._priced(variant, at)
        availability, quantity = available(variant, left)
        image = pictures[0] if pictures else ""
        if variant.image is not None and (own := self._picture(variant.image.url)) != image:
            image, further = own, tuple([each for each in pictures if each != own])
        options: _Pairs = tuple([(each.name, each.value) for each in variant.options]) if variant.options else ()
        if options or variant.metafields:
            traits = self._own_traits(traits, variant, options)
        mpn, color, size, material, pattern, gender, age_group = traits
        measures = variant.dimensions or _NO_SIZE
        return FeedItem(
            product.id,
            variant.id,
            variant.sku or str(variant.id),
            product.title,
            f"{link}?variant={variant.id}" if several else link,
            definition.currency,
            regular,
            variant.sku,
            group,
            variant.barcode,
            mpn,
            product.vendor,
            product.description,
            product.summary,
            product.description_html,
            image,
            further,
            sale,
            reduced,
            sale_from,
            sale_to,
            prior,
            availability,
            quantity,
            None,
            definition.condition,
            *(place.path, place.channel_category, place.product_type),
            *(color, size, material, pattern, gender, age_group),
            *(variant.weight_grams, measures.length, measures.width, measures.height),
            definition.shipping,
            variant.shipping_class,
            variant.tax_class,
            _NO_LABELS,
            options,
            attributes,
            product.tags,
            _NOTHING,
            definition.country,
            definition.language,
        )

    def link(self, product: SourceProduct) -> str:
        """The product's page: the path it has in the shop, below the definition's base URL."""
        parts = urlsplit(product.permalink) if product.permalink and "?" in product.permalink else None
        path = parts.path if parts is not None else _path(product.permalink)
        return self._base_url + (path if len(path) > 1 else f"/product/{product.handle}/")

    def _picture(self, url: str) -> str:
        """As the image server has it."""
        if not self._moves_pictures:
            return url
        base, ending = self._definition.images_base_url.rstrip("/"), self._definition.images_extension
        moved = base + _path(url) if base and _path(url) else url
        stem, dot, _ = moved.rpartition(".")
        return f"{stem}.{ending}" if ending and dot and "/" in stem else moved

    def mapped_at(self, product: SourceProduct) -> str:
        """The handle of the category whose mapping the product's channel category comes from."""
        return self._places.of(product.category_ids).mapped_at

    def _wanted(self, product: SourceProduct, left: Left) -> tuple[SourceVariant, ...]:
        variants = product.variants
        if self._definition.variants is not Variants.FIRST or len(variants) < 2:
            return variants
        buyable = (each for each in variants if available(each, left)[0] is not Availability.OUT_OF_STOCK)
        return (next(buyable, variants[0]),)

    def _own_traits(self, common: tuple[str, ...], variant: SourceVariant, options: _Pairs) -> tuple[str, ...]:
        """The variant's where it has any, otherwise the product's."""
        if variant.metafields:
            common = _over(common, self._traits.of_attributes(variant.metafields, _attributes(variant.metafields)))
        known = self._known.get((common, options))
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            known = self._known[common, options] = _over(common, self._traits.of_options(variant.options))
        return known

    def _priced(self, variant: SourceVariant, at: datetime) -> _Prices:
        schedule = variant.prices
        gross = self._gross.get(variant.tax_class) if self._gross else None
        regular, sale = schedule.regular, schedule.sale
        if regular is None or sale is None or sale >= regular or (schedule.sale_to is not None and schedule.sale_to <= at):
            return (gross(regular) if gross is not None and regular is not None else regular), None, False, None, None, None
        reduced = on_sale(schedule, at)
        prior = variant.prior_price.minor if reduced and variant.prior_price is not None else None
        if gross is not None:
            regular, sale, prior = gross(regular), gross(sale), None if prior is None else gross(prior)
        return regular, sale, reduced, schedule.sale_from, schedule.sale_to, prior


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
