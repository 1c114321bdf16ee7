"""What the shop's owner sets beside the catalogue: coupons, taxes, shipping zones, settings. All of it can be changed over REST."""

from copy import deepcopy
from dataclasses import asdict, dataclass, field

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.php_json import Json

SETTING_GROUPS = ("general", "products", "tax", "shipping", "advanced")


@dataclass
class Conditions:
    coupons: list[Json]
    """Newest first, as they are listed."""
    taxes: list[Json]
    tax_classes: list[Json]
    zones: list[Json]
    """Each with its `locations` and `methods`, which have routes of their own."""
    settings: dict[str, list[Json]]
    gateways: list[Json] = field(default_factory=lambda: recorded("payment_gateways"))
    """Payment methods, switched on or off."""

    def as_state(self) -> Json:
        return asdict(self)

    def last_coupon(self) -> int:
        return max((coupon["id"] for coupon in self.coupons), default=0)


def recorded_conditions() -> Conditions:
    poland: list[Json] = [{"code": "PL", "type": "country"}]
    zones = [
        {**zone, "locations": poland if zone["id"] else [], "methods": recorded("shipping_methods") if zone["id"] else []}
        for zone in recorded("shipping_zones")
    ]
    return Conditions(
        coupons=recorded("coupons"),
        taxes=recorded("taxes"),
        tax_classes=recorded("tax_classes"),
        zones=zones,
        settings={group: recorded(f"settings_{group}") for group in SETTING_GROUPS},
    )


def method_templates() -> dict[str, Json]:
    """Of each kind of shipping method one as WooCommerce describes it."""
    return {method["method_id"]: method for method in reversed(recorded("shipping_methods"))}


def method(kind: str, instance: int, order: int, values: Json, classes: list[Json]) -> Json:
    """A method of a zone with all that wc/v3 says of its settings; what `values` lacks has its default."""
    shown = deepcopy(method_templates()[kind])
    described = {name: setting for name, setting in shown["settings"].items() if not name.startswith("class_cost_")}
    if kind == "flat_rate":
        described = _with_class_costs(described, shown["settings"]["class_cost_17"], classes)
    for name, setting in described.items():
        setting["value"] = values.get(name, setting["default"])
    return shown | {
        "id": instance,
        "instance_id": instance,
        "title": described["title"]["value"],
        "order": order,
        "enabled": True,
        "settings": described,
    }


def _with_class_costs(described: Json, template: Json, classes: list[Json]) -> Json:
    """A cost for each shipping class, after the heading and before the cost for products without one."""
    costs = {
        f"class_cost_{each['id']}": {**template, "id": f"class_cost_{each['id']}", "label": f'"{each["name"]}" shipping class cost'}
        for each in classes
    }
    names = list(described)
    at = names.index("no_class_cost")
    return {name: described[name] for name in names[:at]} | costs | {name: described[name] for name in names[at:]}
