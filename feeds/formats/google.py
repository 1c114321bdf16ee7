"""Google Merchant Center: RSS 2.0 with the namespace g, and tab-separated text.

Limits and values are those of Google's product data specification (support.google.com/merchants/answer/7052112 and 188494); where only
third parties name a limit the rule says so.
"""

from datetime import datetime

from feeds.formats.blocks import Block, MadeFormat, Spec, extra, label, line
from feeds.formats.rss import rss_format
from feeds.formats.tables import tsv_format
from feeds.formats.text import cut, one_line
from feeds.formats.values import (
    ADULT_TO_NEWBORN,
    GENDERS,
    condition_word,
    description,
    group_name,
    known,
    length_text,
    links,
    moment,
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

VERSION = 1
ZONE = "+0000"

ID, TITLE, DESCRIPTION, LINK, BRAND, MPN, GROUP = 50, 150, 5000, 2000, 70, 70, 50
PRODUCT_TYPE, COLOR, SIZE, MATERIAL, PATTERN, LABEL = 750, 100, 100, 200, 100, 100
COLORS, ONE_COLOR, IMAGES = 3, 40, 10
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp")

AVAILABILITY = {
    Availability.IN_STOCK: "in_stock",
    Availability.BACKORDER: "backorder",
    Availability.PREORDER: "preorder",
    Availability.OUT_OF_STOCK: "out_of_stock",
}

_TO_COME = (Availability.PREORDER, Availability.BACKORDER)


def _identifiers(gtin: str, brand: str, mpn: str) -> str:
    return "yes" if (brand and mpn) or sellable_gtin(gtin) else "no"


def _availability_date(availability: Availability, availability_date: datetime | None) -> str:
    return "" if availability_date is None or availability not in _TO_COME else moment(availability_date, ZONE)


def _materials(material: str) -> str:
    return cut(one_line(material).replace(", ", "/"), MATERIAL)


def colors(text: str) -> str:
    names = one_line(text).replace(",", "/").split("/")[:COLORS]
    return "/".join([cut(name.strip(), ONE_COLOR) for name in names if name.strip()])


_MAIN = (
    Spec(name="id", make=whole_name, sources=("id",), rule="unique and stable, never cut (7052112, id)", most=ID, required=True),
    Spec(
        name="title", make=line(TITLE), sources=("title",), rule="plain text, cut between words (7052112, title)", most=TITLE, required=True
    ),
    Spec(
        name="description",
        make=description(DESCRIPTION),
        described=True,
        sources=("description", "summary", "title"),
        rule="plain text of the first of these that is not empty (7052112, description)",
        most=DESCRIPTION,
        required=True,
    ),
    Spec(
        name="link",
        make=web_link,
        sources=("link",),
        rule="absolute, as RFC 3986 has it (7052112, link; the limit by third parties)",
        most=LINK,
        required=True,
    ),
    Spec(
        name="image_link",
        make=web_link,
        sources=("image_link",),
        rule="JPG, PNG, GIF, BMP, TIFF or WebP (7052112, image_link)",
        most=LINK,
        required=True,
    ),
    Spec(
        name="availability",
        make=word(AVAILABILITY),
        repeated=True,
        sources=("availability",),
        rule="in_stock, out_of_stock, preorder, backorder (7052112, availability)",
        plain=True,
        required=True,
    ),
    Spec(
        name="price",
        make=price_if_any,
        repeated=True,
        sources=("price", "currency"),
        rule="regular price, a dot, ISO 4217 (7052112, price)",
        plain=True,
        required=True,
    ),
    Spec(
        name="identifier_exists",
        make=_identifiers,
        sources=("gtin", "brand", "mpn"),
        rule="no: there is neither a GTIN nor a brand with an MPN (7052112, identifier_exists)",
        plain=True,
    ),
)
_OWN = (
    Spec(
        name="gtin",
        make=sellable_gtin,
        sources=("gtin",),
        rule="8, 12, 13 or 14 digits with a right check digit, otherwise left out (7052112, gtin)",
        plain=True,
    ),
    Spec(name="mpn", make=line(MPN), sources=("mpn",), rule="the maker's own number (7052112, mpn)", most=MPN),
    Spec(
        name="item_group_id", make=group_name, sources=("group_id",), rule="the same for all variants (7052112, item_group_id)", most=GROUP
    ),
    Spec(
        name="sale_price",
        make=price_if_any,
        repeated=True,
        sources=("sale_price", "currency"),
        rule="lower than price (7052112, sale_price)",
        plain=True,
    ),
    Spec(
        name="sale_price_effective_date",
        make=sale_window(ZONE),
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (7052112, sale_price_effective_date)",
        plain=True,
    ),
    Spec(
        name="availability_date",
        make=_availability_date,
        sources=("availability", "availability_date"),
        rule="ISO 8601, for preorder and backorder only (7052112, availability_date)",
        plain=True,
    ),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        make=links(IMAGES),
        sources=("additional_image_links",),
        rule="further pictures; a comma in a link is %2C (7052112, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_PARCEL = (
    Spec(name="shipping_weight", make=weight_text, sources=("weight_grams",), rule="kilograms (7052112, shipping_weight)"),
    Spec(name="shipping_length", make=length_text, sources=("length_mm",), rule="centimetres (7052112, shipping_length)"),
    Spec(name="shipping_width", make=length_text, sources=("width_mm",), rule="centimetres (7052112, shipping_width)"),
    Spec(name="shipping_height", make=length_text, sources=("height_mm",), rule="centimetres (7052112, shipping_height)"),
)
_SHARED = (
    Spec(name="condition", make=condition_word, sources=("condition",), rule="new, refurbished, used (7052112, condition)"),
    Spec(name="brand", make=line(BRAND), sources=("brand",), rule="plain text (7052112, brand)", most=BRAND),
    Spec(
        name="google_product_category",
        make=one_line,
        sources=("channel_category",),
        rule="number or whole path in Google's taxonomy (7052112, google_product_category)",
    ),
    Spec(
        name="product_type",
        make=line(PRODUCT_TYPE),
        sources=("product_type",),
        rule="our own path (7052112, product_type)",
        most=PRODUCT_TYPE,
    ),
    Spec(name="material", make=_materials, sources=("material",), rule="several joined by / (7052112, material)", most=MATERIAL),
    Spec(name="gender", make=known(GENDERS), sources=("gender",), rule="male, female, unisex, otherwise left out (7052112, gender)"),
    Spec(
        name="age_group",
        make=known(ADULT_TO_NEWBORN),
        sources=("age_group",),
        rule="newborn, infant, toddler, kids, adult, otherwise left out (7052112, age_group)",
    ),
    *(
        Spec(
            name=f"custom_label_{at}",
            make=label(at, LABEL),
            sources=("custom_labels",),
            rule=f"custom_label_{at} (7052112, custom_label)",
            most=LABEL,
        )
        for at in range(5)
    ),
    Spec(
        name="shipping_label",
        make=line(LABEL),
        sources=("shipping_class",),
        rule="the shipping class (7052112, shipping_label)",
        most=LABEL,
    ),
    Spec(
        name="shipping",
        make=shipping_texts,
        sources=("shipping", "currency"),
        rule="country:region:service:price, elements in XML (7052112, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(
        name="color", make=colors, sources=("color",), rule="three names of 40 characters at most, joined by / (7052112, color)", most=COLOR
    ),
    Spec(name="size", make=line(SIZE), sources=("size",), rule="plain text (7052112, size)", most=SIZE),
    Spec(name="pattern", make=line(PATTERN), sources=("pattern",), rule="plain text (7052112, pattern)", most=PATTERN),
)
EXTRAS = (
    extra("unit_pricing_measure", "number and unit, by law where goods are measured (6324455)"),
    extra("unit_pricing_base_measure", "1, 2, 4, 8, 10, 100 and a unit, or 75cl, 750ml, 50kg, 1000kg (6324490)"),
    extra("size_system", "country of the size (7052112, size_system)"),
    extra("size_type", "regular, petite, maternity, big, tall, plus (7052112, size_type)"),
    extra("multipack", "a whole number (7052112, multipack)"),
    extra("is_bundle", "yes or no (7052112, is_bundle)"),
    extra("adult", "yes or no (7052112, adult)"),
    extra("energy_efficiency_class", "A+++ to G (7052112)"),
    extra(
        "certification",
        "authority:name:code, as EC:EPREL:123456 (7052112, certification)",
        parts=("certification_authority", "certification_name", "certification_code"),
    ),
    extra("min_handling_time", "days (7052112)"),
    extra("max_handling_time", "days (7052112)"),
    extra("transit_time_label", "plain text (7052112)", LABEL),
    extra("excluded_destination", "a destination's name (7052112)"),
    extra("included_destination", "a destination's name (7052112)"),
    extra("promotion_id", "of the promotions feed; the limit by third parties", 50),
    extra("canonical_link", "address without campaign parameters (7052112)", LINK),
    extra("mobile_link", "page for telephones (7052112)", LINK),
    extra("ads_redirect", "address that ads lead to (7052112)", LINK),
    extra("lifestyle_image_link", "picture of the goods in use (7052112)", LINK),
    extra("cost_of_goods_sold", "amount and currency (7052112)"),
    extra("return_policy_label", "plain text (7052112)", LABEL),
    extra("pause", "ads (7052112)"),
)


BLOCKS = (
    Block(specs=(*_MAIN, *_OWN, *_PICTURES)),
    Block(specs=_PARCEL, shared=True),
    Block(specs=_SHARED, shared=True),
    Block(specs=_LOOK, shared=True),
    Block(specs=EXTRAS),
)


def google_rss(definition: FeedDefinition, title: str) -> MadeFormat:
    return rss_format("google-rss", BLOCKS, definition, title, version=VERSION)


def google_tsv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return tsv_format("google-tsv", BLOCKS, version=VERSION)
