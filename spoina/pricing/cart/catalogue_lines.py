"""A product of the catalogue becomes a line of a cart."""

from datetime import datetime

from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product, Variant
from spoina.ids import CategoryId
from spoina.money import decimal_text
from spoina.pricing.cart.types import STANDARD, Line, LineKey, TaxClass
from spoina.pricing.rules import on_sale


def line_of(product: Product, variant: Variant, *, key: LineKey, quantity: int, categories: CategoryTree, at: datetime) -> Line:
    """`at` decides whether a sale holds. A variation without a shipping class of its own has its product's."""
    prices = variant.prices
    regular = _text(prices.regular, prices.regular_exact, product.currency)
    sale = _text(prices.sale, prices.sale_exact, product.currency)
    reduced = on_sale(prices, at)
    return Line(
        key=key,
        product=product.id,
        variant=variant.id,
        quantity=quantity,
        price=sale if reduced else regular,
        regular_price=regular,
        sale_price=sale,
        on_sale=reduced,
        tax_status=variant.tax_status,
        tax_class=TaxClass(variant.tax_class or STANDARD),
        categories=with_ancestors(product.category_ids, categories),
        needs_shipping=variant.requires_shipping,
        shipping_class=variant.shipping_class_id or product.shipping_class_id,
    )


def with_ancestors(own: tuple[CategoryId, ...], categories: CategoryTree) -> tuple[CategoryId, ...]:
    """The product's own in the shop's order, then the ancestors of each from its parent up."""
    return (*own, *(ancestor.id for category in own for ancestor in reversed(categories.ancestors(category))))


def _text(minor: int | None, exact: str | None, currency: str) -> str:
    return exact or ("" if minor is None else decimal_text(minor, currency))
