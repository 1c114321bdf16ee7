"""From a cart to what it costs: the basket that the totals are worked out from, and the answer to go on with."""

from collections import OrderedDict
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec.structs import replace

from spoina.cart.limits import MOST_LINES
from spoina.cart.types import Address, CartState, LostCoupon
from spoina.cart.world import World
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product, Variant
from spoina.ids import VariantId
from spoina.pricing.cart.catalogue_lines import line_of
from spoina.pricing.cart.outcome import Answer
from spoina.pricing.cart.places import is_pickup
from spoina.pricing.cart.totals import answer
from spoina.pricing.cart.types import Basket, CouponRefusal, CouponRefusalReason, Line, LineKey, Place, RateId, Shop
from spoina.pricing.rules import on_sale

MOST_REMEMBERED = 5_000
MOST_REMEMBERED_LINES = 20_000
MOST_OF_A_VARIANT = 50
LARGEST_REMEMBERED = 3
"""Lines: small carts are often alike, large ones hardly ever, and comparing those takes as long as it may save."""


class Categorised(Protocol):
    @property
    def categories(self) -> CategoryTree: ...


class Priced(msgspec.Struct, frozen=True):
    """`lines` are those of the cart, in its order; None for what has no price or is not in the catalogue. A LineKey in the answer is the
    place of the line among them."""

    lines: tuple[Line | None, ...]
    answer: Answer


class Totals:
    """Remembers the answers to small carts without coupons, which depend on nothing but what is in them."""

    def __init__(self) -> None:
        self._shop: Shop | None = None
        self._known: OrderedDict[Basket, Answer] = OrderedDict()

    def price(self, state: CartState, world: World) -> Priced:
        lines = tuple(_line(state, place, world) for place in range(len(state.lines)))
        result = self.answer(_basket(state, lines, world), world.shop, world.now)
        missing = [code for code in state.coupons if code not in world.coupons]
        if missing:
            unknown = [CouponRefusal(code=code, reason=CouponRefusalReason.UNKNOWN) for code in missing]
            result = replace(result, dropped=(*unknown, *result.dropped))
        return Priced(lines, result)

    def answer(self, basket: Basket, shop: Shop, now: datetime) -> Answer:
        if basket.coupons or len(basket.lines) > LARGEST_REMEMBERED:
            return answer(basket, shop, now)
        if shop is not self._shop:
            self._shop = shop
            self._known.clear()
        found = self._known.get(basket)
        if found is None:
            found = self._known[basket] = answer(basket, shop, now)
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return found


def basket_of(state: CartState, world: World) -> Basket:
    return _basket(state, tuple(_line(state, place, world) for place in range(len(state.lines))), world)


def carried_on(state: CartState, priced: Priced) -> CartState:
    """What the answer decided: the rate, what is offered, and which coupons are in it. Those that fell out are remembered until the shopper
    says that he knows."""
    result = priced.answer
    if result.dropped:
        gone = {refusal.code for refusal in result.dropped}
        lost = tuple(each for each in state.lost if each.code not in gone)
        state = replace(
            state, coupons=tuple(code for code in state.coupons if code not in gone), lost=(*lost, *map(lost_coupon, result.dropped))
        )
    chosen, offered = result.basket.chosen_rate, result.basket.offered
    settled = _is_pickup(chosen) == _is_pickup(state.chosen_rate)
    if (state.chosen_rate, state.offered, state.settled) == (chosen, offered, settled):
        return state
    return replace(state, chosen_rate=chosen, offered=offered, settled=settled)


def _is_pickup(rate: RateId | None) -> bool:
    """Only between a pickup and a delivery does the place of taxation move, and with it the next answer (paragraph 17)."""
    return rate is not None and is_pickup(rate)


def lost_coupon(refusal: CouponRefusal) -> LostCoupon:
    return LostCoupon(refusal.code, refusal.reason, refusal.limit, refusal.other)


def place_of(address: Address | None, otherwise: Place) -> Place:
    if address is None or not (address.country or address.postcode or address.city or address.state):
        return otherwise
    return Place(country=address.country or otherwise.country, state=address.state, postcode=address.postcode, city=address.city)


def _basket(state: CartState, lines: tuple[Line | None, ...], world: World) -> Basket:
    home = Place(country=state.buyer.country or world.shop.base.country)
    billing, delivery = place_of(state.billing, home), place_of(state.delivery, home)
    return Basket(
        lines=tuple(line for line in lines if line is not None),
        coupons=tuple(coupon for code in state.coupons if (coupon := world.coupons.get(code)) is not None),
        billing=delivery if state.billing is None else billing,
        shipping=billing if state.delivery is None else delivery,
        email=state.buyer.email,
        chosen_rate=state.chosen_rate,
        offered=state.offered,
    )


def _line(state: CartState, place: int, world: World) -> Line | None:
    line = state.lines[place]
    found = world.merchandise.get(line.variant)
    if found is None or not world.is_sold(found):
        return None
    return world.line_of(found.product, found.variant, line.quantity, place, world.now)


class _KnownLine(msgspec.Struct, frozen=True):
    product: Product
    variant: Variant
    categories: CategoryTree
    line: Line
    made: dict[tuple[int, int], Line]

    def still_true(self, product: Product, variant: Variant, categories: CategoryTree, at: datetime) -> bool:
        same = self.variant is variant and self.categories is categories and self.product is product
        return same and self.line.on_sale == on_sale(variant.prices, at)

    def of(self, quantity: int, place: int) -> Line:
        """The very same line for the same cart, so that what is remembered of it is found at once."""
        found = self.made.get((quantity, place))
        if found is None:
            if len(self.made) >= MOST_OF_A_VARIANT:
                self.made.clear()
            found = self.made[quantity, place] = replace(self.line, key=_keys[place], quantity=quantity)
        return found


class CatalogueLines:
    """Lines as the engine wants them. One line of a variant is made of the last one, while the catalogue is the same and no sale begins or
    ends."""

    def __init__(self, catalogue: Categorised) -> None:
        self._catalogue = catalogue
        self._known: dict[VariantId, _KnownLine] = {}

    def line_of(self, product: Product, variant: Variant, quantity: int, place: int, at: datetime) -> Line:
        categories = self._catalogue.categories
        known = self._known.get(variant.id)
        if known is not None and not known.still_true(product, variant, categories, at):
            known = None
        if known is None:
            line = line_of(product, variant, key=LineKey("0"), quantity=1, categories=categories, at=at)
            if len(self._known) >= MOST_REMEMBERED_LINES:
                self._known.clear()
            known = self._known[variant.id] = _KnownLine(product, variant, categories, line, {})
        return known.of(quantity, place)


_keys = tuple(LineKey(str(place)) for place in range(MOST_LINES))
