"""TikTok's catalogue for ads: CSV and RSS, and an update of stock and prices (update mode SUPPLEMENT).

Fields are those of ads.tiktok.com/help/article/catalog-product-parameters ("parameters") and of the upload API's documentation, doc
1740497429681153 ("upload"). The product's number is sku_id in every format: id is only said to be taken.
"""

from feeds.formats.blocks import AnyBlock, Block, CommonBlock, MadeFormat, Spec, Values, common, extra, extras, shared
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format
from feeds.formats.text import cut, one_line, without_emoji
from feeds.formats.values import (
    ADULT_TO_NEWBORN,
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
from feeds.types import FeedDefinition, FeedItem

VERSION = 1

ID, TITLE, DESCRIPTION, BRAND = 100, 500, 10_000, 150
COLOR, MATERIAL, PATTERN, LABEL = 100, 200, 100, 100
IMAGES, LEVELS = 10, 3
IMAGE_TYPES = (".jpg", ".jpeg", ".png")

_ID = Spec(
    name="sku_id",
    sources=("id",),
    rule="unique, equal to the pixel's content_id, never cut (parameters, sku_id)",
    most=ID,
    required=True,
)
_AVAILABILITY = Spec(
    name="availability",
    sources=("availability",),
    rule="in stock, available for order, preorder, out of stock (parameters, availability)",
    plain=True,
    required=True,
)
_PRICE = Spec(
    name="price",
    sources=("price", "currency"),
    rule="regular price in the catalogue's currency (parameters, price)",
    plain=True,
    required=True,
)
_SALE = (
    Spec(name="sale_price", sources=("sale_price", "currency"), rule="lower than price (parameters, sale_price)", plain=True),
    Spec(
        name="sale_price_effective_date",
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (upload, sale_price_effective_date)",
        plain=True,
    ),
)
_MAIN = (
    _ID,
    Spec(
        name="title", sources=("title",), rule="plain text without emoji, cut between words (parameters, title)", most=TITLE, required=True
    ),
    Spec(
        name="description",
        sources=("description", "summary", "title"),
        rule="plain text of the first of these that is not empty (parameters, description)",
        most=DESCRIPTION,
        required=True,
    ),
    _AVAILABILITY,
    _PRICE,
    Spec(name="link", sources=("link",), rule="absolute web address (parameters, link)", required=True),
    Spec(name="image_link", sources=("image_link",), rule="JPG or PNG of 500x500 pixels and more (parameters, image_link)", required=True),
)
_OWN = (
    Spec(name="gtin", sources=("gtin",), rule="digits with a right check digit, otherwise left out (upload, gtin)", plain=True),
    Spec(name="mpn", sources=("mpn",), rule="the maker's own number (upload, mpn)"),
    Spec(name="item_group_id", sources=("group_id",), rule="the same for all variants (parameters, item_group_id)"),
    *_SALE,
    Spec(name="shipping_weight", sources=("weight_grams",), rule="kilograms (upload, shipping_weight)", plain=True),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        sources=("additional_image_links",),
        rule="a comma in a link is %2C (parameters, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(name="condition", sources=("condition",), rule="new, refurbished, used (parameters, condition)", required=True),
    Spec(name="brand", sources=("brand",), rule="plain text (parameters, brand)", most=BRAND, required=True),
    Spec(
        name="google_product_category", sources=("channel_category",), rule="the path's first levels (upload)", most=LEVELS, unit="levels"
    ),
    Spec(name="product_type", sources=("product_type",), rule="the path's first levels (upload)", most=LEVELS, unit="levels"),
    Spec(name="material", sources=("material",), rule="plain text (upload, material)", most=MATERIAL),
    Spec(name="gender", sources=("gender",), rule="male, female, unisex, otherwise left out (upload, gender)"),
    Spec(name="age_group", sources=("age_group",), rule="newborn, infant, toddler, kids, adult, otherwise left out (upload, age_group)"),
    *(Spec(name=f"custom_label_{at}", sources=("custom_labels",), rule="for sets of products (upload)", most=LABEL) for at in range(5)),
    Spec(
        name="shipping",
        sources=("shipping", "currency"),
        rule="COUNTRY:STATE:TYPE:PRICE (upload, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", sources=("color",), rule="plain text (upload, color)", most=COLOR),
    Spec(name="size", sources=("size",), rule="plain text (upload, size)"),
    Spec(name="pattern", sources=("pattern",), rule="plain text (upload, pattern)", most=PATTERN),
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


def tiktok_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return csv_format("tiktok-csv", _blocks(), version=VERSION, update="tiktok-update-csv")


def tiktok_xml(definition: FeedDefinition, title: str) -> MadeFormat:
    return rss_format("tiktok-xml", _blocks(), definition, title, version=VERSION, update="tiktok-update-csv")


def tiktok_update_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    block = Block(specs=(_ID, _AVAILABILITY, _PRICE, *_SALE), values=_update)
    return csv_format("tiktok-update-csv", (block,), version=VERSION)


def _blocks() -> tuple[AnyBlock, ...]:
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
    return whole_name(item.id), cut(without_emoji(one_line(item.title)), TITLE)


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
        one_line(item.mpn) if item.mpn else "",
        whole_name(item.group_id) if item.group_id else "",
        _price(item.sale_price, item.currency),
        sale_window(item),
        weight_text(item.weight_grams),
    )


def _update(item: FeedItem) -> Values:
    return (
        whole_name(item.id),
        SPACED_AVAILABILITY[item.availability],
        _price(item.price, item.currency),
        _price(item.sale_price, item.currency),
        sale_window(item),
    )


def _price(minor: int | None, currency: str) -> str:
    return "" if minor is None else price_text(minor, currency)


def _pictures(item: FeedItem) -> Values:
    return (further_links(item.additional_image_links, IMAGES),)


def _shared(item: FeedItem) -> Values:
    return (
        item.condition.value,
        cut(one_line(item.brand), BRAND),
        levels(item.channel_category),
        levels(item.product_type),
        cut(one_line(item.material), MATERIAL),
        known_word(item.gender, GENDERS),
        known_word(item.age_group, ADULT_TO_NEWBORN),
        *(cut(one_line(each), LABEL) for each in item.custom_labels),
        shipping_texts(item.shipping, item.currency),
    )


def _look(item: FeedItem) -> Values:
    """By what variants differ."""
    return (
        cut(one_line(item.color), COLOR),
        one_line(item.size),
        cut(one_line(item.pattern), PATTERN),
    )


def levels(path: str) -> str:
    return " > ".join(one_line(path).split(" > ")[:LEVELS])
