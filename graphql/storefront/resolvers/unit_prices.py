"""The price per litre, kilogram, metre or piece, where the shop publishes the three facts it needs as meta data.

`meta.unit` names the unit (kg, g, l, ml, m, cm, ...), `meta.unit_product` how much of it is in the package, and `meta.unit_base` the amount
that the price is shown for, as Germanized and its kin keep them.
"""

from decimal import Decimal

import msgspec
from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.errors import InvalidInput
from spoina.money import Money, parse_decimal
from storefront.standing import Settled

MEASURES = {
    "kg": ("WEIGHT", "KG"),
    "g": ("WEIGHT", "G"),
    "mg": ("WEIGHT", "MG"),
    "l": ("VOLUME", "L"),
    "cl": ("VOLUME", "CL"),
    "ml": ("VOLUME", "ML"),
    "m": ("LENGTH", "M"),
    "cm": ("LENGTH", "CM"),
    "mm": ("LENGTH", "MM"),
    "m2": ("AREA", "M2"),
    "m²": ("AREA", "M2"),
    "m3": ("VOLUME", "M3"),
    "szt": ("COUNT", "ITEM"),
    "szt.": ("COUNT", "ITEM"),
    "item": ("COUNT", "ITEM"),
}


class UnitMeasure(msgspec.Struct, frozen=True):
    measured_type: str
    quantity_unit: str
    quantity: Decimal
    reference_value: int

    @property
    def reference_unit(self) -> str:
        return self.quantity_unit

    @property
    def quantity_value(self) -> float:
        return float(self.quantity)


def unit_price_measurement(variant: Parent[catalog.Variant], info: Settled) -> UnitMeasure | None:
    return _measure(variant, info.context.product_of(variant))


def unit_price(variant: Parent[catalog.Variant], info: Settled) -> Money | None:
    measure = _measure(variant, info.context.product_of(variant))
    minor = info.context.price(variant)
    if measure is None or minor is None:
        return None
    return Money(int((minor * measure.reference_value / measure.quantity).quantize(Decimal(1))), info.context.shop.currency)


def _measure(variant: catalog.Variant, product: catalog.Product) -> UnitMeasure | None:
    published = {field.key: field.value for field in (*product.metafields, *variant.metafields) if field.namespace == "meta"}
    unit = MEASURES.get(published.get("unit", "").lower())
    if unit is None:
        return None
    try:
        quantity = parse_decimal(published.get("unit_product", ""), "unit_product")
        reference = parse_decimal(published.get("unit_base", "1"), "unit_base")
    except InvalidInput:
        return None
    return UnitMeasure(*unit, quantity, int(reference)) if quantity > 0 and reference >= 1 else None
