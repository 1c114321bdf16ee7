"""What a feed is made of: the facts of one sellable item in no channel's own words, and what a shop says its feeds shall be.

Money is minor units of `currency`; moments are UTC; texts are plain, decoded and without control characters unless a name ends in `_html`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec


class FeedChannel(StrEnum):
    """Who reads the feed."""

    META = "meta"
    GOOGLE = "google"
    TIKTOK = "tiktok"
    PINTEREST = "pinterest"
    CENEO = "ceneo"
    ALLEGRO = "allegro"


class Availability(StrEnum):
    """Each format has its own words for these."""

    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    """None is there, orders are taken all the same."""
    PREORDER = "preorder"
    OUT_OF_STOCK = "out_of_stock"


class Condition(StrEnum):
    NEW = "new"
    REFURBISHED = "refurbished"
    USED = "used"


class ShippingPrice(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What it costs to have an item sent to `country`, as the definition says. `price` is in minor units."""

    country: str
    service: str
    price: int
    region: str = ""


class FeedItem(msgspec.Struct, frozen=True, gc=False):
    """One thing that can be bought, after all rules of the definition: a format only writes it down.

    Texts that are not known are "". Fields stand in the order in which they are made; make one with keywords outside of feeds/items.py.
    """

    product_id: int
    variant_id: int
    id: str
    """The item's name in the channel: the SKU where there is one, otherwise the variant's number; never changed by a format."""
    title: str
    """Not cut: a format cuts at its own limit."""
    link: str
    currency: str
    price: int | None
    """The regular price; None: the shop has set none."""
    sku: str = ""
    group_id: str | None = None
    """The same for all variants of one product; None: the item has no siblings, or the definition does not group."""
    gtin: str = ""
    """As the shop typed it, whether or not its check digit is right."""
    mpn: str = ""
    brand: str = ""
    description: str = ""
    summary: str = ""
    description_html: str = ""
    """Sanitised."""
    image_link: str = ""
    additional_image_links: tuple[str, ...] = ()
    sale_price: int | None = None
    """Below `price`, and in force now or to come; None: no sale, or one that is over."""
    on_sale: bool = False
    """The sale is in force at the moment of the build."""
    sale_from: datetime | None = None
    """None: the sale has no beginning (or no end, below)."""
    sale_to: datetime | None = None
    prior_price: int | None = None
    """Lowest price of the 30 days before the reduction in force ("Omnibus"); None while nothing is reduced, or nothing is known."""
    availability: Availability = Availability.IN_STOCK
    quantity: int | None = None
    """What the channel may sell now, never below zero; None: nobody counts it."""
    availability_date: datetime | None = None
    """When a back-ordered or pre-ordered item can be sent."""
    condition: Condition = Condition.NEW
    category_path: tuple[str, ...] = ()
    """Names from the root down to the product's most specific category."""
    channel_category: str = ""
    """The channel's own category (path or number), mapped from ours; "" where nothing is mapped."""
    product_type: str = ""
    """`category_path` joined by " > ", unless the definition says otherwise."""
    color: str = ""
    size: str = ""
    material: str = ""
    pattern: str = ""
    gender: str = ""
    age_group: str = ""
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    shipping: tuple[ShippingPrice, ...] = ()
    shipping_class: str = ""
    tax_class: str = ""
    """ "" is the standard rate."""
    custom_labels: tuple[str, str, str, str, str] = ("", "", "", "", "")
    options: tuple[tuple[str, str], ...] = ()
    """The axes by which this variant differs from its siblings: (name, value)."""
    attributes: Mapping[str, str] = {}
    """Attributes that are no options, by key ("kraj-pochodzenia"); several values are joined by ", "."""
    tags: tuple[str, ...] = ()
    extra: Mapping[str, str] = {}
    """Fields that only this channel knows, set by the definition under the channel's own name: "unit_pricing_measure", "ceneo_group", …"""
    country: str = "PL"
    """ISO 3166."""
    language: str = "pl"
    """ISO 639."""

    @property
    def current_price(self) -> int | None:
        """What a shopper pays at the moment of the build."""
        return self.sale_price if self.on_sale else self.price


ITEM_FIELDS = FeedItem.__struct_fields__


