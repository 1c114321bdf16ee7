"""From facts to the prepared rows: pure, so that the same facts always make the same document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from spoina.catalog.labels import fold, labels_of, search_text_of
from spoina.catalog.types import Backorders, Kind, Product, Status, StockStatus, Variant, Visibility
from spoina.ids import StockItemId
from spoina.pricing.history import next_boundary
from spoina.pricing.rules import effective

CHANNEL = "default"
"""The channel whose documents are the shop's own words and prices; others override them."""

encode = msgspec.json.Encoder().encode
decode_product = msgspec.json.Decoder(Product).decode
decode_variant = msgspec.json.Decoder(Variant).decode


class ProductRow(NamedTuple):
    """The columns of table product, in the order they are copied."""

    id: int
    handle: str
    kind: str
    status: str
    listed: bool
    searchable: bool
    published: bool
    title: str
    sort_title: str
    vendor: str
    product_type: str
    labels: list[str]
    search_text: str
    price_min: int | None
    price_max: int | None
    price_until: datetime | None
    available: bool
    total_sales: int
    position: int
    created_at: datetime
    updated_at: datetime
    hash: bytes
    as_of: datetime
    version: int


class VariantRow(NamedTuple):
    """The columns of table variant, in the order they are copied."""

    id: int
    product_id: int
    sku: str | None
    barcode: str | None
    position: int
    sells: str
    stock_item: int | None
    body: bytes
    hash: bytes
    as_of: datetime


class PriceRange(NamedTuple):
    """Of the variants that have a price: lowest and highest now, and the moment at which that changes by itself."""

    lowest: int | None
    highest: int | None
    until: datetime | None


def sells(variant: Variant) -> str:
    """Whether a variant can be sold "always", "never", or while its stock is "counted"; see table variant."""
    if not variant.purchasable or variant.prices.regular is None:
        return "never"
    if variant.stock.item is None:
        return "never" if variant.stock.status is StockStatus.OUT_OF_STOCK else "always"
    return "counted" if variant.stock.backorders is Backorders.NO else "always"


def is_available(variants: Sequence[Variant], left: Mapping[StockItemId, int]) -> bool:
    for variant in variants:
        how = sells(variant)
        if how == "always" or (how == "counted" and variant.stock.item is not None and left.get(variant.stock.item, 0) > 0):
            return True
    return False


def price_range(variants: Sequence[Variant], at: datetime) -> PriceRange:
    prices = [price for variant in variants if (price := effective(variant.prices, at)) is not None]
    boundaries = [
        moment for variant in variants if variant.prices.sale is not None and (moment := next_boundary(variant.prices, at)) is not None
    ]
    return PriceRange(min(prices, default=None), max(prices, default=None), min(boundaries, default=None))


def assemble(product: Product, variations: Sequence[Variant]) -> Product:
    """The whole product. Of a variable one, variations without a price or switched off are left out: WooCommerce does not offer them
    either."""
    if product.kind is not Kind.VARIABLE:
        return product
    places = {axis.name: place for place, axis in enumerate(product.options)}
    offered = [_in_order_of(places, each) for each in variations if each.purchasable and each.prices.regular is not None]
    offered.sort(key=lambda variation: (variation.position, variation.id))
    return msgspec.structs.replace(product, variants=tuple(offered))


def _in_order_of(places: Mapping[str, int], variation: Variant) -> Variant:
    """A variation keeps its options in the order they had when it was saved; a shopper sees the product's order."""
    if len(variation.options) < 2:
        return variation
    options = tuple(sorted(variation.options, key=lambda option: places.get(option.name, len(places))))
    if options == variation.options:
        return variation
    return msgspec.structs.replace(variation, options=options, title=" / ".join(option.value for option in options))


def product_row(product: Product, *, left: Mapping[StockItemId, int], at: datetime, digest: bytes, version: int) -> ProductRow:
    """A product without a price ("ask us") is published all the same, as WooCommerce shows it; it is not for sale. One without variants
    is not:
    its variations have not been read yet, or all are switched off."""
    prices = price_range(product.variants, at)
    published = product.status is Status.PUBLISH and bool(product.variants)
    return ProductRow(
        id=product.id,
        handle=product.handle,
        kind=product.kind.value,
        status=product.status.value,
        listed=published and product.visibility in {Visibility.VISIBLE, Visibility.CATALOG},
        searchable=published and product.visibility in {Visibility.VISIBLE, Visibility.SEARCH},
        published=published,
        title=product.title,
        sort_title=fold(product.title),
        vendor=product.vendor,
        product_type=product.product_type,
        labels=labels_of(product),
        search_text=search_text_of(product),
        price_min=prices.lowest,
        price_max=prices.highest,
        price_until=prices.until,
        available=is_available(product.variants, left),
        total_sales=product.total_sales,
        position=product.position,
        created_at=product.created_at,
        updated_at=product.updated_at,
        hash=digest,
        as_of=product.as_of,
        version=version,
    )


def variant_row(variant: Variant, digest: bytes) -> VariantRow:
    return VariantRow(
        id=variant.id,
        product_id=variant.product_id,
        sku=variant.sku,
        barcode=variant.barcode,
        position=variant.position,
        sells=sells(variant),
        stock_item=variant.stock.item,
        body=encode(variant),
        hash=digest,
        as_of=variant.as_of,
    )
