"""Meta (Facebook and Instagram): CSV, TSV and RSS, as a full feed, as an update of stock and prices, and as overrides for a country or a
language.

Fields and limits are those of Meta's catalogue reference and its template (developers.facebook.com: ads-commerce/catalog/reference,
commerce-platform/catalog/fields; "template" is catalog_products.csv). What is the third parties' word only says so.
"""

from collections.abc import Callable

from feeds.formats.blocks import AnyBlock, Block, CommonBlock, MadeFormat, Spec, Values, common, extra, extras, shared
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format, tsv_format
from feeds.formats.text import cut, one_line, without
from feeds.formats.values import (
    GENDERS,
    SPACED_AVAILABILITY,
    described,
    description_key,
    further_links,
    known_word,
    price_text,
    sale_window,
    sellable_gtin,
    shipping_texts,
    web_link,
    weight_text,
    whole_name,
)
from feeds.types import Availability, FeedDefinition, FeedItem
from spoina.errors import InvalidInput

VERSION = 1

ID, TITLE, DESCRIPTION, BRAND, MPN, GROUP = 100, 200, 9999, 100, 100, 100
PRODUCT_TYPE, COLOR, SIZE, MATERIAL, PATTERN, LABEL = 750, 200, 200, 200, 100, 100
IMAGES, IMAGES_LENGTH = 20, 2000
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif")
AGE_GROUPS = ("adult", "all ages", "teen", "kids", "toddler", "infant", "newborn")
NAMED_OPTIONS = frozenset(("color", "colour", "kolor", "size", "rozmiar", "material", "materiał", "pattern", "wzór"))
"""Axes of choice that have fields of their own."""

_ID = Spec(name="id", sources=("id",), rule="unique, equal to the pixel's content_id, never cut (fields, id)", most=ID, required=True)
_TITLE = Spec(name="title", sources=("title",), rule="plain text, cut between words (fields, title)", most=TITLE, required=True)
_DESCRIPTION = Spec(
    name="description",
    sources=("description", "summary", "title"),
    rule="plain text of the first of these that is not empty (fields, description)",
    most=DESCRIPTION,
    required=True,
)
_LINK = Spec(name="link", sources=("link",), rule="absolute web address (fields, link)", required=True)
_AVAILABILITY = Spec(
    name="availability",
    sources=("availability",),
    rule="in stock, available for order, preorder, out of stock (fields, availability)",
    plain=True,
    required=True,
)
_PRICE = Spec(name="price", sources=("price", "currency"), rule="regular price, a dot, ISO 4217 (fields, price)", plain=True, required=True)
_SALE = (
    Spec(
        name="sale_price", sources=("sale_price", "currency"), rule="lower than price; empty ends a sale (fields, sale_price)", plain=True
    ),
    Spec(
        name="sale_price_effective_date",
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (fields, sale_price_effective_date)",
        plain=True,
    ),
)
_QUANTITY = Spec(
    name="quantity_to_sell_on_facebook",
    sources=("quantity", "availability"),
    rule="what may be sold; left out where nobody counts, and at 0 on back-order (fields, quantity_to_sell_on_facebook)",
    plain=True,
)
_OVERRIDE = Spec(name="override", rule="the feed's country or language (localized-catalog)", required=True)

