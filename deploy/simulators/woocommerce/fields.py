"""Which fields a write may carry and of what type: wc/v3 refuses the rest of a request because of one wrong value."""

from typing import NamedTuple

from simulators.woocommerce.errors import InvalidParameter, Reason, not_in_enum, wrong_type
from simulators.woocommerce.php_json import Json


class Kind(NamedTuple):
    type: str
    allowed: tuple[str, ...] = ()
    nullable: bool = False


TEXT = Kind("string")
_TEXT, _NUMBER, _FLAG, _LIST, _OBJECT = (Kind(kind) for kind in ("string", "integer", "boolean", "array", "object"))
_DATE = Kind("string", nullable=True)
_STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
_SALE_DATES = {f"date_on_sale_{end}{zone}": _DATE for end in ("from", "to") for zone in ("", "_gmt")}

_BOTH = {
    "id": _NUMBER,
    "description": _TEXT,
    "sku": _TEXT,
    "global_unique_id": _TEXT,
    "regular_price": _TEXT,
    "sale_price": _TEXT,
    **_SALE_DATES,
    "status": Kind("string", _STATUSES),
    "virtual": _FLAG,
    "downloadable": _FLAG,
    "downloads": _LIST,
    "download_limit": _NUMBER,
    "download_expiry": _NUMBER,
    "tax_status": Kind("string", ("taxable", "shipping", "none")),
    "tax_class": _TEXT,
    "stock_quantity": Kind("integer", nullable=True),
    "inventory_delta": _NUMBER,
    "stock_status": Kind("string", ("instock", "outofstock", "onbackorder")),
    "backorders": Kind("string", ("no", "notify", "yes")),
    "low_stock_amount": Kind("integer", nullable=True),
    "weight": _TEXT,
    "dimensions": _OBJECT,
    "shipping_class": _TEXT,
    "attributes": _LIST,
    "menu_order": _NUMBER,
    "meta_data": _LIST,
}
PRODUCT = {
    **_BOTH,
    "name": _TEXT,
    "slug": _TEXT,
    "date_created": _DATE,
    "date_created_gmt": _DATE,
    "type": Kind("string", ("simple", "grouped", "external", "variable")),
    "featured": _FLAG,
    "catalog_visibility": Kind("string", ("visible", "catalog", "search", "hidden")),
    "short_description": _TEXT,
    "external_url": _TEXT,
    "button_text": _TEXT,
    "manage_stock": _FLAG,
    "sold_individually": _FLAG,
    "reviews_allowed": _FLAG,
    "upsell_ids": _LIST,
    "cross_sell_ids": _LIST,
    "purchase_note": _TEXT,
    "categories": _LIST,
    "brands": _LIST,
    "tags": _LIST,
    "images": _LIST,
    "default_attributes": _LIST,
    "grouped_products": _LIST,
    "post_password": _TEXT,
}
VARIATION = {**_BOTH, "manage_stock": Kind("mixed"), "image": Kind("object", nullable=True)}
TERM = {
    "name": _TEXT,
    "slug": _TEXT,
    "parent": _NUMBER,
    "description": _TEXT,
    "display": Kind("string", ("default", "products", "subcategories", "both")),
    "image": Kind("object", nullable=True),
    "menu_order": _NUMBER,
    "type": _TEXT,
    "order_by": _TEXT,
    "has_archives": _FLAG,
}
COUPON = {
    "code": _TEXT,
    "amount": _TEXT,
    "status": Kind("string", ("draft", "pending", "private", "publish", "future")),
    "discount_type": Kind("string", ("percent", "fixed_cart", "fixed_product")),
    "description": _TEXT,
    "date_expires": _DATE,
    "usage_count": _NUMBER,
    "individual_use": _FLAG,
    "product_ids": _LIST,
    "excluded_product_ids": _LIST,
    "usage_limit": Kind("integer", nullable=True),
    "usage_limit_per_user": Kind("integer", nullable=True),
    "limit_usage_to_x_items": Kind("integer", nullable=True),
    "free_shipping": _FLAG,
    "product_categories": _LIST,
    "excluded_product_categories": _LIST,
    "exclude_sale_items": _FLAG,
    "minimum_amount": _TEXT,
    "maximum_amount": _TEXT,
    "email_restrictions": _LIST,
}
TAX_RATE = {
    **dict.fromkeys(("country", "state", "postcode", "city", "rate", "name", "class"), _TEXT),
    **dict.fromkeys(("postcodes", "cities"), _LIST),
    **dict.fromkeys(("priority", "order"), _NUMBER),
    **dict.fromkeys(("compound", "shipping"), _FLAG),
}
ZONE = {"name": _TEXT, "order": _NUMBER}
ZONE_METHOD = {
    "method_id": Kind("string", ("flat_rate", "free_shipping", "local_pickup")),
    "order": _NUMBER,
    "enabled": _FLAG,
    "settings": _OBJECT,
}
WEBHOOK = {
    "name": _TEXT,
    "status": Kind("string", ("active", "paused", "disabled")),
    "topic": _TEXT,
    "secret": _TEXT,
    "delivery_url": _TEXT,
}
_FLAGS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
"""1 and 0 are found too: they equal True and False."""


def checked(body: Json, kinds: dict[str, Kind], required: tuple[str, ...] = ()) -> Json:
    """The known fields with values of the right type; null stands for "not sent" except where null means something."""
    refused: dict[str, Reason] = {}
    kept: Json = {}
    for name, kind in kinds.items():
        if name not in body or (body[name] is None and not kind.nullable):
            continue
        value = _sanitised(kind, body[name])
        reason = _refusal(name, kind, value)
        if reason is not None:
            refused[name] = reason
        kept[name] = value
    if refused:
        raise InvalidParameter(refused)
    _demand(kept, required)
    return kept


def _demand(kept: Json, required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in kept]
    if missing:
        from_wordpress = Reason("rest_missing_callback_param", f"Missing parameter(s): {', '.join(missing)}")
        raise MissingParameter(from_wordpress, missing)


class MissingParameter(InvalidParameter):
    def __init__(self, reason: Reason, missing: list[str]) -> None:
        super().__init__({})
        self.code = reason.code
        self.message = reason.message
        self.data = {"params": missing}


def _sanitised(kind: Kind, value: object) -> object:
    if kind.type == "integer" and isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    if kind.type == "boolean" and isinstance(value, bool | int | str) and value in _FLAGS:
        return _FLAGS[value]
    return value


def _refusal(name: str, kind: Kind, value: object) -> Reason | None:
    if value is None and kind.nullable:
        return None
    fits = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "mixed": isinstance(value, bool | str | int),
    }[kind.type]
    if not fits:
        return wrong_type(name, kind.type)
    return not_in_enum(name, kind.allowed) if kind.allowed and value not in kind.allowed else None
