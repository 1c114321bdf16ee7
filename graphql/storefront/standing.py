"""What the fields of products and variants depend on besides the catalogue: stock, whether a sale holds, the settings of the shop.

A resolver that says `info: Settled` reads nothing else of the request, so what it answers is good for as long as the key below is the same.
It is given the request's context or a standing that is made of that key alone; a type checker sees to it that it asks for no more.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec
import strawberry

from projection import Standing as Stands
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product, Shop, Variant
from spoina.ids import ProductId, VariantId
from spoina.inventory.rules import is_for_sale
from storefront.context import Context

Level = tuple[int | None, bool]
"""What is left of a variant, and whether a sale holds."""

Key = tuple[Product | None, Shop, CategoryTree, list[Level]]


class Standing(Protocol):
    @property
    def shop(self) -> Shop: ...
    @property
    def categories(self) -> CategoryTree: ...
    def product_of(self, variant: Variant) -> Product: ...
    def left(self, variant: Variant) -> int | None: ...
    def for_sale(self, variant: Variant) -> bool: ...
    def reduced(self, variant: Variant) -> bool: ...
    def price(self, variant: Variant) -> int | None: ...


Settled = strawberry.Info[Standing, None]


class Told(msgspec.Struct, frozen=True, eq=False):
    """The standing of one product and its variants, or of one of them."""

    product: Product | None
    shop: Shop
    categories: CategoryTree
    levels: Mapping[VariantId, Level]

    def product_of(self, variant: Variant) -> Product:
        if self.product is None:
            raise LookupError(f"the product of variant {variant.id} was not read")
        return self.product

    def left(self, variant: Variant) -> int | None:
        return self.levels[variant.id][0]

    def reduced(self, variant: Variant) -> bool:
        return self.levels[variant.id][1]

    def price(self, variant: Variant) -> int | None:
        return variant.prices.sale if self.reduced(variant) else variant.prices.regular

    def for_sale(self, variant: Variant) -> bool:
        return is_for_sale(variant, self.left(variant))


def _key_of_product(product: Product, context: Context) -> Key:
    left, reduced = context.left, context.reduced
    return (
        context.products.met.get(product.id),
        context.shop,
        context.categories,
        [(left(each), reduced(each)) for each in product.variants],
    )


def _key_of_variant(variant: Variant, context: Context) -> Key:
    product = context.products.met.get(ProductId(variant.product_id))
    return product, context.shop, context.categories, [(context.left(variant), context.reduced(variant))]


def _of_product(product: Product, key: Key) -> Told:
    _, shop, categories, levels = key
    return Told(product, shop, categories, {variant.id: level for variant, level in zip(product.variants, levels, strict=True)})


def _of_variant(variant: Variant, key: Key) -> Told:
    product, shop, categories, [level] = key
    return Told(product, shop, categories, {variant.id: level})


OF_PRODUCT = Stands(_key_of_product, _of_product, frozenset({"ProductVariant"}))
OF_VARIANT = Stands(_key_of_variant, _of_variant)
