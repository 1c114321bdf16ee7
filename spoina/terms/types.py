"""What is kept of the shop's terms of sale; the engine's own types are those of spoina.pricing.cart.types."""

from datetime import datetime

import msgspec

from spoina.pricing.cart.types import Coupon, CouponCode, Place, Shop, TaxBasis, TaxClass


class SaleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The shop's settings that decide what a cart costs. `cart_url` and `checkout_url` are "" where the shop does not tell its pages."""

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
    takes_coupons: bool = True
    cart_url: str = ""
    checkout_url: str = ""
    as_of: datetime


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way to pay that is switched on in WooCommerce, by its id ("cod", "bacs", "payu"). `rates`: only with these ways of delivery
    ("flat_rate", "local_pickup:2"). `gives_back`: its plugin can refund what it took."""

    id: str
    title: str
    description: str = ""
    rates: tuple[str, ...] = ()
    gives_back: bool = False


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read whole. `complete` is False while only the catalogue's own settings and the tax table are known: then there are
    WooCommerce's defaults in it and no shipping."""

    shop: Shop
    takes_coupons: bool = True
    cart_url: str = ""
    checkout_url: str = ""
    payment_methods: tuple[PaymentMethod, ...] = ()
    """In the shop's order; none: it does not tell."""
    complete: bool = True


class CouponFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon as its source says it now; one that is not published does not exist for carts."""

    coupon: Coupon
    published: bool


def code_of(entered: str) -> CouponCode:
    """What a shopper typed, as WooCommerce stores codes."""
    return CouponCode(entered.strip().lower())