_MAIN = (
    _ID,
    _TITLE,
    _DESCRIPTION,
    _AVAILABILITY,
    _PRICE,
    _LINK,
    Spec(name="image_link", sources=("image_link",), rule="JPG, PNG or GIF of 500x500 pixels and more (fields, image_link)", required=True),
)
_OWN = (
    Spec(
        name="gtin",
        sources=("gtin",),
        rule="8, 12, 13 or 14 digits with a right check digit, otherwise left out (template, gtin)",
        plain=True,
    ),
    Spec(name="mpn", sources=("mpn",), rule="the maker's own number (template, mpn)", most=MPN),
    Spec(name="item_group_id", sources=("group_id",), rule="the same for all variants (fields, item_group_id)", most=GROUP),
    *_SALE,
    _QUANTITY,
    Spec(name="shipping_weight", sources=("weight_grams",), rule="kilograms (fields, shipping_weight)", plain=True),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        sources=("additional_image_links",),
        rule="as many as fit in 2000 characters; a comma in a link is %2C (fields, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(name="condition", sources=("condition",), rule="new, refurbished, used (fields, condition)", required=True),
    Spec(name="brand", sources=("brand",), rule="plain text (fields, brand)", most=BRAND),
    Spec(name="google_product_category", sources=("channel_category",), rule="number or path in Google's taxonomy (fields)"),
    Spec(name="product_type", sources=("product_type",), rule="our own path (fields, product_type)", most=PRODUCT_TYPE),
    Spec(name="material", sources=("material",), rule="plain text (fields, material)", most=MATERIAL),
    Spec(name="gender", sources=("gender",), rule="female, male, unisex, otherwise left out (fields, gender)"),
    Spec(
        name="age_group",
        sources=("age_group",),
        rule="adult, all ages, teen, kids, toddler, infant, newborn, otherwise left out (fields, age_group)",
    ),
    *(Spec(name=f"custom_label_{at}", sources=("custom_labels",), rule="for sets of products (template)", most=LABEL) for at in range(5)),
    Spec(
        name="shipping",
        sources=("shipping", "currency"),
        rule="COUNTRY:REGION:SERVICE:PRICE (fields, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", sources=("color",), rule="a name, no number (fields, color)", most=COLOR),
    Spec(name="size", sources=("size",), rule="plain text (fields, size)", most=SIZE),
    Spec(name="pattern", sources=("pattern",), rule="plain text (fields, pattern)", most=PATTERN),
    Spec(
        name="additional_variant_attribute",
        sources=("options",),
        rule="label:value of the choices that have no field of their own (fields, additional_variant_attribute)",
        several=True,
        parts=("label", "value"),
    ),
)
EXTRAS = (
    extra("fb_product_category", "number or path in Meta's taxonomy (fields)"),
    *(extra(f"custom_number_{at}", "a whole number, for sets of products (fields)") for at in range(5)),
    extra("internal_label", "list of labels that cause no review (third parties)"),
    extra("status", "active or archived (fields, status)"),
    extra("video[0].url", "a film (fields, video)"),
    extra("unit_price", "value, currency and unit (fields, unit_price)"),
    extra("short_description", "plain text (fields)"),
    extra("disclaimer", "plain text (fields)"),
    extra("origin_country", "ISO 3166 (fields)"),
    extra("importer_name", "plain text (fields)"),
    extra("importer_address", "plain text (fields)"),
    extra("manufacturer_info", "plain text (fields)"),
    extra("return_policy_days", "a whole number (fields)"),
    extra("commerce_tax_category", "Meta's own (fields)"),
    extra("wa_compliance_category", "Meta's own (fields)"),
)

Write = Callable[[str, tuple[AnyBlock, ...], FeedDefinition, str, str | None], MadeFormat]


def csv(name: str, blocks: tuple[AnyBlock, ...], _definition: FeedDefinition, _title: str, update: str | None) -> MadeFormat:
    return csv_format(name, blocks, version=VERSION, update=update)


def tsv(name: str, blocks: tuple[AnyBlock, ...], _definition: FeedDefinition, _title: str, update: str | None) -> MadeFormat:
    return tsv_format(name, blocks, version=VERSION, update=update)


def rss(name: str, blocks: tuple[AnyBlock, ...], definition: FeedDefinition, title: str, update: str | None) -> MadeFormat:
    return rss_format(name, tuple(_writable(block) for block in blocks), definition, title, version=VERSION, update=update)


