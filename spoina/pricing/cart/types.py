"""What a cart's totals are calculated from: lines, coupons, tax rates, shipping zones and the shop's settings.

Amounts that a merchant typed stay the decimal text that WooCommerce stores (units of the currency, not minor units): it keeps more digits
than the currency has, and a line, not a piece, is what gets rounded.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

import msgspec
from msgspec.structs import replace

from spoina.ids import CategoryId, ProductId, VariantId

LineKey = NewType("LineKey", str)
CouponId = NewType("CouponId", int)
CouponCode = NewType("CouponCode", str)
"""Lower case, as WooCommerce stores it."""
TaxRateId = NewType("TaxRateId", int)
TaxClass = NewType("TaxClass", str)
ShippingClassId = NewType("ShippingClassId", int)
ZoneId = NewType("ZoneId", int)
RateId = NewType("RateId", str)
"""A shipping offer: the method and its instance, as in flat_rate:5."""

STANDARD = TaxClass("standard")
EVERYWHERE_ELSE = ZoneId(0)
"""WooCommerce's zone for places that no other zone covers."""


class TaxStatus(StrEnum):
    TAXABLE = "taxable"
    SHIPPING_ONLY = "shipping"
    NONE = "none"


class TaxBasis(StrEnum):
    SHIPPING = "shipping"
    BILLING = "billing"
    BASE = "base"


class DiscountType(StrEnum):
    FIXED_PRODUCT = "fixed_product"
    PERCENT = "percent"
    FIXED_CART = "fixed_cart"


class FreeShippingRequires(StrEnum):
    NOTHING = ""
    COUPON = "coupon"
    MINIMUM = "min_amount"
    EITHER = "either"
    BOTH = "both"


class CouponRefusalReason(IntEnum):
    """The numbers are WooCommerce's own error codes of WC_Coupon."""

    NOT_FOR_THIS_EMAIL = 102
    ALREADY_APPLIED = 103
    INDIVIDUAL_USE_ONLY = 104
    UNKNOWN = 105
    USED_UP = 106
    EXPIRED = 107
    BELOW_MINIMUM = 108
    NOT_APPLICABLE = 109
    NOT_FOR_SALE_ITEMS = 110
    ABOVE_MAXIMUM = 112
    PRODUCTS_EXCLUDED = 113
    CATEGORIES_EXCLUDED = 114


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an address as taxes and shipping zones look at."""

    country: str
    state: str = ""
    postcode: str = ""
    city: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One line of a cart with what pricing needs to know of its variant.

    `product` is the parent of a variation and the variant itself otherwise, `quantity` at least 1. `categories` are the product's own in
    the shop's order, then their ancestors.
    """

    key: LineKey
    product: ProductId
    variant: VariantId
    quantity: int
    price: str
    regular_price: str
    sale_price: str = ""
    on_sale: bool = False
    tax_status: TaxStatus = TaxStatus.TAXABLE
    tax_class: TaxClass = STANDARD
    categories: tuple[CategoryId, ...] = ()
    needs_shipping: bool = True
    shipping_class: ShippingClassId | None = None


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """A published coupon; a draft does not exist for a cart. Limits of 0 or "0" mean none, as in WooCommerce."""

    id: CouponId
    code: CouponCode
    type: DiscountType
    amount: str
    expires_at: datetime | None = None
    usage_count: int = 0
    usage_limit: int = 0
    item_limit: int = 0
    """At most so many pieces are discounted."""
    individual_use: bool = False
    free_shipping: bool = False
    exclude_sale_items: bool = False
    products: frozenset[int] = frozenset()
    """Ids of products and of variants, as in `excluded_products`: WordPress numbers both in one sequence."""
    excluded_products: frozenset[int] = frozenset()
    categories: frozenset[CategoryId] = frozenset()
    excluded_categories: frozenset[CategoryId] = frozenset()
    minimum: str = "0"
    maximum: str = "0"
    emails: tuple[str, ...] = ()


class CouponRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a coupon may not be used. `limit` goes with the amounts, `lines` and `categories` with what is excluded, `other` with the
    coupon that tolerates none beside it."""

    code: CouponCode
    reason: CouponRefusalReason
    limit: str | None = None
    lines: tuple[LineKey, ...] = ()
    categories: tuple[CategoryId, ...] = ()
    other: CouponCode | None = None


class TaxRate(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One row of the shop's tax table; blank country, state, postcodes or cities match every place."""

    id: TaxRateId
    tax_class: TaxClass
    percent: float
    name: str
    priority: int
    country: str = ""
    state: str = ""
    postcodes: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    compound: bool = False
    shipping: bool = False


class FlatRate(msgspec.Struct, frozen=True, kw_only=True, tag="flat_rate"):
    """Costs are WooCommerce's formulas; blank ones are absent, not zero."""

    instance: int
    title: str
    cost: str = ""
    class_costs: Mapping[ShippingClassId, str] = {}
    no_class_cost: str = ""
    dearest_class_only: bool = False
    taxable: bool = True


class FreeShipping(msgspec.Struct, frozen=True, kw_only=True, tag="free_shipping"):
    instance: int
    title: str
    requires: FreeShippingRequires = FreeShippingRequires.NOTHING
    minimum: str = "0"
    ignore_discounts: bool = False


class LocalPickup(msgspec.Struct, frozen=True, kw_only=True, tag="local_pickup"):
    instance: int
    title: str
    cost: str = ""
    taxable: bool = True


ShippingMethod = FlatRate | FreeShipping | LocalPickup


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """`states` are COUNTRY:STATE. `methods` are the enabled ones in the shop's order."""

    id: ZoneId
    order: int = 0
    countries: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    postcodes: tuple[str, ...] = ()
    methods: tuple[ShippingMethod, ...] = ()


class Shop(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The settings, tax table and zones of one WooCommerce shop."""

    base: Place
    decimals: int = 2
    taxes: bool = True
    prices_include_tax: bool = True
    tax_basis: TaxBasis = TaxBasis.SHIPPING
    shipping_tax_class: TaxClass | None = None
    """None: inherited from the lines."""
    round_at_subtotal: bool = False
    cart_shows_tax: bool = True
    itemized_taxes: bool = True
    sequential_coupons: bool = False
    tax_classes: tuple[TaxClass, ...] = (STANDARD,)
    rates: tuple[TaxRate, ...] = ()
    zones: tuple[Zone, ...] = ()

    @property
    def minor_units(self) -> float:
        """How many minor units make one unit of the currency."""
        return 10.0**self.decimals

    @property
    def manner(self) -> "Shop":
        """How it calculates, without what it charges: no rates, no zones."""
        return replace(self, rates=(), zones=())

    def in_minor_units(self, amount: str) -> float:
        return float(amount or "0") * self.minor_units


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """A cart as its owner left it. `coupons` are in the order of entering.

    `chosen_rate` and `offered` are what the last answer said: a choice holds only while the same offers stand.
    """

    lines: tuple[Line, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    billing: Place
    shipping: Place
    email: str = ""
    chosen_rate: RateId | None = None
    offered: tuple[RateId, ...] | None = None
