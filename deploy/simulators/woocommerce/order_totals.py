"""What an order comes to: WooCommerce's arithmetic of lines that are given net and taxed anew whenever they change.

Every line keeps its exact amounts (six decimals); rounding happens line by line, tax by tax, half down where prices include tax.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from simulators.woocommerce.order_book import EXACT_FIELD
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.tax_places import holds_at, is_taxed, narrowness, setting, tax_place

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
    if setting(shop, "general", "woocommerce_calc_taxes") == "no":
        return []
    place = tax_place(shop, order)
    found: dict[int, Json] = {}
    for rate in sorted(shop.conditions.taxes, key=narrowness):
        if rate["class"] == (tax_class or "standard") and holds_at(rate, place) and (rate["shipping"] or not for_shipping):
            found.setdefault(rate["priority"], rate)
    return list(found.values())


def net_of_price(shop: Shop, order: Json, tax_class: str, price: Decimal) -> Decimal:
    """Of a price as the shop enters it."""
    if not includes_tax(shop):
        return price
    percent = sum((Decimal(rate["rate"]) for rate in rates(shop, order, tax_class)), Decimal(0))
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
        _tax_other(shop, line, rates(shop, order, shipping_class, for_shipping=True) if line["tax_status"] == "taxable" else [])
    for fee in order["fee_lines"]:
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
    each = float(exact(line, "total") / line["quantity"])
    line["price"] = each or 0


def _tax_other(shop: Shop, item: Json, found: list[Json]) -> None:
    taxes = list(zip(found, _taxes(exact(item, "total"), found), strict=True))
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


def _shipping_class(shop: Shop, order: Json) -> str:
    """The shop's own, or like the items: the standard class where any has it, else the first."""
    chosen = setting(shop, "tax", "woocommerce_shipping_tax_class")
    if chosen != "inherit":
        return chosen
    classes: list[str] = [line["tax_class"] for line in order["line_items"] if is_taxed(shop, line)]
    return "" if "" in classes or not classes else classes[0]


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


def refund_tax_lines(shop: Shop, lines: list[Json]) -> list[Json]:
    return _tax_lines(shop, {"line_items": lines, "fee_lines": [], "shipping_lines": [], "tax_lines": []})


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
