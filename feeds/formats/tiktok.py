"""TikTok's catalogue for ads: CSV and RSS, and an update of stock and prices (update mode SUPPLEMENT).

Fields are those of ads.tiktok.com/help/article/catalog-product-parameters ("parameters") and of the upload API's documentation, doc
1740497429681153 ("upload"). The product's number is sku_id in every format: id is only said to be taken.
"""

from feeds.formats.blocks import Block, MadeFormat, Spec, extra, label, line
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format
from feeds.formats.text import cut, one_line, without_emoji
from feeds.formats.values import (
    ADULT_TO_NEWBORN,
    GENDERS,
    SPACED_AVAILABILITY,
    condition_word,
    description,
    group_name,
    known,
    links,
    price_if_any,
    sale_window,
    sellable_gtin,
    shipping_texts,
    web_link,
    weight_text,
    whole_name,
    word,
)
from feeds.types import FeedDefinition

VERSION = 1

ID, TITLE, DESCRIPTION, BRAND = 100, 500, 10_000, 150
COLOR, MATERIAL, PATTERN, LABEL = 100, 200, 100, 100
IMAGES, LEVELS = 10, 3
IMAGE_TYPES = (".jpg", ".jpeg", ".png")


def _plain_title(title: str) -> str:
    return (
        title.strip()
        if len(title) <= TITLE and title.isprintable() and "<" not in title and "&" not in title and without_emoji(title) is title
        else cut(without_emoji(one_line(title)), TITLE)
    )


def levels(path: str) -> str:
    return " > ".join(one_line(path).split(" > ")[:LEVELS])


_ID = Spec(
    name="sku_id",
    make=whole_name,
    sources=("id",),
    rule="unique, equal to the pixel's content_id, never cut (parameters, sku_id)",
    most=ID,
    required=True,
)
_AVAILABILITY = Spec(
    name="availability",
    make=word(SPACED_AVAILABILITY),
    repeated=True,
    sources=("availability",),
    rule="in stock, available for order, preorder, out of stock (parameters, availability)",
    plain=True,
    required=True,
)
_PRICE = Spec(
    name="price",
    make=price_if_any,
    repeated=True,
    sources=("price", "currency"),
    rule="regular price in the catalogue's currency (parameters, price)",
    plain=True,
    required=True,
)
_SALE = (
    Spec(
        name="sale_price",
        make=price_if_any,
        repeated=True,
        sources=("sale_price", "currency"),
        rule="lower than price (parameters, sale_price)",
        plain=True,
    ),
    Spec(
        name="sale_price_effective_date",
        make=sale_window(),
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (upload, sale_price_effective_date)",
        plain=True,
    ),
)
_MAIN = (
    _ID,
    Spec(
        name="title",
        make=_plain_title,
        sources=("title",),
        rule="plain text without emoji, cut between words (parameters, title)",
        most=TITLE,
        required=True,
    ),
    Spec(
        name="description",
        make=description(DESCRIPTION),
        described=True,
        sources=("description", "summary", "title"),
        rule="plain text of the first of these that is not empty (parameters, description)",
        most=DESCRIPTION,
        required=True,
    ),
    _AVAILABILITY,
    _PRICE,
    Spec(name="link", make=web_link, sources=("link",), rule="absolute web address (parameters, link)", required=True),
    Spec(
        name="image_link",
        make=web_link,
        sources=("image_link",),
        rule="JPG or PNG of 500x500 pixels and more (parameters, image_link)",
        required=True,
    ),
)
_OWN = (
    Spec(
        name="gtin",
        make=sellable_gtin,
        sources=("gtin",),
        rule="digits with a right check digit, otherwise left out (upload, gtin)",
        plain=True,
    ),
    Spec(name="mpn", make=one_line, sources=("mpn",), rule="the maker's own number (upload, mpn)"),
    Spec(name="item_group_id", make=group_name, sources=("group_id",), rule="the same for all variants (parameters, item_group_id)"),
    *_SALE,
    Spec(name="shipping_weight", make=weight_text, sources=("weight_grams",), rule="kilograms (upload, shipping_weight)", plain=True),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        make=links(IMAGES),
        sources=("additional_image_links",),
        rule="a comma in a link is %2C (parameters, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(
        name="condition", make=condition_word, sources=("condition",), rule="new, refurbished, used (parameters, condition)", required=True
    ),
    Spec(name="brand", make=line(BRAND), sources=("brand",), rule="plain text (parameters, brand)", most=BRAND, required=True),
    Spec(
        name="google_product_category",
        make=levels,
        sources=("channel_category",),
        rule="the path's first levels (upload)",
        most=LEVELS,
        unit="levels",
    ),
    Spec(name="product_type", make=levels, sources=("product_type",), rule="the path's first levels (upload)", most=LEVELS, unit="levels"),
    Spec(name="material", make=line(MATERIAL), sources=("material",), rule="plain text (upload, material)", most=MATERIAL),
    Spec(name="gender", make=known(GENDERS), sources=("gender",), rule="male, female, unisex, otherwise left out (upload, gender)"),
    Spec(
        name="age_group",
        make=known(ADULT_TO_NEWBORN),
        sources=("age_group",),
        rule="newborn, infant, toddler, kids, adult, otherwise left out (upload, age_group)",
    ),
    *(
        Spec(name=f"custom_label_{at}", make=label(at, LABEL), sources=("custom_labels",), rule="for sets of products (upload)", most=LABEL)
        for at in range(5)
    ),
    Spec(
        name="shipping",
        make=shipping_texts,
        sources=("shipping", "currency"),
        rule="COUNTRY:STATE:TYPE:PRICE (upload, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", make=line(COLOR), sources=("color",), rule="plain text (upload, color)", most=COLOR),
    Spec(name="size", make=one_line, sources=("size",), rule="plain text (upload, size)"),
    Spec(name="pattern", make=line(PATTERN), sources=("pattern",), rule="plain text (upload, pattern)", most=PATTERN),
)
EXTRAS = (
    extra("video_link", "a film of 9:16 (parameters, video_link)"),
    extra("tax", "plain text (upload, tax)"),
    extra("ios_url", "deep link (upload)"),
    extra("ios_app_store_id", "of the app (upload)"),
    extra("ios_app_name", "of the app (upload)"),
    extra("android_url", "deep link (upload)"),
    extra("android_package", "of the app (upload)"),
    extra("android_app_name", "of the app (upload)"),
)


_BLOCKS = (
    Block(specs=(*_MAIN, *_OWN, *_PICTURES)),
    Block(specs=_SHARED, shared=True),
    Block(specs=_LOOK, shared=True),
    Block(specs=EXTRAS),
)


def tiktok_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return csv_format("tiktok-csv", _BLOCKS, version=VERSION, update="tiktok-update-csv")


def tiktok_xml(definition: FeedDefinition, title: str) -> MadeFormat:
    return rss_format("tiktok-xml", _BLOCKS, definition, title, version=VERSION, update="tiktok-update-csv")


def tiktok_update_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return csv_format("tiktok-update-csv", (Block(specs=(_ID, _AVAILABILITY, _PRICE, *_SALE)),), version=VERSION)
