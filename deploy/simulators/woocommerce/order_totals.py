"""What an order comes to: WooCommerce's arithmetic of lines that are given net and taxed anew whenever they change.

Every line keeps its exact amounts (six decimals); rounding happens line by line, tax by tax, half down where prices include tax.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from simulators.woocommerce.order_book import EXACT_FIELD
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.tax_places import base_place, holds_at, is_shipping_taxed, is_taxed, narrowness, setting, tax_place, tax_status

CENT, EXACT = Decimal("0.01"), Decimal("0.000001")
ITEM_KINDS = ("line_items", "shipping_lines", "fee_lines")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def shown(amount: Decimal) -> str:
    return f"{cents(amount):.2f}"


def tax_cents(shop: Shop, amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_DOWN if includes_tax(shop) else ROUND_HALF_UP)


def includes_tax(shop: Shop) -> bool:
    return setting(shop, "tax", "woocommerce_prices_include_tax") == "yes"


def rates(shop: Shop, order: Json, tax_class: str, *, for_shipping: bool = False) -> list[Json]:
    """The rates of a class where the order is taxed, one of each priority, the narrower before the wider."""
    return _rates_at(shop, tax_place(shop, order), tax_class, for_shipping=for_shipping)


def _rates_at(shop: Shop, place: Json, tax_class: str, *, for_shipping: bool = False) -> list[Json]:
    if setting(shop, "general", "woocommerce_calc_taxes") == "no":
        return []
    found: dict[int, Json] = {}
    for rate in sorted(shop.conditions.taxes, key=narrowness):
        if rate["class"] == (tax_class or "standard") and holds_at(rate, place) and (rate["shipping"] or not for_shipping):
            found.setdefault(rate["priority"], rate)
    return list(found.values())


def net_of_price(shop: Shop, tax_class: str, price: Decimal) -> Decimal:
    """Of a price as the shop enters it: what is in it is the tax of the shop's own place."""
    if not includes_tax(shop):
        return price
    percent = sum((Decimal(rate["rate"]) for rate in _rates_at(shop, base_place(shop), tax_class)), Decimal(0))
    return (price * 100 / (100 + percent)).quantize(EXACT, ROUND_HALF_UP)


def exact(item: Json, field: str) -> Decimal:
    return Decimal(item[EXACT_FIELD][field])


def keep_exact(item: Json, **amounts: Decimal) -> None:
    item[EXACT_FIELD] = item.get(EXACT_FIELD, {}) | {field: str(amount) for field, amount in amounts.items()}


def calculate(shop: Shop, order: Json) -> None:
    """Taxes of every item, then the order's sums."""
    for line in order["line_items"]:
        _tax_line(shop, order, line)
    shipping_class = _shipping_class(shop, order)
    for line in order["shipping_lines"]:
        taxed = shipping_class is not None and is_shipping_taxed(shop, line)
        _tax_other(shop, line, rates(shop, order, shipping_class or "", for_shipping=True) if taxed else [])
    for fee in order["fee_lines"]:
        if exact(fee, "total") < 0:
            _tax_discount(shop, order, fee)
        else:
            _tax_other(shop, fee, rates(shop, order, fee["tax_class"]) if fee["tax_status"] == "taxable" else [])
    _sum_up(shop, order)


def _tax_line(shop: Shop, order: Json, line: Json) -> None:
    found = rates(shop, order, line["tax_class"]) if is_taxed(shop, line) else []
    totals, subtotals = (_taxes(exact(line, field), found) for field in ("total", "subtotal"))
    taxes = list(zip(found, totals, subtotals, strict=True))
    keep_exact(
        line,
        total_tax=sum((total for _, total, _ in taxes), Decimal(0)),
        subtotal_tax=sum((subtotal for _, _, subtotal in taxes), Decimal(0)),
    )
    line["taxes"] = [{"id": rate["id"], "total": shown(total), "subtotal": shown(subtotal)} for rate, total, subtotal in taxes]
    line["subtotal"], line["total"] = shown(exact(line, "subtotal")), shown(exact(line, "total"))
    line["total_tax"] = shown(sum((tax_cents(shop, total) for _, total, _ in taxes), Decimal(0)))
    line["subtotal_tax"] = shown(sum((tax_cents(shop, subtotal) for _, _, subtotal in taxes), Decimal(0)))
    line["price"] = float(exact(line, "total")) / line["quantity"] or 0


def _tax_other(shop: Shop, item: Json, found: list[Json]) -> None:
    _keep_taxes(shop, item, list(zip(found, _taxes(exact(item, "total"), found), strict=True)))


def _tax_discount(shop: Shop, order: Json, fee: Json) -> None:
    """A fee below zero is taxed like what it is taken off, whatever its own status and class (WC_Order_Item_Fee::calculate_taxes)."""
    costs = _costs(shop, order)
    whole = sum(costs.values(), Decimal(0))
    taxes: dict[int, tuple[Json, Decimal]] = {}
    for tax_class, cost in costs.items():
        found = rates(shop, order, tax_class) if tax_class is not None else []
        for rate, tax in zip(found, _taxes(exact(fee, "total") * cost / whole, found), strict=True):
            taxes[rate["id"]] = rate, taxes.get(rate["id"], (rate, Decimal(0)))[1] + tax
    _keep_taxes(shop, fee, [*taxes.values()])


