"""Meta (Facebook and Instagram): CSV, TSV and RSS, as a full feed, as an update of stock and prices, and as overrides for a country or a
language.

Fields and limits are those of Meta's catalogue reference and its template (developers.facebook.com: ads-commerce/catalog/reference,
commerce-platform/catalog/fields; "template" is catalog_products.csv). What is the third parties' word only says so.
"""

from collections.abc import Callable

from feeds.formats.blocks import LIST, Block, MadeFormat, Spec, constant, extra, label, line
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format, tsv_format
from feeds.formats.text import one_line, without
from feeds.formats.values import (
    GENDERS,
    SPACED_AVAILABILITY,
    condition_word,
    description,
    further_links,
    group_name,
    known,
    price_if_any,
    sale_window,
    sellable_gtin,
    shipping_texts,
    web_link,
    weight_text,
    whole_name,
    word,
)
from feeds.types import Availability, FeedDefinition
from spoina.errors import InvalidInput

VERSION = 2

ID, TITLE, DESCRIPTION, BRAND, MPN, GROUP = 100, 200, 9999, 100, 100, 100
PRODUCT_TYPE, COLOR, SIZE, MATERIAL, PATTERN, LABEL = 750, 200, 200, 200, 100, 100
IMAGES, IMAGES_LENGTH = 20, 2000
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif")
AGE_GROUPS = ("adult", "all ages", "teen", "kids", "toddler", "infant", "newborn")
NAMED_OPTIONS = frozenset(("color", "colour", "kolor", "size", "rozmiar", "material", "materiał", "pattern", "wzór"))
"""Axes of choice that have fields of their own."""


def _quantity(quantity: int | None, availability: Availability) -> str:
    """On back-order a quantity of 0 would end the sale."""
    return "" if quantity is None or (quantity <= 0 and availability is not Availability.OUT_OF_STOCK) else str(quantity)


def _pictures(addresses: tuple[str, ...]) -> str:
    links = further_links(addresses, IMAGES)
    if len(links) > IMAGES_LENGTH:
        links = links[: links.rfind(LIST, 0, IMAGES_LENGTH + 1)] if LIST in links[: IMAGES_LENGTH + 1] else ""
    return links


def _other_options(options: tuple[tuple[str, str], ...]) -> str:
    pairs = [(_label(name), _label(value)) for name, value in options if name.strip().lower() not in NAMED_OPTIONS]
    return LIST.join([f"{name}:{value}" for name, value in pairs if name and value])


def _label(text: str) -> str:
    return without(text, ":,")


_ID = Spec(
    name="id",
    make=whole_name,
    sources=("id",),
    rule="unique, equal to the pixel's content_id, never cut (fields, id)",
    most=ID,
    required=True,
)
_TITLE = Spec(
    name="title", make=line(TITLE), sources=("title",), rule="plain text, cut between words (fields, title)", most=TITLE, required=True
)
_DESCRIPTION = Spec(
    name="description",
    make=description(DESCRIPTION),
    described=True,
    sources=("description", "summary", "title"),
    rule="plain text of the first of these that is not empty (fields, description)",
    most=DESCRIPTION,
    required=True,
)
_LINK = Spec(name="link", make=web_link, sources=("link",), rule="absolute web address (fields, link)", required=True)
_AVAILABILITY = Spec(
    name="availability",
    make=word(SPACED_AVAILABILITY),
    repeated=True,
    sources=("availability",),
    rule="in stock, available for order, preorder, out of stock (fields, availability)",
    plain=True,
    required=True,
)
_PRICE = Spec(
    name="price",
    make=price_if_any,
    repeated=True,
    sources=("price", "currency"),
    rule="regular price, a dot, ISO 4217 (fields, price)",
    plain=True,
    required=True,
)
_SALE = (
    Spec(
        name="sale_price",
        make=price_if_any,
        repeated=True,
        sources=("sale_price", "currency"),
        rule="lower than price; empty ends a sale (fields, sale_price)",
        plain=True,
    ),
    Spec(
        name="sale_price_effective_date",
        make=sale_window(),
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (fields, sale_price_effective_date)",
        plain=True,
    ),
)
_QUANTITY = Spec(
    name="quantity_to_sell_on_facebook",
    make=_quantity,
    sources=("quantity", "availability"),
    rule="what may be sold; left out where nobody counts, and at 0 on back-order (fields, quantity_to_sell_on_facebook)",
    plain=True,
)

