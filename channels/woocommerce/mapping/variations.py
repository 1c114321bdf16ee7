"""A variation of the shop becomes VariationFacts."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from channels.woocommerce.mapping import amounts, variants
from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.metafields import from_meta
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import AttributePayload, ImagePayload, LinksPayload, Unmappable, VariationPayload, variation_of
from spoina.catalog.facts import VariationFacts
from spoina.catalog.types import SelectedOption, Status
from spoina.ids import ProductId

_UNKNOWN_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def map_variation(item: bytes | msgspec.Raw, shop: ShopContext, as_of: datetime) -> VariationFacts:
    """`as_of` is when the read began. Raises Unmappable; also for a variation in the trash, which callers treat as deleted beforehand."""
    payload = variation_of(item)
    if payload.status == "trash":
        raise Unmappable("variation", payload.id, "it is in the shop's trash")
    parent = ProductId(payload.parent_id or _parent_by_link(payload.links))
    if not parent:
        raise Unmappable("variation", payload.id, "the shop does not say which product it belongs to")
    try:
        return _facts(payload, parent, shop, as_of)
    except amounts.Unreadable as error:
        raise Unmappable("variation", payload.id, str(error)) from None


def _parent_by_link(links: LinksPayload) -> int:
    """Shops before WooCommerce 10.3 name the parent only in a link."""
    number = links.up[0].href.rpartition("/")[2] if links.up else ""
    return int(number) if number.isdecimal() else 0


def _facts(payload: VariationPayload, parent: ProductId, shop: ShopContext, as_of: datetime) -> VariationFacts:
    options = selected_options(payload.attributes)
    status = variants.status(payload.status)
    pictures = variants.images(_images(payload), shop)
    modified = amounts.moment(payload.date_modified_gmt, "date of the last change")
    return VariationFacts(
        variant=variants.variant(
            payload,
            shop,
            as_of,
            product_id=parent,
            title=" / ".join(option.value for option in options) or decoded(payload.name),
            purchasable=status is Status.PUBLISH,
            options=options,
            image=pictures[0] if pictures else None,
            metafields=tuple(from_meta(payload.meta_data)),
        ),
        parent_id=parent,
        status=status,
        modified_at=modified or amounts.moment(payload.date_created_gmt, "date of creation") or _UNKNOWN_DATE,
        stock=variants.stock_fact(payload, shop),
    )


def _images(payload: VariationPayload) -> Sequence[ImagePayload]:
    return (payload.image,) if isinstance(payload.image, ImagePayload) else payload.images


def selected_options(attributes: Iterable[AttributePayload]) -> tuple[SelectedOption, ...]:
    """The axes the variation fixes; the shop leaves out, or gives "" for, one that may have any value."""
    chosen = ((decoded(attribute.name), decoded(attribute.option)) for attribute in attributes)
    return tuple(SelectedOption(name=name, value=value) for name, value in chosen if value)