def _costs(shop: Shop, order: Json) -> dict[str | None, Decimal]:
    """What the order's items come to in each tax class; None: untaxed. Shipping without a class of its own counts to the first line's."""
    classes = [line["tax_class"] for line in order["line_items"] if tax_status(shop, line) in ("taxable", "shipping")]
    chosen = setting(shop, "tax", "woocommerce_shipping_tax_class")
    shipping_class = next(iter(classes), "") if chosen == "inherit" else chosen
    items = [(line, line["tax_class"] if is_taxed(shop, line) else None) for line in order["line_items"]]
    items += [(fee, fee["tax_class"] if fee["tax_status"] == "taxable" else None) for fee in order["fee_lines"]]
    items += [(line, shipping_class if is_shipping_taxed(shop, line) else None) for line in order["shipping_lines"]]
    costs: dict[str | None, Decimal] = {}
    for item, tax_class in items:
        if exact(item, "total") > 0:
            costs[tax_class] = costs.get(tax_class, Decimal(0)) + exact(item, "total")
    return costs


def _keep_taxes(shop: Shop, item: Json, taxes: list[tuple[Json, Decimal]]) -> None:
    keep_exact(item, total_tax=sum((total for _, total in taxes), Decimal(0)))
    item["taxes"] = [{"id": rate["id"], "total": shown(total), "subtotal": ""} for rate, total in taxes]
    item["total"] = shown(exact(item, "total"))
    item["total_tax"] = shown(sum((tax_cents(shop, total) for _, total in taxes), Decimal(0)))


def _taxes(amount: Decimal, found: list[Json]) -> list[Decimal]:
    """A compound rate is charged on the others' taxes too."""
    taxes = [Decimal(0) if rate["compound"] else _tax(amount, rate) for rate in found]
    for place, rate in enumerate(found):
        if rate["compound"]:
            taxes[place] = _tax(amount + sum(taxes, Decimal(0)), rate)
    return taxes


def _tax(amount: Decimal, rate: Json) -> Decimal:
    return (amount * Decimal(rate["rate"]) / 100).quantize(EXACT, ROUND_HALF_UP)


def _shipping_class(shop: Shop, order: Json) -> str | None:
    """The shop's own, or the first of its classes that a line has, the standard class before all; None where no line has any
    (WC_Abstract_Order::calculate_taxes)."""
    chosen = setting(shop, "tax", "woocommerce_shipping_tax_class")
    if chosen != "inherit":
        return chosen
    found = {line["tax_class"] for line in order["line_items"] if tax_status(shop, line) in ("taxable", "shipping")}
    return next((each for each in ("", *(one["slug"] for one in shop.conditions.tax_classes)) if each in found), None)


def _sum_up(shop: Shop, order: Json) -> None:
    lines, shipping, fees = (order[kind] for kind in ITEM_KINDS)
    subtotal, total = (_rounded_sum(lines, field) for field in ("subtotal", "total"))
    shipped, feed = _rounded_sum(shipping, "total"), _rounded_sum(fees, "total")
    cart_tax, shipping_tax = (sum((Decimal(item["total_tax"]) for item in items), Decimal(0)) for items in ([*lines, *fees], shipping))
    untaxed = sum((exact(line, "subtotal_tax") - exact(line, "total_tax") for line in lines), Decimal(0))
    order |= {
        "discount_total": shown(subtotal - total),
        "discount_tax": shown(tax_cents(shop, untaxed)),
        "shipping_total": shown(shipped),
        "shipping_tax": shown(shipping_tax),
        "cart_tax": shown(cart_tax),
        "total": shown(total + shipped + feed + cart_tax + shipping_tax),
        "total_tax": shown(cart_tax + shipping_tax),
    }
    order["tax_lines"] = _tax_lines(shop, order)


def _rounded_sum(items: Iterable[Json], field: str) -> Decimal:
    return sum((cents(exact(item, field)) for item in items), Decimal(0))


def refund_tax_lines(shop: Shop, items: dict[str, list[Json]]) -> list[Json]:
    return _tax_lines(shop, {**items, "tax_lines": []})


def _tax_lines(shop: Shop, order: Json) -> list[Json]:
    known = {line["rate_id"]: line["id"] for line in order["tax_lines"]}
    found: dict[int, list[Decimal]] = {}
    for kind, place in (("line_items", 0), ("fee_lines", 0), ("shipping_lines", 1)):
        for item in order[kind]:
            for tax in item["taxes"]:
                found.setdefault(tax["id"], [Decimal(0), Decimal(0)])[place] += Decimal(tax["total"])
    by_id = {rate["id"]: rate for rate in shop.conditions.taxes}
    return [_tax_line_view(by_id[of], sums, known.get(of) or shop.orders.take("item")) for of, sums in found.items()]


def _tax_line_view(rate: Json, sums: list[Decimal], of: int) -> Json:
    percent = float(rate["rate"])
    return {
        "id": of,
        "rate_code": f"{rate['country']}-{rate['name'].upper()}-{rate['priority']}".lstrip("-"),
        "rate_id": rate["id"],
        "label": rate["name"],
        "compound": rate["compound"],
        "tax_total": shown(sums[0]),
        "shipping_tax_total": shown(sums[1]),
        "rate_percent": int(percent) if percent.is_integer() else percent,
        "meta_data": [],
    }
