"""`wc/v3/settings/{group}`. Nobody is told when they change."""

from simulators.woocommerce.errors import InvalidParameter, RestError, not_in_enum
from simulators.woocommerce.http import Answer
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import links

_METHODS = ["GET", "POST", "PUT", "PATCH"]


def list_group(shop: Shop, group: str) -> Answer:
    return Answer([view(group, row) for row in _rows(shop, group)])


def view(group: str, row: Json) -> Json:
    return {**row, "_links": links(f"settings/{group}", row["id"], hints=_METHODS)}


def find(shop: Shop, group: str, of: str) -> Json:
    for row in _rows(shop, group):
        if row["id"] == of:
            return row
    raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)


def update(shop: Shop, group: str, of: str, body: Json) -> Json:
    row = find(shop, group, of)
    value = body.get("value", row["value"])
    if row["type"] == "checkbox" and value not in ("yes", "no"):
        raise InvalidParameter({"value": not_in_enum("value", ("yes", "no"))})
    row["value"] = value
    shop.revision += 1
    return row


def _rows(shop: Shop, group: str) -> list[Json]:
    if group not in shop.conditions.settings:
        raise RestError("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
    return shop.conditions.settings[group]