class Effect(StrEnum):
    INCLUDE = "include"
    """Only what one of the including filters fits is in the feed (if there is any)."""
    EXCLUDE = "exclude"


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fits an item of which all that is given here is true; of several values in one list, one is enough. Amounts are decimals as text."""

    name: str
    effect: Effect = Effect.EXCLUDE
    categories: tuple[str, ...] = ()
    """Handles; their descendants too."""
    tags: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    availability: tuple[Availability, ...] = ()
    stock_below: int | None = None
    """What nobody counts is never below."""
    price_below: str | None = None
    price_from: str | None = None
    margin_below: str | None = None
    """Per cent of the price now. An item whose cost is not known never fits, and explain says so."""
    newer_than_days: int | None = None
    older_than_days: int | None = None
    on_sale: bool | None = None
    attribute: str | None = None
    """Key of an attribute or name of an option; fits when its value is one of `values`, or with none given when it has any."""
    values: tuple[str, ...] = ()


class FieldRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Writes `field` (of FeedItem, or one of the channel's own) from a template; later rules see what earlier ones wrote."""

    name: str
    field: str
    template: str
    only_if_empty: bool = False
    when: Filter | None = None


class Replacement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every `find` in the field becomes `put`; with `whole` only a field that is `find` and nothing else (without regard to case)."""

    name: str
    field: str
    find: str
    put: str = ""
    whole: bool = False


class Rounding(StrEnum):
    NONE = "none"
    WHOLE = "whole"
    """Up to whole units: 12.30 is 13.00."""
    NINETY_NINE = "99"
    """Up to the next price that ends in .99."""


class PriceRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`percent` first ("5" is five per cent more), then `amount`, then rounding; regular price, sale price and prior price alike."""

    name: str
    percent: str = "0"
    amount: str = "0"
    rounding: Rounding = Rounding.NONE
    when: Filter | None = None


class Guards(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares in per cent. A build beyond them is not published."""

    largest_shrink: int = 20
    most_failing: int = 5


class Variants(StrEnum):
    GROUPED = "grouped"
    """Each variant is an item; siblings share a group id."""
    SEPARATE = "separate"
    """Each variant is an item of its own."""
    FIRST = "first"
    """One item per product: its first variant that can be sold, otherwise its first."""


class BasicAuth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`password_sha256`: hexadecimal."""

    user: str
    password_sha256: str


class FeedDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feed, as its TOML file says it. `name` is the file's name without its ending."""

    name: str
    channel: FeedChannel
    format: str
    """One of feeds.formats.FORMATS: "google-rss", "meta-csv", …"""
    base_url: str
    """Product pages stand below it."""
    images_base_url: str = ""
    """Pictures stand below it (an image server's address) under the path that they have in the shop; "": where the shop has them."""
    images_extension: str = ""
    """With this ending ("jpg") in place of their own, for image servers that convert; "": as they are."""
    title: str = ""
    """For formats whose header names the feed; "": the shop's name."""
    country: str = "PL"
    language: str = "pl"
    currency: str = "PLN"
    exchange_rate: str = ""
    """Units of `currency` for one of the shop's; needed where the two differ."""
    override: str = ""
    """For Meta's override feeds: the country ("DE") or language ("de_DE") whose values this feed gives."""
    schedule: str = "0 * * * *"
    """When the feed is built anyhow, as a cron expression in UTC."""
    update: bool = False
    """Beside this feed another of the channel's update format, NAME-update, that follows stock and prices within seconds."""
    stock_channel: str = "web"
    """Whose buffers and shares decide how much may be sold."""
    variants: Variants = Variants.GROUPED
    cost_key: str = ""
    """The "meta" field of a product or variant that holds its cost, for margins."""
    condition: Condition = Condition.NEW
    backorder_days: int | None = None
    """In how many days what is ordered while none is there can be sent, for channels that want a date (Google takes no back order without);
    counted from the day of the build. Rules for `availability_date` come first. None: the shop promises none."""
    utm: Mapping[str, str] = {}
    """Added to each link: source = "google" becomes utm_source=google. Values are templates."""
    filters: tuple[Filter, ...] = ()
    fields: tuple[FieldRule, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    prices: tuple[PriceRule, ...] = ()
    shipping: tuple[ShippingPrice, ...] = ()
    categories: Mapping[str, str] = {}
    """Our category's handle -> the channel's category; inherited by categories below that have none of their own."""
    labels: Mapping[str, str] = {}
    """ "0" to "4" -> template of the custom label."""
    guards: Guards = Guards()
    basic_auth: BasicAuth | None = None
