"""Where an order is taxed, and which rates hold there: as WC_Abstract_Order::get_tax_location and WC_Tax decide it."""

from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

_FIELDS = ("country", "state", "postcode", "city")


def setting(shop: Shop, group: str, name: str) -> str:
    return next((str(row["value"]) for row in shop.conditions.settings[group] if row["id"] == name), "")


def tax_place(shop: Shop, order: Json) -> Json:
    """What is collected in the shop is taxed there; an address without a country is none."""
    based_on = setting(shop, "tax", "woocommerce_tax_based_on")
    if based_on == "shipping" and not order["shipping"]["country"]:
        based_on = "billing"
    collected = any(line["method_id"] in ("local_pickup", "pickup_location") for line in order["shipping_lines"])
    if based_on == "base" or collected or not order[based_on]["country"]:
        return base_place(shop)
    return {field: order[based_on][field] for field in _FIELDS}


def base_place(shop: Shop) -> Json:
    country, _, state = setting(shop, "general", "woocommerce_default_country").partition(":")
    postcode, city = (setting(shop, "general", f"woocommerce_store_{field}") for field in ("postcode", "city"))
    return {"country": country, "state": state, "postcode": postcode, "city": city}


def narrowness(rate: Json) -> tuple[object, ...]:
    """A sort key: by priority, then the narrower rate first."""
    return (
        rate["priority"],
        not rate["country"],
        not rate["state"],
        -len(rate["postcodes"]),
        -len(rate["cities"]),
        rate["order"],
        rate["id"],
    )


def holds_at(rate: Json, place: Json) -> bool:
    return (
        rate["country"] in ("", place["country"])
        and rate["state"] in ("", place["state"])
        and (not rate["postcodes"] or any(_fits(pattern, place["postcode"]) for pattern in rate["postcodes"]))
        and (not rate["cities"] or place["city"].upper() in {city.upper() for city in rate["cities"]})
    )


def _fits(pattern: str, postcode: str) -> bool:
    """A postcode, a beginning (30*) or a range (31-000...31-999)."""
    code = _plain(postcode)
    low, dots, high = pattern.partition("...")
    if dots:
        return code.isdigit() and int(_plain(low)) <= int(code) <= int(_plain(high))
    wanted = _plain(pattern)
    return code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted


def _plain(postcode: str) -> str:
    return postcode.replace("-", "").replace(" ", "").upper()


def is_taxed(shop: Shop, line: Json) -> bool:
    return tax_status(shop, line) == "taxable"


def tax_status(shop: Shop, line: Json) -> str:
    """A line of no product is taxable."""
    of = line["variation_id"] or line["product_id"]
    sold = shop.variations.peek(of) or shop.products.peek(of) if of else None
    return "taxable" if sold is None else str(sold["tax_status"])


def is_shipping_taxed(shop: Shop, line: Json) -> bool:
    """As the method says that it was chosen from; where that is unknown, yes."""
    methods = (method for zone in shop.conditions.zones for method in zone["methods"])
    chosen = next((method for method in methods if str(method["instance_id"]) == line["instance_id"]), None)
    status = chosen["settings"].get("tax_status") if chosen else None
    return status is None or status["value"] == "taxable"
