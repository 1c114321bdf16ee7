"""`wc/v3/shipping/zones` with their locations and methods. Nobody is told when they change."""

from simulators.woocommerce import conditions, fields
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import ROOT, links

_EVERYWHERE_ELSE = 0
_LOCATION_TYPES = ("postcode", "state", "country", "continent")


def _whole(rows: list[Json]) -> Answer:
    """Lists that ignore paging and still count their rows."""
    return Answer(rows, headers={"x-wp-total": str(len(rows)), "x-wp-totalpages": "1"})


def list_zones(shop: Shop) -> Answer:
    return _whole([view(zone) for zone in shop.conditions.zones])


def view(zone: Json) -> Json:
    shown = {field: zone[field] for field in ("id", "name", "order")}
    described = {"describedby": [{"href": f"{ROOT}/shipping/zones/{zone['id']}/locations"}]}
    return {**shown, "_links": {**links("shipping/zones", zone["id"]), **described}}


def find(shop: Shop, of: int) -> Json:
    for zone in shop.conditions.zones:
        if zone["id"] == of:
            return zone
    raise RestError("woocommerce_rest_shipping_zone_invalid", "Resource does not exist.", 404)


def create(shop: Shop, body: Json) -> Json:
    given = fields.checked(body, fields.ZONE, required=("name",))
    number = max(zone["id"] for zone in shop.conditions.zones) + 1
    zone = {"id": number, "name": given["name"], "order": given.get("order", 0), "locations": [], "methods": []}
    shop.conditions.zones.append(zone)
    _in_order(shop)
    return zone


def update(shop: Shop, of: int, body: Json) -> Json:
    zone = _own(shop, of)
    zone |= fields.checked(body, fields.ZONE)
    _in_order(shop)
    return zone


def delete(shop: Shop, of: int, *, force: bool) -> Json:
    _demand_force(force=force)
    zone = _own(shop, of)
    shop.conditions.zones.remove(zone)
    shop.revision += 1
    return zone


def _own(shop: Shop, of: int) -> Json:
    if of == _EVERYWHERE_ELSE:
        message = 'The "locations not covered by your other zones" zone cannot be updated.'
        raise RestError("woocommerce_rest_shipping_zone_invalid_zone", message, 403)
    return find(shop, of)


def _in_order(shop: Shop) -> None:
    shop.conditions.zones.sort(key=lambda zone: (zone["id"] != _EVERYWHERE_ELSE, zone["order"], zone["id"]))
    shop.revision += 1


def locations(shop: Shop, of: int) -> Answer:
    path = f"{ROOT}/shipping/zones/{of}"
    shown = {"collection": [{"href": f"{path}/locations"}], "describes": [{"href": path}]}
    return Answer([{**row, "_links": shown} for row in find(shop, of)["locations"]])


def set_locations(shop: Shop, of: int, call: Call) -> Answer:
    """Replaces all; what is no location is left out without a word."""
    zone = _own(shop, of)
    zone["locations"] = [
        {"code": given["code"], "type": given.get("type", "country")}
        for given in call.json_list
        if given.get("code") and given.get("type", "country") in _LOCATION_TYPES
    ]
    shop.revision += 1
    return locations(shop, of)


def list_methods(shop: Shop, of: int) -> Answer:
    return _whole([method_view(of, each) for each in find(shop, of)["methods"]])


def method_view(zone: int, method: Json) -> Json:
    path = f"shipping/zones/{zone}/methods"
    describes = {"describes": [{"href": f"{ROOT}/shipping/zones/{zone}"}]}
    return {**method, "_links": {**links(path, method["instance_id"]), **describes}}


def find_method(shop: Shop, zone: int, instance: int) -> Json:
    methods: list[Json] = find(shop, zone)["methods"]
    for method in methods:
        if method["instance_id"] == instance:
            return method
    raise RestError("woocommerce_rest_shipping_zone_method_invalid", "Resource does not exist.", 404)


def add_method(shop: Shop, zone: int, body: Json) -> Json:
    given = fields.checked(body, fields.ZONE_METHOD, required=("method_id",))
    methods = find(shop, zone)["methods"]
    instances = [each["instance_id"] for one in shop.conditions.zones for each in one["methods"]]
    order = max((each["order"] for each in methods), default=0) + 1
    method = conditions.method(given["method_id"], max(instances, default=0) + 1, order, {}, shop.terms["shipping_classes"])
    _apply(method, given)
    methods.append(method)
    _sort(shop, methods)
    return method


def update_method(shop: Shop, zone: int, instance: int, body: Json) -> Json:
    method = find_method(shop, zone, instance)
    _apply(method, fields.checked(body, fields.ZONE_METHOD))
    _sort(shop, find(shop, zone)["methods"])
    return method


def _apply(method: Json, given: Json) -> None:
    for name, value in given.get("settings", {}).items():
        if name not in method["settings"]:
            continue
        method["settings"][name]["value"] = str(value)
    method["title"] = method["settings"]["title"]["value"]
    method |= {field: given[field] for field in ("enabled", "order") if field in given}


def _sort(shop: Shop, methods: list[Json]) -> None:
    methods.sort(key=lambda each: (each["order"], each["instance_id"]))
    shop.revision += 1


def delete_method(shop: Shop, zone: int, instance: int, *, force: bool) -> Json:
    _demand_force(force=force)
    method = find_method(shop, zone, instance)
    find(shop, zone)["methods"].remove(method)
    shop.revision += 1
    return method


def _demand_force(*, force: bool) -> None:
    if not force:
        raise RestError("rest_trash_not_supported", "Shipping methods do not support trashing.", 501)
