"""A product of the shop becomes ProductFacts."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from channels.woocommerce.mapping import amounts, variants
from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.metafields import from_attributes, from_meta
from channels.woocommerce.mapping.texts import decoded, plain, safe_html, titled
from channels.woocommerce.payloads import AttributePayload, NamedRef, ProductPayload, Unmappable, in_order, product_of
from spoina.catalog.facts import ProductFacts
from spoina.catalog.types import Image, Kind, Option, Product, Variant, Visibility
from spoina.ids import CategoryId, ProductId, VariantId

_KINDS: Final = {kind.value: kind for kind in Kind}
_VISIBILITIES: Final = {visibility.value: visibility for visibility in Visibility}
_UNKNOWN_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def map_product(item: bytes | msgspec.Raw, shop: ShopContext, as_of: datetime) -> ProductFacts:
    """`as_of` is when the read began. Raises Unmappable; also for a product in the trash, which callers treat as deleted beforehand."""
    payload = product_of(item)
    kind = _kind(payload)
    try:
        images = variants.images(payload.images, shop)
        sold = () if kind is Kind.VARIABLE else (_only_variant(payload, kind, images, shop, as_of),)
        return ProductFacts(
            product=_product(payload, kind, images, sold, shop, as_of),
            stock=variants.stock_fact(payload, shop),
            variation_ids=tuple(VariantId(id_) for id_ in in_order(payload.variations)),
        )
    except amounts.Unreadable as error:
        raise Unmappable("product", payload.id, str(error)) from None


def _kind(payload: ProductPayload) -> Kind:
    if payload.status == "trash":
        raise Unmappable("product", payload.id, "it is in the shop's trash")
    if payload.type == "variation":
        raise Unmappable("product", payload.id, f"it is a variation of product {payload.parent_id}")
    kind = _KINDS.get(payload.type)
    if kind is None:
        raise Unmappable("product", payload.id, f"its type {payload.type!r} comes from a plugin that is not supported")
    return kind


def _product(
    payload: ProductPayload, kind: Kind, images: tuple[Image, ...], sold: tuple[Variant, ...], shop: ShopContext, as_of: datetime
) -> Product:
    description, summary = safe_html(payload.description), safe_html(payload.short_description)
    created = amounts.moment(payload.date_created_gmt, "date of creation")
    modified = amounts.moment(payload.date_modified_gmt, "date of the last change")
    ratings = amounts.count(payload.rating_count)
    return Product(
        id=ProductId(payload.id),
        handle=variants.handle(payload.slug, "product", payload.id),
        kind=kind,
        status=variants.status(payload.status),
        title=titled(payload.name),
        currency=shop.shop.currency,
        created_at=created or modified or _UNKNOWN_DATE,
        updated_at=modified or created or _UNKNOWN_DATE,
        as_of=as_of,
        visibility=_VISIBILITIES.get(str(payload.catalog_visibility), Visibility.HIDDEN),
        description_html=description,
        description=plain(description),
        summary_html=summary,
        summary=plain(summary),
        vendor=decoded(payload.brands[0].name) if payload.brands else "",
        product_type=most_specific(payload.categories, shop),
        tags=tuple(decoded(tag.name) for tag in payload.tags),
        category_ids=tuple(CategoryId(category.id) for category in payload.categories),
        images=images,
        options=options(payload.attributes) if kind is Kind.VARIABLE else (),
        variants=sold,
        metafields=tuple(from_attributes(_not_options(payload.attributes, kind)) + from_meta(payload.meta_data)),
        sku=variants.sku(payload),
        external_url=decoded(payload.external_url) or None,
        button_text=decoded(payload.button_text) or None,
        grouped_ids=_ids(in_order(payload.grouped_products)),
        upsell_ids=_ids(in_order(payload.upsell_ids)),
        cross_sell_ids=_ids(in_order(payload.cross_sell_ids)),
        featured=payload.featured,
        sold_individually=payload.sold_individually,
        shipping_class_id=variants.shipping_class_id(payload),
        total_sales=amounts.count(payload.total_sales),
        rating_average=decoded(payload.average_rating) if ratings else None,
        rating_count=ratings,
        position=amounts.place(payload.menu_order),
        permalink=shop.own_url(payload.permalink),
    )


def _only_variant(payload: ProductPayload, kind: Kind, images: tuple[Image, ...], shop: ShopContext, as_of: datetime) -> Variant:
    """The variant that a product without variations is sold as, with the product's id. Its metafields are the product's, told once."""
    return variants.variant(
        payload,
        shop,
        as_of,
        product_id=ProductId(payload.id),
        title="",
        purchasable=kind is Kind.SIMPLE,
        image=images[0] if images else None,
    )


def most_specific(categories: list[NamedRef], shop: ShopContext) -> str:
    """The name of the category deepest in the tree, the first of several; "" without one."""
    if not categories:
        return ""
    deepest = max(categories, key=lambda category: shop.category_depth.get(CategoryId(category.id), 0))
    return titled(deepest.name)


def options(attributes: Iterable[AttributePayload]) -> tuple[Option, ...]:
    axes = sorted((attribute for attribute in attributes if attribute.variation), key=lambda attribute: attribute.position)
    return tuple(
        Option(name=decoded(axis.name), values=tuple(dict.fromkeys(decoded(value) for value in in_order(axis.options)))) for axis in axes
    )


def _not_options(attributes: Iterable[AttributePayload], kind: Kind) -> Iterable[AttributePayload]:
    """A product turned from variable to simple keeps the mark "used for variations", which then means nothing."""
    if kind is Kind.VARIABLE:
        return (attribute for attribute in attributes if not attribute.variation)
    return attributes


def _ids(numbers: Iterable[int]) -> tuple[ProductId, ...]:
    return tuple(map(ProductId, numbers))