_MAIN = (
    _ID,
    _TITLE,
    _DESCRIPTION,
    _AVAILABILITY,
    _PRICE,
    _LINK,
    Spec(
        name="image_link",
        make=web_link,
        sources=("image_link",),
        rule="JPG, PNG or GIF of 500x500 pixels and more (fields, image_link)",
        required=True,
    ),
)
_OWN = (
    Spec(
        name="gtin",
        make=sellable_gtin,
        sources=("gtin",),
        rule="8, 12, 13 or 14 digits with a right check digit, otherwise left out (template, gtin)",
        plain=True,
    ),
    Spec(name="mpn", make=line(MPN), sources=("mpn",), rule="the maker's own number (template, mpn)", most=MPN),
    Spec(
        name="item_group_id", make=group_name, sources=("group_id",), rule="the same for all variants (fields, item_group_id)", most=GROUP
    ),
    *_SALE,
    _QUANTITY,
    Spec(name="shipping_weight", make=weight_text, sources=("weight_grams",), rule="kilograms (fields, shipping_weight)", plain=True),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        make=_pictures,
        sources=("additional_image_links",),
        rule="as many as fit in 2000 characters; a comma in a link is %2C (fields, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(name="condition", make=condition_word, sources=("condition",), rule="new, refurbished, used (fields, condition)", required=True),
    Spec(name="brand", make=line(BRAND), sources=("brand",), rule="plain text (fields, brand)", most=BRAND),
    Spec(name="google_product_category", make=one_line, sources=("channel_category",), rule="number or path in Google's taxonomy (fields)"),
    Spec(
        name="product_type",
        make=line(PRODUCT_TYPE),
        sources=("product_type",),
        rule="our own path (fields, product_type)",
        most=PRODUCT_TYPE,
    ),
    Spec(name="material", make=line(MATERIAL), sources=("material",), rule="plain text (fields, material)", most=MATERIAL),
    Spec(name="gender", make=known(GENDERS), sources=("gender",), rule="female, male, unisex, otherwise left out (fields, gender)"),
    Spec(
        name="age_group",
        make=known(AGE_GROUPS),
        sources=("age_group",),
        rule="adult, all ages, teen, kids, toddler, infant, newborn, otherwise left out (fields, age_group)",
    ),
    *(
        Spec(
            name=f"custom_label_{at}", make=label(at, LABEL), sources=("custom_labels",), rule="for sets of products (template)", most=LABEL
        )
        for at in range(5)
    ),
    Spec(
        name="shipping",
        make=shipping_texts,
        sources=("shipping", "currency"),
        rule="COUNTRY:REGION:SERVICE:PRICE, with ; between several in a table (fields, shipping)",
        several=True,
        between=";",
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", make=line(COLOR), sources=("color",), rule="a name, no number (fields, color)", most=COLOR),
    Spec(name="size", make=line(SIZE), sources=("size",), rule="plain text (fields, size)", most=SIZE),
    Spec(name="pattern", make=line(PATTERN), sources=("pattern",), rule="plain text (fields, pattern)", most=PATTERN),
    Spec(
        name="additional_variant_attribute",
        make=_other_options,
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

_FULL = (
    Block(specs=(*_MAIN, *_OWN, *_PICTURES)),
    Block(specs=_SHARED, shared=True),
    Block(specs=_LOOK, shared=True),
    Block(specs=EXTRAS),
)

Write = Callable[[str, tuple[Block, ...], FeedDefinition, str, str | None], MadeFormat]


def csv(name: str, blocks: tuple[Block, ...], _definition: FeedDefinition, _title: str, update: str | None) -> MadeFormat:
    return csv_format(name, blocks, version=VERSION, update=update)


def tsv(name: str, blocks: tuple[Block, ...], _definition: FeedDefinition, _title: str, update: str | None) -> MadeFormat:
    return tsv_format(name, blocks, version=VERSION, update=update)


def rss(name: str, blocks: tuple[Block, ...], definition: FeedDefinition, title: str, update: str | None) -> MadeFormat:
    """Names with indexes are columns only: no element may be called video[0].url."""
    writable = tuple(Block(specs=tuple(spec for spec in each.specs if "[" not in spec.name), shared=each.shared) for each in blocks)
    return rss_format(name, writable, definition, title, version=VERSION, update=update)


def full(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    return lambda definition, title: write(f"meta-{ending}", _FULL, definition, title, f"meta-update-{ending}")


def update(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """Stock and prices of items that the full feed made: for a schedule that updates and never deletes."""
    blocks = (Block(specs=(_ID, _AVAILABILITY, _PRICE, *_SALE, _QUANTITY)),)
    return lambda definition, title: write(f"meta-update-{ending}", blocks, definition, title, None)


def country(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """What differs in a country: prices, availability, the page."""

    def make(definition: FeedDefinition, title: str) -> MadeFormat:
        specs = (_ID, _override(definition, definition.country), _PRICE, *_SALE, _AVAILABILITY, _LINK)
        return write(f"meta-country-{ending}", (Block(specs=specs),), definition, title, None)

    return make


def language(ending: str, write: Write) -> Callable[[FeedDefinition, str], MadeFormat]:
    """What differs in a language: texts."""

    def make(definition: FeedDefinition, title: str) -> MadeFormat:
        specs = (_ID, _override(definition, ""), _TITLE, _DESCRIPTION, _LINK)
        return write(f"meta-language-{ending}", (Block(specs=specs),), definition, title, None)

    return make


def _override(definition: FeedDefinition, otherwise: str) -> Spec:
    override = one_line(definition.override or otherwise)
    if not override:
        raise InvalidInput("override", "must name a language of Meta's, as pl_PL or en_XX")
    return Spec(name="override", make=constant(override), rule="the feed's country or language (localized-catalog)", required=True)
