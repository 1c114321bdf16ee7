"""A cart as the dialect shows it: amounts as the shop's own cart shows them (with or without tax), discounts split over lines.

Percentages and discounts of single products belong to lines; a fixed discount of the whole cart belongs to the cart, as in the dialect.
So a line's total is what is left after its own discounts, the subtotal adds those up, and the total is WooCommerce's, to the grosz:

    line.subtotalAmount − line.discountAllocations = line.totalAmount
    sum of line.totalAmount = subtotalAmount
    subtotalAmount − cart.discountAllocations + delivery (+ taxes, where prices are shown without) = totalAmount
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from spoina.cart.types import Attribute
from spoina.cart.views import CartView, LineView
from spoina.catalog.types import Kind, Product, Status, Variant
from spoina.ids import ProductId, VariantId
from spoina.money import Money
from spoina.pricing.cart.outcome import CartTotals, LineTotals
from spoina.pricing.cart.types import Coupon, CouponCode, DiscountType
from spoina.pricing.types import PriceSchedule
from storefront.carts.naming import cart_gid, line_gid

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class ShownAmount(Money, frozen=True):
    """`digits`: as many as the shop rounds to, which may differ from what its currency has."""

    digits: int


class Basis(msgspec.Struct, frozen=True):
    """How the shop shows amounts."""

    currency: str
    digits: int
    with_tax: bool

    def amount(self, minor: int) -> ShownAmount:
        return ShownAmount(minor, self.currency, self.digits)

    def of(self, net: int, tax: int) -> int:
        return net + tax if self.with_tax else net


class PercentageValue(msgspec.Struct, frozen=True):
    percentage: float


class Discount(msgspec.Struct, frozen=True):
    """A coupon as such, wherever it is applied."""

    value: PercentageValue | ShownAmount
    allocation_method: str
    target_selection: str
    target_type: str = "LINE_ITEM"


class Allocation(msgspec.Struct, frozen=True):
    code: str
    discounted_amount: ShownAmount
    discount_application: Discount
    target_type: str = "LINE_ITEM"


class LineCost(msgspec.Struct, frozen=True):
    amount_per_quantity: ShownAmount
    compare_at_amount_per_quantity: ShownAmount | None
    subtotal_amount: ShownAmount
    total_amount: ShownAmount


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """`product` goes with `merchandise`; `left` is how many the cart can have of it."""

    id: str
    quantity: int
    merchandise: Variant
    product: Product
    gone: bool
    left: int | None
    attributes: tuple[Attribute, ...]
    choices: tuple[Attribute, ...]
    cost: LineCost
    discount_allocations: tuple[Allocation, ...]
    needs_shipping: bool


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    subtotal_amount: ShownAmount
    total_amount: ShownAmount
    total_tax_amount: ShownAmount
    estimated: bool


class CartShown(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is what opened the cart: whoever asked is told it again, in the cart's id."""

    view: CartView
    id: str
    basis: Basis
    lines: tuple[LineShown, ...]
    cost: Cost
    discount_allocations: tuple[Allocation, ...]


def shown(view: CartView, key: str, basis: Basis) -> CartShown:
    applied = {coupon.code: coupon for coupon in view.answer.basket.coupons}
    discounts = {code: _discount(coupon, basis) for code, coupon in applied.items()}
    of_cart: dict[CouponCode, int] = {}
    lines = tuple(_line(line, applied, discounts, of_cart, basis) for line in view.lines)
    allocations = tuple(Allocation(code, basis.amount(amount), discounts[code]) for code, amount in of_cart.items())
    return CartShown(
        view=view,
        id=cart_gid(view.cart.id, key),
        basis=basis,
        lines=lines,
        cost=_cost(view, lines, basis),
        discount_allocations=allocations,
    )


