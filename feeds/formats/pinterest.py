"""Pinterest's catalogue: TSV, CSV and RSS. Fields and limits are those of its API description (pinterest/api-description, v5, catalogs)."""

from feeds.formats.blocks import LIST, Block, MadeFormat, Spec, extra, label, line
from feeds.formats.rss import rss_format
from feeds.formats.tables import csv_format, tsv_format
from feeds.formats.text import one_line, without
from feeds.formats.values import (
    ADULT_TO_NEWBORN,
    GENDERS,
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
    whole_name,
    word,
)
from feeds.types import Availability, FeedDefinition

VERSION = 1

ID, TITLE, DESCRIPTION, LINK, IMAGE_LINK, GROUP = 127, 500, 10_000, 511, 2000, 127
PRODUCT_TYPE, LABEL, IMAGES = 1000, 511, 10
IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
VIDEO = 2000

AVAILABILITY = {
    Availability.IN_STOCK: "in stock",
    Availability.BACKORDER: "in stock",
    Availability.PREORDER: "preorder",
    Availability.OUT_OF_STOCK: "out of stock",
}


def shown_link(link: str) -> str:
    """Campaign parameters are given up before the page is."""
    return link if len(link) <= LINK and link.isascii() and link.isprintable() and " " not in link else _shortened(web_link(link))


def _shortened(link: str) -> str:
    return link if len(link) <= LINK else link.partition("?")[0]


def _names(options: tuple[tuple[str, str], ...]) -> str:
    return LIST.join([name for name, _ in _listed(options)])


def _values(options: tuple[tuple[str, str], ...]) -> str:
    return LIST.join([value for _, value in _listed(options)])


def _listed(options: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    plain = [(without(name, ","), without(value, ",")) for name, value in options]
    return [(name, value) for name, value in plain if name and value]


_MAIN = (
    Spec(name="id", make=whole_name, sources=("id",), rule="unique, never cut (v5, id)", most=ID, required=True),
    Spec(name="title", make=line(TITLE), sources=("title",), rule="plain text, cut between words (v5, title)", most=TITLE, required=True),
    Spec(
        name="description",
        make=description(DESCRIPTION),
        described=True,
        sources=("description", "summary", "title"),
        rule="plain text of the first of these that is not empty (v5, description)",
        most=DESCRIPTION,
        required=True,
    ),
    Spec(
        name="link",
        make=shown_link,
        sources=("link",),
        rule="without its parameters where it would be too long with them (v5, link)",
        most=LINK,
        required=True,
    ),
    Spec(
        name="image_link",
        make=web_link,
        sources=("image_link",),
        rule="75x75 pixels and more (v5, image_link)",
        most=IMAGE_LINK,
        required=True,
    ),
    Spec(
        name="price",
        make=price_if_any,
        repeated=True,
        sources=("price", "currency"),
        rule="regular price, a dot, ISO 4217 (v5, price)",
        plain=True,
        required=True,
    ),
    Spec(
        name="availability",
        make=word(AVAILABILITY),
        repeated=True,
        sources=("availability",),
        rule="in stock (also for what is taken on back-order), out of stock, preorder (v5, availability)",
        plain=True,
        required=True,
    ),
)
_OWN = (
    Spec(name="item_group_id", make=group_name, sources=("group_id",), rule="the same for all variants (v5, item_group_id)", most=GROUP),
    Spec(
        name="gtin",
        make=sellable_gtin,
        sources=("gtin",),
        rule="digits with a right check digit, otherwise left out (v5, gtin)",
        plain=True,
    ),
    Spec(name="mpn", make=one_line, sources=("mpn",), rule="the maker's own number (v5, mpn)"),
    Spec(
        name="sale_price",
        make=price_if_any,
        repeated=True,
        sources=("sale_price", "currency"),
        rule="lower than price (v5, sale_price)",
        plain=True,
    ),
    Spec(
        name="sale_price_effective_date",
        make=sale_window(),
        sources=("sale_price", "sale_from", "sale_to"),
        rule="start/end in ISO 8601; none when both ends are open (v5)",
        plain=True,
    ),
)
_PICTURES = (
    Spec(
        name="additional_image_link",
        make=links(IMAGES),
        sources=("additional_image_links",),
        rule="a comma in a link is %2C (v5, additional_image_link)",
        most=IMAGES,
        unit="links",
        several=True,
    ),
)
_SHARED = (
    Spec(name="condition", make=condition_word, sources=("condition",), rule="new, used, refurbished (v5, condition)"),
    Spec(name="brand", make=one_line, sources=("brand",), rule="plain text (v5, brand)"),
    Spec(name="google_product_category", make=one_line, sources=("channel_category",), rule="number or path in Google's taxonomy (v5)"),
    Spec(
        name="product_type",
        make=line(PRODUCT_TYPE),
        sources=("product_type",),
        rule='our own path, levels between " > " (v5, product_type)',
        most=PRODUCT_TYPE,
    ),
    Spec(name="material", make=one_line, sources=("material",), rule="plain text (v5, material)"),
    Spec(name="gender", make=known(GENDERS), sources=("gender",), rule="male, female, unisex, otherwise left out (v5, gender)"),
    Spec(
        name="age_group",
        make=known(ADULT_TO_NEWBORN),
        sources=("age_group",),
        rule="newborn, infant, toddler, kids, adult, otherwise left out (v5, age_group)",
    ),
    *(
        Spec(name=f"custom_label_{at}", make=label(at, LABEL), sources=("custom_labels",), rule="for groups of products (v5)", most=LABEL)
        for at in range(5)
    ),
    Spec(
        name="shipping",
        make=shipping_texts,
        sources=("shipping", "currency"),
        rule="country:region:service:price, all colons kept (v5, shipping)",
        several=True,
        parts=("country", "region", "service", "price"),
    ),
)
_LOOK = (
    Spec(name="color", make=one_line, sources=("color",), rule="plain text (v5, color)"),
    Spec(name="size", make=one_line, sources=("size",), rule="plain text (v5, size)"),
    Spec(name="pattern", make=one_line, sources=("pattern",), rule="plain text (v5, pattern)"),
    Spec(name="variant_names", make=_names, sources=("options",), rule="the choices, in order (v5, variant_names)", several=True),
    Spec(
        name="variant_values",
        make=_values,
        sources=("options",),
        rule="what was chosen, in the order of the names (v5, variant_values)",
        several=True,
    ),
)
EXTRAS = (
    extra("video_link", "MP4, MOV or M4V (v5, video_link)", VIDEO),
    *(extra(f"custom_number_{at}", "a whole number (v5)") for at in range(5)),
    extra("ad_link", "address that ads lead to (v5, ad_link)", LINK),
    extra("adult", "yes or no (v5, adult)"),
    extra("size_system", "country of the size (v5)"),
    extra("size_type", "regular, petite, plus… (v5)"),
)

_BLOCKS = (
    Block(specs=(*_MAIN, *_OWN, *_PICTURES)),
    Block(specs=_SHARED, shared=True),
    Block(specs=_LOOK, shared=True),
    Block(specs=EXTRAS),
)


def pinterest_tsv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return tsv_format("pinterest-tsv", _BLOCKS, version=VERSION)


def pinterest_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return csv_format("pinterest-csv", _BLOCKS, version=VERSION)


def pinterest_rss(definition: FeedDefinition, title: str) -> MadeFormat:
    return rss_format("pinterest-rss", _BLOCKS, definition, title, version=VERSION)
