"""Settings, taxes, shipping zones and the rest of what the shop only shows."""

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.errors import RestError, invalid_id
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.views import EVERY_METHOD, ROOT, links

_SETTING_METHODS = ["GET", "POST", "PUT", "PATCH"]
_SETTING_GROUPS = ("general", "tax", "products")


def _listed(call: Call, rows: list[Json]) -> Answer:
    paging = read_paging(call)
    return list_answer(call, list(rows[paging.offset : paging.offset + paging.per_page]), len(rows), paging)


def _whole(rows: list[Json]) -> Answer:
    """Some lists ignore paging and still count their rows."""
    return Answer(rows, headers={"x-wp-total": str(len(rows)), "x-wp-totalpages": "1"})


def tax_classes() -> Answer:
    rows = [{**row, "_links": {"collection": [{"href": f"{ROOT}/taxes/classes"}]}} for row in recorded("tax_classes")]
    return _whole(rows)


def taxes(call: Call) -> Answer:
    wanted = call.one("class")
    rows = [row for row in recorded("taxes") if wanted in (None, row["class"])]
    return _listed(call, [{**row, "_links": links("taxes", row["id"])} for row in rows])


def zones() -> Answer:
    return _whole([_zone(row) for row in recorded("shipping_zones")])


def _zone(row: Json) -> Json:
    described = {"describedby": [{"href": f"{ROOT}/shipping/zones/{row['id']}/locations"}]}
    return {**row, "_links": {**links("shipping/zones", row["id"]), **described}}


def zone(of: int) -> Answer:
    for row in recorded("shipping_zones"):
        if row["id"] == of:
            return Answer(_zone(row))
    raise RestError("woocommerce_rest_shipping_zone_invalid", "Resource does not exist.", 404)


def zone_locations(of: int) -> Answer:
    zone(of)
    rows: list[Json] = [{"code": "PL", "type": "country"}] if of else []
    path = f"{ROOT}/shipping/zones/{of}"
    shown = {"collection": [{"href": f"{path}/locations"}], "describes": [{"href": path}]}
    return Answer([{**row, "_links": shown} for row in rows])


def zone_methods(of: int) -> Answer:
    zone(of)
    path = f"shipping/zones/{of}/methods"
    describes = {"describes": [{"href": f"{ROOT}/shipping/zones/{of}"}]}
    rows = recorded("shipping_methods") if of else []
    return _whole([{**row, "_links": {**links(path, row["instance_id"]), **describes}} for row in rows])


def settings(group: str) -> Answer:
    if group not in _SETTING_GROUPS:
        raise RestError("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
    path = f"settings/{group}"
    rows = recorded(f"settings_{group}")
    return Answer([{**row, "_links": links(path, row["id"], hints=_SETTING_METHODS)} for row in rows])


def setting(group: str, of: str) -> Answer:
    listed = settings(group).content
    for row in listed if isinstance(listed, list) else []:
        if row["id"] == of:
            return Answer(row)
    raise RestError("rest_setting_setting_invalid", "Invalid setting.", 404)


def currency() -> Answer:
    row = recorded("currency")
    return Answer({**row, "_links": links("data/currencies", row["code"], hints=["GET"])})


def coupons(call: Call) -> Answer:
    code = call.one("code")
    rows = [row for row in recorded("coupons") if code is None or row["code"] == code.lower()]
    return _listed(call, [{**row, "_links": links("coupons", row["id"])} for row in rows])


def customers(call: Call) -> Answer:
    email = call.one("email")
    rows = [row for row in recorded("customers") if email in (None, row["email"])]
    return _listed(call, [{**row, "_links": links("customers", row["id"], hints=EVERY_METHOD)} for row in rows])


def one_of(name: str, resource: str, of: int) -> Answer:
    for row in recorded(name):
        if row["id"] == of:
            return Answer({**row, "_links": links(name, of)})
    raise invalid_id(resource)