def _cost(view: CartView, lines: Sequence[LineShown], basis: Basis) -> Cost:
    totals: CartTotals = view.answer.totals
    return Cost(
        subtotal_amount=basis.amount(sum(line.cost.total_amount.minor for line in lines)),
        total_amount=basis.amount(totals.total),
        total_tax_amount=basis.amount(totals.tax),
        estimated=view.cart.state.delivery is None,
    )


def _line(
    view: LineView,
    applied: dict[CouponCode, Coupon],
    discounts: dict[CouponCode, Discount],
    of_cart: dict[CouponCode, int],
    basis: Basis,
) -> LineShown:
    """Adds the line's part of the cart's own discounts to `of_cart`."""
    allocations: list[Allocation] = []
    for code, amount in _shares(view.totals, basis):
        if applied[code].type is DiscountType.FIXED_CART:
            of_cart[code] = of_cart.get(code, 0) + amount
        else:
            allocations.append(Allocation(code, basis.amount(amount), discounts[code]))
    product, variant = _merchandise(view, basis)
    return LineShown(
        id=line_gid(view.line.id),
        quantity=view.line.quantity,
        merchandise=variant,
        product=product,
        gone=view.merchandise is None,
        left=view.left,
        attributes=view.line.attributes,
        choices=view.line.choices,
        cost=_line_cost(view.totals, sum(each.discounted_amount.minor for each in allocations), basis),
        discount_allocations=tuple(allocations),
        needs_shipping=view.priced is not None and view.priced.needs_shipping,
    )


def _line_cost(totals: LineTotals | None, discounted: int, basis: Basis) -> LineCost:
    if totals is None:
        nothing = basis.amount(0)
        return LineCost(nothing, None, nothing, nothing)
    subtotal = basis.of(totals.subtotal, totals.subtotal_tax)
    price, regular = totals.prices.price.minor, totals.prices.regular.minor
    return LineCost(
        basis.amount(price),
        basis.amount(regular) if regular > price else None,
        basis.amount(subtotal),
        basis.amount(subtotal - discounted),
    )


def _shares(totals: LineTotals | None, basis: Basis) -> list[tuple[CouponCode, int]]:
    """What each coupon takes off the line, so that together they are exactly what is taken off."""
    if totals is None or not totals.discounts:
        return []
    off = basis.of(totals.subtotal, totals.subtotal_tax) - basis.of(totals.total, totals.total_tax)
    whole, passed, shares = sum(each.amount for each in totals.discounts), 0, []
    for each in totals.discounts:
        before = off * passed // whole
        passed += each.amount
        shares.append((each.coupon, off * passed // whole - before))
    return shares


def _discount(coupon: Coupon, basis: Basis) -> Discount:
    restricted = bool(coupon.products or coupon.categories or coupon.excluded_products or coupon.excluded_categories)
    selection = "ENTITLED" if restricted or coupon.exclude_sale_items else "ALL"
    if coupon.type is DiscountType.PERCENT:
        return Discount(PercentageValue(float(coupon.amount or "0")), "ACROSS", selection)
    amount = basis.amount(round(float(coupon.amount or "0") * 10**basis.digits))
    return Discount(amount, "ACROSS" if coupon.type is DiscountType.FIXED_CART else "EACH", selection)


def _merchandise(view: LineView, basis: Basis) -> tuple[Product, Variant]:
    """What is not sold any more keeps its number and nothing else: the dialect's lines always have merchandise."""
    if view.merchandise is not None:
        return view.merchandise.product, view.merchandise.variant
    return gone(view.line.variant, basis.currency)


@lru_cache(maxsize=1000)
def gone(variant: VariantId, currency: str) -> tuple[Product, Variant]:
    nothing = ProductId(0)
    kept = Variant(id=variant, product_id=nothing, title="", prices=PriceSchedule(), as_of=LONG_AGO, purchasable=False)
    product = Product(
        id=nothing,
        handle="",
        kind=Kind.SIMPLE,
        status=Status.DRAFT,
        title="",
        currency=currency,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
        as_of=LONG_AGO,
        variants=(kept,),
    )
    return product, kept
