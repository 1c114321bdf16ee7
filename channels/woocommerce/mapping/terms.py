"""Categories, tags, brands, attributes, shipping classes and taxes."""

from datetime import datetime

import msgspec

from channels.woocommerce.mapping import amounts, variants
from channels.woocommerce.mapping.context import own_url
from channels.woocommerce.mapping.texts import decoded, plain, safe_html, titled
from channels.woocommerce.payloads import (
    CategoryPayload,
    ImagePayload,
    TaxClassPayload,
    TaxRatePayload,
    TermPayload,
    Text,
    Unmappable,
    payload_of,
)
from spoina.catalog.facts import TaxClass, Taxonomy, TaxRate, Term
from spoina.catalog.types import Category, Image, Shop
from spoina.ids import CategoryId, TermId

Item = bytes | msgspec.Raw


def map_category(item: Item, shop: Shop, as_of: datetime) -> Category:
    """Raises Unmappable."""
    payload = payload_of("category", CategoryPayload, item)
    description = safe_html(payload.description)
    return Category(
        id=CategoryId(payload.id),
        handle=variants.handle(payload.slug, "category", payload.id),
        title=titled(payload.name),
        parent_id=CategoryId(payload.parent) if payload.parent else None,
        description_html=description,
        description=plain(description),
        image=_image(payload, shop),
        position=amounts.place(payload.menu_order),
        as_of=as_of,
    )


def _image(payload: CategoryPayload, shop: Shop) -> Image | None:
    image = payload.image
    if not isinstance(image, ImagePayload) or not image.src:
        return None
    return Image(id=image.id, url=own_url(shop, image.src), alt=decoded(image.alt))


def map_term(taxonomy: Taxonomy, item: Item, as_of: datetime, *, attribute_id: TermId | None = None) -> Term:
    """`attribute_id` is the attribute that an attribute term belongs to; only the address that was asked tells it. Raises Unmappable."""
    payload = payload_of(taxonomy.value, TermPayload, item)
    return Term(
        taxonomy=taxonomy,
        id=TermId(payload.id),
        slug=variants.handle(payload.slug, taxonomy.value, payload.id),
        name=decoded(payload.name),
        parent_id=attribute_id or (TermId(payload.parent) if payload.parent else None),
        description=plain(safe_html(payload.description)),
        position=amounts.place(payload.menu_order),
        as_of=as_of,
    )


def map_tax_class(item: Item, as_of: datetime) -> TaxClass:
    """Raises Unmappable."""
    payload = payload_of("tax class", TaxClassPayload, item)
    return TaxClass(slug=_tax_class(payload.slug), name=decoded(payload.name), as_of=as_of)


def map_tax_rate(item: Item, as_of: datetime) -> TaxRate:
    """Postcodes and cities stand in lists since WooCommerce 5.3, before that in one text with semicolons. Raises Unmappable."""
    payload = payload_of("tax rate", TaxRatePayload, item)
    return TaxRate(
        id=payload.id,
        tax_class=_tax_class(payload.tax_class),
        country=decoded(payload.country),
        state=decoded(payload.state),
        postcodes=_listed(payload.postcodes, payload.postcode),
        cities=_listed(payload.cities, payload.city),
        rate=_percent(payload),
        name=decoded(payload.name),
        priority=payload.priority,
        compound=payload.compound,
        shipping=payload.shipping,
        position=payload.order,
        as_of=as_of,
    )


def _percent(payload: TaxRatePayload) -> str:
    try:
        return amounts.decimal(payload.rate, "rate")
    except amounts.Unreadable as error:
        raise Unmappable("tax rate", payload.id, str(error)) from None


def _tax_class(slug: str) -> str:
    return "" if slug == "standard" else slug


def _listed(several: list[Text], joined: Text) -> tuple[str, ...]:
    found = [decoded(each) for each in several] or decoded(joined).split(";")
    return tuple(each.strip() for each in found if each.strip())
