"""Shipping: what is offered at which cost (paragraph 12), its tax (13), and the choice (17)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from spoina.pricing.cart.formulas import evaluate
from spoina.pricing.cart.places import is_pickup, rates_at, zone_of
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded
from spoina.pricing.cart.taxes import taxes_of
from spoina.pricing.cart.types import (
    STANDARD,
    Basket,
    FlatRate,
    FreeShipping,
    FreeShippingRequires,
    Line,
    LocalPickup,
    Place,
    RateId,
    ShippingClassId,
    ShippingMethod,
    Shop,
    TaxClass,
    TaxRate,
    TaxStatus,
)


class Goods(msgspec.Struct, frozen=True):
    """Pieces that need shipping, with their net total after discounts in units of the currency."""

    pieces: int = 0
    total: float = 0.0

    def __add__(self, other: "Goods") -> "Goods":
        return Goods(self.pieces + other.pieces, self.total + other.total)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What shipping is calculated from: what needs it, in all and by shipping class (None: without one).

    `before_discounts` and `after_discounts` are the displayed subtotal, for the thresholds of free shipping; `coupon_frees`: an applied
    coupon that holds has the free-shipping flag.
    """

    goods: Goods
    by_class: Mapping[ShippingClassId | None, Goods]
    before_discounts: float
    after_discounts: float
    coupon_frees: bool


class Offer(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A rate with its net cost and tax per rate, in units of the currency."""

    id: RateId
    title: str
    cost: float
    rates: tuple[TaxRate, ...] = ()
    taxes: tuple[float, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.id.startswith("free_shipping")


def parcel_of(lines: Iterable[tuple[Line, float]], *, before_discounts: float, after_discounts: float, coupon_frees: bool) -> Parcel:
    """`lines` with their net totals in units of the currency; those that need no shipping stay out."""
    goods, by_class = Goods(), dict[ShippingClassId | None, Goods]()
    for line, total in lines:
        if line.needs_shipping:
            added = Goods(line.quantity, total)
            goods, by_class[line.shipping_class] = goods + added, by_class.get(line.shipping_class, Goods()) + added
    return Parcel(
        goods=goods, by_class=by_class, before_discounts=before_discounts, after_discounts=after_discounts, coupon_frees=coupon_frees
    )


def offers_for(parcel: Parcel, basket: Basket, taxed_at: Place, shop: Shop) -> tuple[Offer, ...]:
    """Paragraphs 12 and 13: the offers of the customer's zone, in the shop's order; none if nothing needs shipping."""
    zone = zone_of(basket.shipping, shop.zones) if parcel.goods.pieces else None
    if zone is None:
        return ()
    rates = shipping_rates(basket.lines, taxed_at, shop)
    offers = (offer_of(method, parcel, rates) for method in zone.methods)
    return tuple(offer for offer in offers if offer is not None)


def offer_of(method: ShippingMethod, parcel: Parcel, rates: tuple[TaxRate, ...]) -> Offer | None:
    """Paragraph 12: None where the method offers nothing to this cart."""
    match method:
        case FlatRate():
            cost = flat_cost(method, parcel)
            return None if cost is None else _offer("flat_rate", method.instance, method.title, cost, rates if method.taxable else ())
        case FreeShipping():
            return _offer("free_shipping", method.instance, method.title, 0.0, ()) if is_free(method, parcel) else None
        case LocalPickup():
            cost = evaluate(method.cost or "0", 0, 0.0)
            return _offer("local_pickup", method.instance, method.title, cost, rates if method.taxable else ())


@lru_cache(maxsize=4096)
def _offer(kind: str, instance: int, title: str, cost: float, rates: tuple[TaxRate, ...]) -> Offer:
    """Paragraph 13: taxed on the unrounded cost; only then the cost is cut to its six decimals."""
    rates = rates if cost > 0 else ()
    return Offer(
        id=RateId(f"{kind}:{instance}"),
        title=title,
        cost=rounded(cost, KEPT_DECIMALS),
        rates=rates,
        taxes=taxes_of(cost, rates, included=False),
    )


def flat_cost(method: FlatRate, parcel: Parcel) -> float | None:
    """Paragraph 12: the formula on all pieces plus those of the classes met; None if every cost that applies is blank."""
    formulas = [(_class_formula(method, shipping_class), goods) for shipping_class, goods in parcel.by_class.items()]
    class_costs = [_evaluated(formula, goods) for formula, goods in formulas if formula]
    if not method.cost and not class_costs:
        return None
    if method.dearest_class_only and class_costs:
        class_costs = [max(0.0, *class_costs)]
    return add_up([_evaluated(method.cost, parcel.goods), *class_costs])


def _class_formula(method: FlatRate, shipping_class: ShippingClassId | None) -> str:
    return method.no_class_cost if shipping_class is None else method.class_costs.get(shipping_class, "")


def _evaluated(formula: str, goods: Goods) -> float:
    return evaluate(formula, goods.pieces, goods.total)


def is_free(method: FreeShipping, parcel: Parcel) -> bool:
    """Paragraph 12: the threshold, the coupon, either, both or nothing."""
    reached = parcel.before_discounts if method.ignore_discounts else parcel.after_discounts
    met = reached >= float(method.minimum or "0")
    match method.requires:
        case FreeShippingRequires.NOTHING:
            return True
        case FreeShippingRequires.COUPON:
            return parcel.coupon_frees
        case FreeShippingRequires.MINIMUM:
            return met
        case FreeShippingRequires.EITHER:
            return met or parcel.coupon_frees
        case FreeShippingRequires.BOTH:
            return met and parcel.coupon_frees


def shipping_rates(lines: Sequence[Line], place: Place, shop: Shop) -> tuple[TaxRate, ...]:
    """Paragraph 13: the rates of the shipping class that carry the shipping flag."""
    tax_class = shop.shipping_tax_class or inherited_class(lines, shop)
    return () if tax_class is None else tuple(rate for rate in rates_at(place, tax_class, shop) if rate.shipping)


def inherited_class(lines: Sequence[Line], shop: Shop) -> TaxClass | None:
    """Paragraph 13: standard if a line that needs taxed shipping has it, else the first of the shop's list that occurs."""
    met = {line.tax_class for line in lines if line.needs_shipping and line.tax_status is not TaxStatus.NONE}
    return next((tax_class for tax_class in (STANDARD, *shop.tax_classes) if tax_class in met), None)


def choice(offers: Sequence[Offer], basket: Basket) -> RateId | None:
    """Paragraph 17: a choice stays while the offers do, a pickup while it is offered; else the default."""
    ids = tuple(offer.id for offer in offers)
    chosen = basket.chosen_rate
    if chosen in ids and (ids == basket.offered or (chosen is not None and is_pickup(chosen))):
        return chosen
    return default_choice(offers, basket)


def default_choice(offers: Sequence[Offer], basket: Basket) -> RateId | None:
    """Paragraph 17: with a coupon for free shipping the first free offer, else the first that is no pickup."""
    if any(coupon.free_shipping for coupon in basket.coupons):
        free = next((offer.id for offer in offers if offer.is_free), None)
        if free is not None:
            return free
    sent = next((offer.id for offer in offers if not is_pickup(offer.id)), None)
    return sent or next((offer.id for offer in offers), None)
