"""What the shop only shows."""

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import links

_CONTINENTS = {"EU": "AT BE CZ DE DK ES FI FR GB IT LT NL PL SE SK", "OC": "AU FJ NZ PG"}
"""Two of them, with a few of their countries: enough for zones of a whole continent."""


def continent(code: str) -> Answer:
    countries = _CONTINENTS.get(code.upper())
    if countries is None:
        raise RestError("woocommerce_rest_data_invalid_location", "There are no locations matching these parameters.", 404)
    row = {"code": code.upper(), "countries": [{"code": country} for country in countries.split()]}
    return Answer({**row, "_links": links("data/continents", code, hints=["GET"])})


def payment_gateways(shop: Shop) -> Answer:
    hints = ["GET", "POST", "PUT", "PATCH"]
    rows = [{**each, "_links": links("payment_gateways", each["id"], hints=hints)} for each in shop.conditions.gateways]
    return Answer(rows, headers={"x-wp-total": str(len(rows)), "x-wp-totalpages": "1"})


def currency() -> Answer:
    row = recorded("currency")
    return Answer({**row, "_links": links("data/currencies", row["code"], hints=["GET"])})
