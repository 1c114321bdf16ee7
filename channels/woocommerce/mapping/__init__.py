"""WooCommerce's payloads become facts of the catalogue: pure functions, no I/O."""

from channels.woocommerce.mapping.content import map_page, menus
from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.products import map_product
from channels.woocommerce.mapping.settings import map_shop
from channels.woocommerce.mapping.terms import map_category, map_tax_class, map_tax_rate, map_term
from channels.woocommerce.mapping.variations import map_variation

__all__ = [
    "ShopContext",
    "map_shop",
    "map_category",
    "map_term",
    "map_tax_class",
    "map_tax_rate",
    "map_product",
    "map_variation",
    "map_page",
    "menus",
]
