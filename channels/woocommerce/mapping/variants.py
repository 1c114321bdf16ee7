"""What a product that is sold as it is and a variation have in common: one Variant, its stock and its options."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from channels.woocommerce.mapping import amounts
from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.metafields import gtin_in
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import DimensionsPayload, ImagePayload, SellablePayload, Text
from spoina.catalog.facts import StockFact
from spoina.catalog.types import (
    Backorders,
    Dimensions,
    Image,
    Metafield,
    SelectedOption,
    Status,
    StockPolicy,
    StockStatus,
    Variant,
)
from spoina.ids import Gtin, ProductId, Sku, StockItemId, VariantId
from spoina.pricing.cart.types import ShippingClassId, TaxStatus

_STATUSES: Final = {status.value: status for status in Status} | {"auto-draft": Status.DRAFT}
_STOCK_STATUSES: Final = {status.value: status for status in StockStatus}
_TAX_STATUSES: Final = {status.value: status for status in TaxStatus}
_BACKORDERS: Final = {backorders.value: backorders for backorders in Backorders}


def variant(
    payload: SellablePayload,
    shop: ShopContext,
    as_of: datetime,
    *,
    product_id: ProductId,
    title: str,
    purchasable: bool,
    options: tuple[SelectedOption, ...] = (),
    image: Image | None = None,
    metafields: tuple[Metafield, ...] = (),
) -> Variant:
    """Raises Unreadable."""
    return Variant(
        id=VariantId(payload.id),
        product_id=product_id,
        title=title,
        prices=amounts.prices(payload, shop.shop.currency),
        as_of=as_of,
        sku=sku(payload),
        barcode=barcode(payload),
        options=options,
        purchasable=purchasable and payload.purchasable,
        stock=stock_policy(payload, shop, product_id),
        image=image,
        weight_grams=amounts.measure(payload.weight, shop.grams),
        dimensions=dimensions(payload, shop),
        tax_status=_TAX_STATUSES.get(str(payload.tax_status), TaxStatus.NONE),
        tax_class=tax_class(payload.tax_class, shop),
        requires_shipping=not payload.virtual if payload.shipping_required is None else payload.shipping_required,
        shipping_class=decoded(payload.shipping_class),
        shipping_class_id=shipping_class_id(payload),
        metafields=metafields,
        position=amounts.place(payload.menu_order),
    )


def status(text: str) -> Status:
    """A status that a plugin has added is PRIVATE: nobody said that it may be shown."""
    return _STATUSES.get(text, Status.PRIVATE)


def handle(slug: Text, kind: str, number: int) -> str:
    """The slug as people read it: WordPress stores letters beyond ASCII percent-encoded. A draft may have none yet."""
    return unquote(decoded(slug)) or f"{kind}-{number}"


def sku(payload: SellablePayload) -> Sku | None:
    return Sku(text) if (text := decoded(payload.sku)) else None


def barcode(payload: SellablePayload) -> Gtin | None:
    text = decoded(payload.global_unique_id) or gtin_in(payload.meta_data)
    return Gtin(text) if text else None


def tax_class(text: Text, shop: ShopContext) -> str:
    """Raises Unreadable for a class that the shop no longer has."""
    slug = decoded(text)
    if slug not in shop.tax_classes:
        raise amounts.Unreadable(f"the tax class {slug!r} is not one of the shop's")
    return "" if slug == "standard" else slug


def shipping_class_id(payload: SellablePayload) -> ShippingClassId | None:
    number = payload.shipping_class_id
    return ShippingClassId(number) if isinstance(number, int) and number > 0 else None


def stock_policy(payload: SellablePayload, shop: ShopContext, product_id: ProductId) -> StockPolicy:
    """Where pieces are counted, WooCommerce derives `stock_status` from the count, so it is not kept: a product that sells out keeps its
    document. A status that a plugin has added means that nobody said it can be had."""
    item = stock_item(payload, shop, product_id)
    return StockPolicy(
        item=item,
        status=StockStatus.IN_STOCK if item is not None else _STOCK_STATUSES.get(str(payload.stock_status), StockStatus.OUT_OF_STOCK),
        backorders=_BACKORDERS.get(str(payload.backorders), Backorders.NO),
        low_at=amounts.pieces(payload.low_stock_amount, "low stock threshold"),
    )


def stock_item(payload: SellablePayload, shop: ShopContext, product_id: ProductId) -> StockItemId | None:
    """None: nobody counts. Raises Unreadable."""
    if not shop.shop.counts_stock or amounts.pieces(payload.stock_quantity, "stock quantity") is None:
        return None
    if payload.manage_stock == "parent":
        return StockItemId(product_id)
    return StockItemId(payload.id) if payload.manage_stock is True else None


def stock_fact(payload: SellablePayload, shop: ShopContext) -> StockFact | None:
    """The payload's own count; a count that is the parent's is the parent's to tell. Raises Unreadable."""
    on_hand = amounts.pieces(payload.stock_quantity, "stock quantity")
    if payload.manage_stock is not True or on_hand is None or not shop.shop.counts_stock:
        return None
    return StockFact(item=StockItemId(payload.id), on_hand=on_hand)


def dimensions(payload: SellablePayload, shop: ShopContext) -> Dimensions | None:
    given = payload.dimensions
    if not isinstance(given, DimensionsPayload):
        return None
    length, width, height = (amounts.measure(side, shop.millimetres) for side in (given.length, given.width, given.height))
    if length is None and width is None and height is None:
        return None
    return Dimensions(length=length, width=width, height=height)


def images(payloads: Iterable[ImagePayload], shop: ShopContext) -> tuple[Image, ...]:
    """WooCommerce's placeholder (id 0) is no picture of the product."""
    return tuple(Image(id=image.id, url=shop.own_url(image.src), alt=decoded(image.alt)) for image in payloads if image.id and image.src)
