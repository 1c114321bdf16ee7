"""What is calculated: every amount of a cart in whole minor units, as WooCommerce's Store API shows it (net, unless said otherwise)."""

import msgspec

from spoina.pricing.cart.types import Basket, CouponCode, CouponRefusal, DiscountType, LineKey, RateId, TaxRateId


class UnitPrice(msgspec.Struct, frozen=True):
    """A price as the cart shows it, with or without tax; `micros` are millionths of the currency's unit."""

    minor: int
    micros: int


class UnitPrices(msgspec.Struct, frozen=True, kw_only=True):
    price: UnitPrice
    regular: UnitPrice
    sale: UnitPrice


class RateTax(msgspec.Struct, frozen=True):
    rate: TaxRateId
    tax: int


class LineDiscount(msgspec.Struct, frozen=True):
    """What one coupon takes off one line, in the prices that the shop enters (gross or net)."""

    coupon: CouponCode
    amount: int


class LineTotals(msgspec.Struct, frozen=True, kw_only=True):
    key: LineKey
    prices: UnitPrices
    subtotal: int
    subtotal_tax: int
    subtotal_taxes: tuple[RateTax, ...]
    total: int
    total_tax: int
    total_taxes: tuple[RateTax, ...]
    discounts: tuple[LineDiscount, ...]


class CouponTotals(msgspec.Struct, frozen=True, kw_only=True):
    code: CouponCode
    type: DiscountType
    discount: int
    discount_tax: int


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    percent: float
    amount: int


class OfferedRate(msgspec.Struct, frozen=True, kw_only=True):
    id: RateId
    title: str
    price: int
    tax: int
    chosen: bool
    taxes: tuple[RateTax, ...] = ()


class CartTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`shipping` and `shipping_tax` are None where nothing needs shipping. `total` is with tax."""

    lines: tuple[LineTotals, ...]
    coupons: tuple[CouponTotals, ...]
    rates: tuple[OfferedRate, ...]
    items: int
    items_tax: int
    discount: int
    discount_tax: int
    shipping: int | None
    shipping_tax: int | None
    tax: int
    total: int
    tax_lines: tuple[TaxLine, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the shop: the totals, the basket to go on with, and the coupons that no longer fitted and are out of it."""

    totals: CartTotals
    basket: Basket
    dropped: tuple[CouponRefusal, ...] = ()
