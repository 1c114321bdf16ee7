"""Pinterest's catalogue: TSV, CSV and RSS. Fields and limits are those of its API description (pinterest/api-description, v5, catalogs)."""

from feeds.formats.blocks import AnyBlock, Block, CommonBlock, MadeFormat, Spec, Values, common, extra, extras, shared
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format, tsv_format
from feeds.formats.text import cut, one_line, without
from feeds.formats.values import (
    ADULT_TO_NEWBORN,
    GENDERS,
    described,
    description_key,
    further_links,
    known_word,
    price_text,
    sale_window,
    sellable_gtin,
    shipping_texts,
    web_link,
    whole_name,
)
from feeds.types import Availability, FeedDefinition, FeedItem

VERSION = 1

ID, TITLE, DESCRIPTION, LINK, IMAGE_LINK, GROUP = 127, 500, 10_000, 511, 2000, 127
PRODUCT_TYPE, LABEL, IMAGES = 1000, 511, 10
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
VIDEO = 2000

_MAIN = (
    Spec(name="id", sources=("id",), rule="unique, never cut (v5, id)", most=ID, required=True),
    Spec(name="title", sources=("title",), rule="plain text, cut between words (v5, title)", most=TITLE, required=True),
    Spec(
        name="description",
        sources=("description", "summary", "title"),
        rule="plain text of the first of these that is not empty (v5, description)",
        most=DESCRIPTION,
        required=True,
    ),
    Spec(
        name="link",
        sources=("link",),
        rule="without its parameters where it would be too long with them (v5, link)",
        most=LINK,
        required=True,
    ),
    Spec(name="image_link", sources=("image_link",), rule="75x75 pixels and more (v5, image_link)", most=IMAGE_LINK, required=True),
    Spec(name="price", sources=("price", "currency"), rule="regular price, a dot, ISO 4217 (v5, price)", plain=True, required=True),
    Spec(
        name="availability",
        sources=("availability",),
        rule="in stock (also for what is taken on back-order), out of stock, preorder (v5, availability)",
        plain=True,
        required=True,
    ),
)
_OWN = (
    Spec(name="item_group_id", sources=("group_id",), rule="the same for all variants (v5, item_group_id)", most=GROUP),
    Spec(name="gtin", sources=("gtin",), rule="digits with a right check digit, otherwise left out (v5, gtin)", plain=True),
    Spec(name="mpn", sources=("mpn",), rule="the maker's own number (v5, mpn)"),
    Spec(name="sale_price", sources=("sale_price", "currency"), rule="lower than price (v5, sale_price)", plain=True),
    Spec(
        name="sale_price_effective_date",
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (v5)",
        plain=True,
    ),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        sources=("additional_image_links",),
        rule="a comma in a link is %2C (v5, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(name="condition", sources=("condition",), rule="new, used, refurbished (v5, condition)"),
    Spec(name="brand", sources=("brand",), rule="plain text (v5, brand)"),
    Spec(name="google_product_category", sources=("channel_category",), rule="number or path in Google's taxonomy (v5)"),
    Spec(name="product_type", sources=("product_type",), rule='our own path, levels between " > " (v5, product_type)', most=PRODUCT_TYPE),
    Spec(name="material", sources=("material",), rule="plain text (v5, material)"),
    Spec(name="gender", sources=("gender",), rule="male, female, unisex, otherwise left out (v5, gender)"),
    Spec(name="age_group", sources=("age_group",), rule="newborn, infant, toddler, kids, adult, otherwise left out (v5, age_group)"),
    *(Spec(name=f"custom_label_{at}", sources=("custom_labels",), rule="for groups of products (v5)", most=LABEL) for at in range(5)),
    Spec(
        name="shipping",
        sources=("shipping", "currency"),
        rule="country:region:service:price, all colons kept (v5, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", sources=("color",), rule="plain text (v5, color)"),
    Spec(name="size", sources=("size",), rule="plain text (v5, size)"),
    Spec(name="pattern", sources=("pattern",), rule="plain text (v5, pattern)"),
    Spec(name="variant_names", sources=("options",), rule="the choices, in order (v5, variant_names)", several=True),
    Spec(name="variant_values", sources=("options",), rule="what was chosen, in the order of the names (v5, variant_values)", several=True),
)
EXTRAS = (
    extra("video_link", "MP4, MOV or M4V (v5, video_link)", VIDEO),
    *(extra(f"custom_number_{at}", "a whole number (v5)") for at in range(5)),
    extra("ad_link", "address that ads lead to (v5, ad_link)", LINK),
    extra("adult", "yes or no (v5, adult)"),
    extra("size_system", "country of the size (v5)"),
    extra("size_type", "regular, petite, plus… (v5)"),
)

_AVAILABILITY = {
    Availability.IN_STOCK: "in stock",
    Availability.BACKORDER: "in stock",
    Availability.PREORDER: "preorder",
    Availability.OUT_OF_STOCK: "out of stock",
}


def pinterest_tsv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return tsv_format("pinterest-tsv", _blocks(), version=VERSION)


def pinterest_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return csv_format("pinterest-csv", _blocks(), version=VERSION)


def pinterest_rss(definition: FeedDefinition, title: str) -> MadeFormat:
    return rss_format("pinterest-rss", _blocks(), definition, title, version=VERSION)


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
    return whole_name(item.id), cut(one_line(item.title), TITLE)


def _description(item: FeedItem) -> Values:
    return (cut(described(item), DESCRIPTION),)


def _facts(item: FeedItem) -> Values:
    return (
        shown_link(item.link),
        web_link(item.image_link),
        _price(item.price, item.currency),
        _AVAILABILITY[item.availability],
    )


def shown_link(link: str) -> str:
    """Campaign parameters are given up before the page is."""
    whole = web_link(link)
    return whole if len(whole) <= LINK else whole.partition("?")[0]


def _own(item: FeedItem) -> Values:
    return (
        whole_name(item.group_id) if item.group_id else "",
        sellable_gtin(item.gtin),
        one_line(item.mpn) if item.mpn else "",
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
        one_line(item.brand),
        one_line(item.channel_category),
        cut(one_line(item.product_type), PRODUCT_TYPE),
        one_line(item.material),
        known_word(item.gender, GENDERS),
        known_word(item.age_group, ADULT_TO_NEWBORN),
        *(cut(one_line(each), LABEL) for each in item.custom_labels),
        shipping_texts(item.shipping, item.currency),
    )


def _look(item: FeedItem) -> Values:
    """By what variants differ."""
    options = [(_listed(name), _listed(value)) for name, value in item.options]
    return (
        one_line(item.color),
        one_line(item.size),
        one_line(item.pattern),
        "\n".join([name for name, value in options if name and value]),
        "\n".join([value for name, value in options if name and value]),
    )


def _listed(text: str) -> str:
    return without(text, ",")
