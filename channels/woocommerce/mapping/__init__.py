"""WooCommerce's payloads become facts of the catalogue: pure functions, no I/O."""

from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.products import map_product
from channels.woocommerce.mapping.variations import in_parent_order, map_variation

__all__ = ["ShopContext", "map_product", "map_variation", "in_parent_order"]
