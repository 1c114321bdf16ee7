"""The recorded carts and the shop they came from, read into the engine's own types.

Products, variations, categories, coupons and, of each configuration, settings, tax table and zones are what the simulated shop serves. A
line
of `recorded/<configuration>.jsonl.gz` is a cart with its steps as the Store API of WooCommerce 10.5 answered.
"""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from simulators.woocommerce.configurations import configuration, configured_shop
from spoina.ids import CategoryId
from spoina.pricing.cart.types import (
    Coupon,
    CouponCode,
    CouponId,
    DiscountType,
    FlatRate,
    FreeShipping,
    FreeShippingRequires,
    LocalPickup,
    Place,
    ShippingClassId,
    ShippingMethod,
    Shop,
    TaxBasis,
    TaxClass,
    TaxRate,
    TaxRateId,
    Zone,
    ZoneId,
)

RECORDED = Path(__file__).parent / "recorded"
CONFIGURATIONS = tuple(sorted(path.name.removesuffix(".jsonl.gz") for path in RECORDED.glob("*.jsonl.gz")))
Json = dict[str, Any]


class Recording(msgspec.Struct, frozen=True):
    """One configuration: the shop, when it was recorded, how it writes money, and its carts."""

    shop: Shop
    at: datetime
    thousands: str
    carts: tuple[Json, ...]


class Catalogue(msgspec.Struct, frozen=True):
    """Variants by the id that is put into a cart. `coupons` are the published ones."""

    products: Mapping[int, Json]
    variations: Mapping[int, Json]
    categories: Mapping[int, Json]
    attributes: Mapping[str, Json]
    shipping_classes: Mapping[str, int]
    coupons: Mapping[str, Coupon]


@cache
def catalogue() -> Catalogue:
    raw = configured_shop()
    return Catalogue(
        products={product["id"]: product for product in raw["products"]},
        variations={variation["id"]: variation for variation in raw["variations"]},
        categories={category["id"]: category for category in raw["categories"]},
        attributes=raw["attributes"],
        shipping_classes={each["slug"]: each["id"] for each in raw["shipping_classes"]},
        coupons={coupon["code"]: _coupon(coupon) for coupon in raw["coupons"] if coupon["status"] == "publish"},
    )


@cache
def recording(letter: str) -> Recording:
    lines = gzip.decompress((RECORDED / f"{letter}.jsonl.gz").read_bytes()).decode().splitlines()
    raw = configuration(letter)
    settings = raw["settings"]
    return Recording(
        shop=_shop(settings["general"], settings["tax"], raw),
        at=datetime.fromisoformat(settings["recorded_at_gmt"]).replace(tzinfo=UTC),
        thousands=settings["general"]["woocommerce_price_thousand_sep"],
        carts=tuple(json.loads(line) for line in lines),
    )


def _shop(general: Json, tax: Json, raw: Json) -> Shop:
    shipping_class = tax["woocommerce_shipping_tax_class"]
    return Shop(
        base=Place(
            country=general["woocommerce_default_country"],
            postcode=general["woocommerce_store_postcode"],
            city=general["woocommerce_store_city"],
        ),
        decimals=int(general["woocommerce_price_num_decimals"]),
        taxes=general["woocommerce_calc_taxes"] == "yes",
        prices_include_tax=tax["woocommerce_prices_include_tax"] == "yes",
        tax_basis=TaxBasis(tax["woocommerce_tax_based_on"]),
        shipping_tax_class=None if shipping_class == "inherit" else TaxClass(shipping_class or "standard"),
        round_at_subtotal=tax["woocommerce_tax_round_at_subtotal"] == "yes",
        cart_shows_tax=tax["woocommerce_tax_display_cart"] == "incl",
        itemized_taxes=tax["woocommerce_tax_total_display"] == "itemized",
        sequential_coupons=general["woocommerce_calc_discounts_sequentially"] == "yes",
        tax_classes=tuple(TaxClass(each["slug"]) for each in raw["tax_classes"]),
        rates=tuple(_rate(rate) for rate in raw["taxes"]),
        zones=tuple(_zone(zone) for zone in raw["shipping_zones"]),
    )


def _rate(raw: Json) -> TaxRate:
    return TaxRate(
        id=TaxRateId(raw["id"]),
        tax_class=TaxClass(raw["class"]),
        percent=float(raw["rate"]),
        name=raw["name"],
        priority=raw["priority"],
        country=raw["country"],
        state=raw["state"],
        postcodes=tuple(raw["postcodes"]),
        cities=tuple(raw["cities"]),
        compound=raw["compound"],
        shipping=raw["shipping"],
    )


def _zone(raw: Json) -> Zone:
    def codes(kind: str) -> tuple[str, ...]:
        return tuple(location["code"] for location in raw["locations"] if location["type"] == kind)

    methods = sorted((method for method in raw["methods"] if method["enabled"]), key=lambda method: method["order"])
    return Zone(
        id=ZoneId(raw["id"]),
        order=raw["order"],
        countries=frozenset(codes("country")),
        states=frozenset(codes("state")),
        postcodes=codes("postcode"),
        methods=tuple(_method(method) for method in methods),
    )


def _method(raw: Json) -> ShippingMethod:
    settings, instance = raw["settings"], raw["instance_id"]
    taxable = settings.get("tax_status") == "taxable"
    match raw["method_id"]:
        case "flat_rate":
            return FlatRate(
                instance=instance,
                title=settings["title"],
                cost=settings["cost"],
                class_costs={
                    ShippingClassId(int(name.removeprefix("class_cost_"))): cost
                    for name, cost in settings.items()
                    if name.startswith("class_cost_")
                },
                no_class_cost=settings["no_class_cost"],
                dearest_class_only=settings["type"] == "order",
                taxable=taxable,
            )
        case "free_shipping":
            return FreeShipping(
                instance=instance,
                title=settings["title"],
                requires=FreeShippingRequires(settings["requires"]),
                minimum=settings["min_amount"],
                ignore_discounts=settings["ignore_discounts"] == "yes",
            )
        case _:
            return LocalPickup(instance=instance, title=settings["title"], cost=settings["cost"], taxable=taxable)


def _coupon(raw: Json) -> Coupon:
    expires = raw["date_expires_gmt"]
    return Coupon(
        id=CouponId(raw["id"]),
        code=CouponCode(raw["code"]),
        type=DiscountType(raw["discount_type"]),
        amount=raw["amount"],
        expires_at=datetime.fromisoformat(expires).replace(tzinfo=UTC) if expires else None,
        usage_count=raw["usage_count"],
        usage_limit=raw["usage_limit"] or 0,
        item_limit=raw["limit_usage_to_x_items"] or 0,
        individual_use=raw["individual_use"],
        free_shipping=raw["free_shipping"],
        exclude_sale_items=raw["exclude_sale_items"],
        products=frozenset(raw["product_ids"]),
        excluded_products=frozenset(raw["excluded_product_ids"]),
        categories=frozenset(CategoryId(each) for each in raw["product_categories"]),
        excluded_categories=frozenset(CategoryId(each) for each in raw["excluded_product_categories"]),
        minimum=raw["minimum_amount"],
        maximum=raw["maximum_amount"],
        emails=tuple(raw["email_restrictions"]),
    )