def full(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    return lambda definition, title: write(f"meta-{ending}", _full_blocks(), definition, title, f"meta-update-{ending}")


def update(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """Stock and prices of items that the full feed made: for a schedule that updates and never deletes."""
    blocks = (Block(specs=(_ID, _AVAILABILITY, _PRICE, *_SALE, _QUANTITY), values=_update),)
    return lambda definition, title: write(f"meta-update-{ending}", blocks, definition, title, None)


def country(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """What differs in a country: prices, availability, the page."""
    specs = (_ID, _OVERRIDE, _PRICE, *_SALE, _AVAILABILITY, _LINK)

    def make(definition: FeedDefinition, title: str) -> MadeFormat:
        override = _override(definition, definition.country)

        def values(item: FeedItem) -> Values:
            return (
                whole_name(item.id),
                override,
                _price(item.price, item.currency),
                _price(item.sale_price, item.currency),
                sale_window(item),
                SPACED_AVAILABILITY[item.availability],
                web_link(item.link),
            )

        return write(f"meta-country-{ending}", (Block(specs=specs, values=values),), definition, title, None)

    return make


def language(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """What differs in a language: texts."""
    specs = (_ID, _OVERRIDE, _TITLE, _DESCRIPTION, _LINK)

    def make(definition: FeedDefinition, title: str) -> MadeFormat:
        override = _override(definition, "")

        def values(item: FeedItem) -> Values:
            title, description = cut(one_line(item.title), TITLE), cut(described(item), DESCRIPTION)
            return whole_name(item.id), override, title, description, web_link(item.link)

        return write(f"meta-language-{ending}", (Block(specs=specs, values=values),), definition, title, None)

    return make


def _override(definition: FeedDefinition, otherwise: str) -> str:
    override = one_line(definition.override or otherwise)
    if not override:
        raise InvalidInput("override", "must name a language of Meta's, as pl_PL or en_XX")
    return override


def _writable(block: AnyBlock) -> AnyBlock:
    """Names with indexes are columns only: no element may be called video[0].url."""
    if not any("[" in spec.name for spec in block.specs):
        return block
    kept = [spec for spec in block.specs if "[" not in spec.name]
    return extras(kept, one_line)


def _full_blocks() -> tuple[AnyBlock, ...]:
    return (
        Block(specs=_MAIN[:2], values=_names),
        CommonBlock(specs=_MAIN[2:3], values=_description, key=description_key),
        Block(specs=_MAIN[3:], values=_facts),
        Block(specs=_OWN, values=_own),
        common(_PICTURES, _pictures),
        shared(_SHARED, _shared),
        shared(_LOOK, _look),
        extras(EXTRAS, one_line),
    )


def _names(item: FeedItem) -> Values:
    return whole_name(item.id), cut(one_line(item.title), TITLE)


def _description(item: FeedItem) -> Values:
    return (cut(described(item), DESCRIPTION),)


def _facts(item: FeedItem) -> Values:
    return (
        SPACED_AVAILABILITY[item.availability],
        _price(item.price, item.currency),
        web_link(item.link),
        web_link(item.image_link),
    )


def _own(item: FeedItem) -> Values:
    return (
        sellable_gtin(item.gtin),
        cut(one_line(item.mpn), MPN) if item.mpn else "",
        whole_name(item.group_id) if item.group_id else "",
        _price(item.sale_price, item.currency),
        sale_window(item),
        _quantity(item),
        weight_text(item.weight_grams),
    )


def _update(item: FeedItem) -> Values:
    return (
        whole_name(item.id),
        SPACED_AVAILABILITY[item.availability],
        _price(item.price, item.currency),
        _price(item.sale_price, item.currency),
        sale_window(item),
        _quantity(item),
    )


def _price(minor: int | None, currency: str) -> str:
    return "" if minor is None else price_text(minor, currency)


def _quantity(item: FeedItem) -> str:
    """On back-order a quantity of 0 would end the sale."""
    if item.quantity is None or (item.quantity <= 0 and item.availability is not Availability.OUT_OF_STOCK):
        return ""
    return str(item.quantity)


def _pictures(item: FeedItem) -> Values:
    links = further_links(item.additional_image_links, IMAGES)
    if len(links) > IMAGES_LENGTH:
        links = links[: links.rfind("\n", 0, IMAGES_LENGTH + 1)] if "\n" in links[: IMAGES_LENGTH + 1] else ""
    return (links,)


def _shared(item: FeedItem) -> Values:
    return (
        item.condition.value,
        cut(one_line(item.brand), BRAND),
        one_line(item.channel_category),
        cut(one_line(item.product_type), PRODUCT_TYPE),
        cut(one_line(item.material), MATERIAL),
        known_word(item.gender, GENDERS),
        known_word(item.age_group, AGE_GROUPS),
        *(cut(one_line(each), LABEL) for each in item.custom_labels),
        shipping_texts(item.shipping, item.currency),
    )


def _look(item: FeedItem) -> Values:
    """By what variants differ."""
    return (
        cut(one_line(item.color), COLOR),
        cut(one_line(item.size), SIZE),
        cut(one_line(item.pattern), PATTERN),
        _other_options(item),
    )


def _other_options(item: FeedItem) -> str:
    pairs = [(_label(name), _label(value)) for name, value in item.options if name.strip().lower() not in NAMED_OPTIONS]
    return "\n".join([f"{name}:{value}" for name, value in pairs if name and value])


def _label(text: str) -> str:
    return without(text, ":,")
