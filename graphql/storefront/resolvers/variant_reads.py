"""A variant's own fields."""

from strawberry import Parent

from spoina.catalog import types as catalog
from storefront.ids import gid
from storefront.standing import Settled

UNITS = {"kg": ("KILOGRAMS", 1000.0), "g": ("GRAMS", 1.0), "lbs": ("POUNDS", 453.59237), "oz": ("OUNCES", 28.349523125)}
"""WooCommerce's weight units: the dialect's name, and grams in one."""


def variant_id(variant: Parent[catalog.Variant]) -> str:
    return gid("ProductVariant", variant.id)


def product(variant: Parent[catalog.Variant], info: Settled) -> catalog.Product:
    return info.context.product_of(variant)


def image(variant: Parent[catalog.Variant], info: Settled) -> catalog.Image | None:
    """Its own picture, else the product's first."""
    if variant.image is not None:
        return variant.image
    pictures = info.context.product_of(variant).images
    return pictures[0] if pictures else None


def weight(variant: Parent[catalog.Variant], info: Settled) -> float | None:
    if variant.weight_grams is None:
        return None
    return round(variant.weight_grams / UNITS.get(info.context.shop.weight_unit, UNITS["kg"])[1], 4)


def weight_unit(_variant: Parent[catalog.Variant], info: Settled) -> str:
    return UNITS.get(info.context.shop.weight_unit, UNITS["kg"])[0]
