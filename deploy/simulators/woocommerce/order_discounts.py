"""What coupons take off an order's lines: WC_Discounts and WC_Abstract_Order::recalculate_coupons, in doubles like PHP's, because whole
groszy hang on how they are rounded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from simulators.woocommerce import order_totals as totals
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.tax_places import is_taxed

_HUNDRED: Final = 100
_Taken = dict[int, float]
"""Of each line, by its number, in hundredths."""


@dataclass(frozen=True)
class _Item:
    """`price`: of the whole line before any coupon, as the shop enters prices, in hundredths."""

    line: Json
    price: float

    @property
    def number(self) -> int:
        return int(self.line["id"])

    @property
    def pieces(self) -> int:
        return int(self.line["quantity"])


def apply_coupons(shop: Shop, order: Json, given: list[Json]) -> None:
    """Every discount is worked out anew from the lines' subtotals; what a line's own total took off is lost."""
    coupons = [_usable(shop, str(one.get("code", "")).lower()) for one in given]
    codes = [coupon["code"] for coupon in coupons]
    if twice := next((code for place, code in enumerate(codes) if code in codes[:place]), None):
        raise _invalid(f"Coupon code &quot;{twice}&quot; already applied!")
    for line in order["line_items"]:
        totals.keep_exact(line, total=totals.exact(line, "subtotal"))
    # The dearest piece first; of equal ones that which was first.
    items = sorted((_item(shop, line) for line in order["line_items"]), key=lambda item: -item.price / max(item.pieces, 1))
    taken: dict[str, _Taken] = {}
    for coupon in coupons:
        taken[coupon["code"]] = _taken(shop, coupon, items, [*taken.values()])
    order["coupon_lines"] = [_coupon_line(shop, order, coupon, taken[coupon["code"]]) for coupon in coupons]
    for line in order["line_items"]:
        _lower(shop, order, line, sum(by_line[line["id"]] for by_line in taken.values()) / _HUNDRED)


def _usable(shop: Shop, code: str) -> Json:
    if not code.strip():
        raise _invalid("Coupon code is required.")
    coupon = next((coupon for coupon in shop.conditions.coupons if coupon["code"] == code), None)
    if coupon is None:
        raise _invalid(f"Coupon &quot;{code}&quot; cannot be applied because it does not exist.")
    expires = coupon["date_expires_gmt"]
    if expires is not None and datetime.fromisoformat(expires).replace(tzinfo=UTC) < shop.time.now():
        raise _invalid(f"Coupon &quot;{code}&quot; has expired.")
    if coupon["usage_limit"] and coupon["usage_count"] >= coupon["usage_limit"]:
        raise _invalid(f"Usage limit for coupon &quot;{code}&quot; has been reached.")
    return coupon


def _invalid(message: str) -> RestError:
    return RestError("woocommerce_rest_invalid_coupon", message, 400)


def _item(shop: Shop, line: Json) -> _Item:
    tax = float(line["subtotal_tax"] or 0) if totals.includes_tax(shop) else 0.0
    return _Item(line, round(float(totals.exact(line, "subtotal")) * _HUNDRED, 4) + round(tax * _HUNDRED, 4))


class _Applying:
    """One coupon on what the ones before it have left."""

    def __init__(self, before: Sequence[_Taken], items: Sequence[_Item]) -> None:
        self._before = before
        self.taken: _Taken = {item.number: 0.0 for item in items}

    def left(self, item: _Item) -> int:
        return abs(_rounded(item.price - sum(each[item.number] for each in (*self._before, self.taken))))

    def percent(self, items: Sequence[_Item], amount: float) -> None:
        whole = done = 0.0
        for item in items:
            price = float(_rounded(item.price)) / item.pieces * item.pieces
            off = min(self.left(item), math.floor(price * (amount / 100)))
            self.taken[item.number] += off
            whole, done = whole + price, done + off
        promised = _rounded(whole * (amount / 100), ROUND_HALF_DOWN)
        if done < promised:
            self.remainder(items, promised - done)

    def fixed_product(self, items: Sequence[_Item], each: float) -> float:
        done = 0.0
        for item in items:
            off = min(float(self.left(item)), each * item.pieces)
            self.taken[item.number] += off
            done += off
        return done

    def fixed_cart(self, items: Sequence[_Item], amount: float) -> None:
        """As much off every piece, as long as whole groszy can be shared out; then grosz by grosz."""
        while items := [item for item in items if self.left(item) > 0]:
            pieces = sum(item.pieces for item in items)
            each = int(amount / pieces)
            if each == 0:
                self.remainder(items, amount)
                return
            done = self.fixed_product(items, each)
            amount -= done
            if done <= 0 or amount <= 0:
                return

    def remainder(self, items: Sequence[_Item], amount: float) -> None:
        done = 0.0
        if amount <= 0:
            return
        for item in items:
            for _ in range(item.pieces):
                off = min(self.left(item), 1)
                self.taken[item.number] += off
                done += off
                if done >= amount:
                    return


def _taken(shop: Shop, coupon: Json, items: Sequence[_Item], before: Sequence[_Taken]) -> _Taken:
    applying = _Applying(before, items)
    wanted = [item for item in items if applying.left(item) and item.pieces > 0 and _is_for(shop, coupon, item.line)]
    amount = float(coupon["amount"])
    if coupon["discount_type"] == "percent":
        applying.percent(wanted, amount)
    elif coupon["discount_type"] == "fixed_product":
        applying.fixed_product(wanted, round(amount * _HUNDRED, 4))
    else:
        applying.fixed_cart(wanted, round(amount * _HUNDRED, 4))
    return applying.taken


def _is_for(shop: Shop, coupon: Json, line: Json) -> bool:
    """A coupon for the whole cart asks for no product."""
    if coupon["discount_type"] == "fixed_cart":
        return True
    numbers = {line["product_id"], line["variation_id"]}
    product = shop.products.peek(line["product_id"])
    categories = {category["id"] for category in product["categories"]} if product else set()
    wanted = bool(numbers & {*coupon["product_ids"]} or categories & {*coupon["product_categories"]})
    unwanted = numbers & {*coupon["excluded_product_ids"]} or categories & {*coupon["excluded_product_categories"]}
    return (wanted or not (coupon["product_ids"] or coupon["product_categories"])) and not unwanted


def _coupon_line(shop: Shop, order: Json, coupon: Json, taken: _Taken) -> Json:
    discount, tax = sum(taken.values()) / _HUNDRED, 0.0
    for line in order["line_items"]:
        if not is_taxed(shop, line):
            continue
        taxed = float(totals.tax_cents(shop, Decimal(repr(_tax_of(shop, order, line, taken[line["id"]] / _HUNDRED)))))
        tax += taxed
        discount -= taxed if totals.includes_tax(shop) else 0
    return {
        "id": shop.orders.take("item"),
        "code": coupon["code"],
        "discount": _short(discount),
        "discount_tax": _short(tax),
        "meta_data": [],
        "discount_type": coupon["discount_type"],
        "nominal_amount": float(coupon["amount"]),
        "free_shipping": coupon["free_shipping"],
    }


def _lower(shop: Shop, order: Json, line: Json, off: float) -> None:
    if totals.includes_tax(shop) and is_taxed(shop, line):
        off -= _tax_of(shop, order, line, off)
    left = max(0.0, float(totals.exact(line, "subtotal")) - off)
    totals.keep_exact(line, total=Decimal(f"{left:.6f}"))


def _tax_of(shop: Shop, order: Json, line: Json, amount: float) -> float:
    """The tax in an amount as the shop enters prices, or on it where those are net."""
    found = totals.rates(shop, order, line["tax_class"])
    if not totals.includes_tax(shop):
        return sum(round(amount * float(rate["rate"]) / 100, 6) for rate in found)
    factor = 1 + sum(float(rate["rate"]) for rate in found) / 100
    return sum(round(float(rate["rate"]) / 100 / factor * amount, 6) for rate in found)


def _rounded(amount: float, how: str = ROUND_HALF_UP) -> int:
    """As PHP's round(): of the number that is meant, not of the double next to it."""
    return int(Decimal(f"{amount:.9f}").quantize(Decimal(1), how))


def _short(amount: float) -> str:
    """WooCommerce keeps what it worked out without the zeros at its end."""
    return f"{amount:.6f}".rstrip("0").rstrip(".")
