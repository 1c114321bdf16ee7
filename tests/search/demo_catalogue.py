"""The demo shop's products, mapped as a synchronisation maps them, without a database."""

import json
from datetime import UTC, datetime
from functools import cache

from channels.woocommerce.mapping.context import ShopContext
from channels.woocommerce.mapping.products import map_product
from channels.woocommerce.mapping.terms import map_category
from channels.woocommerce.mapping.variations import map_variation
from channels.woocommerce.payloads import Unmappable
from search.documents import document_of, is_searchable
from search.polish.analysis import Analysis
from search.types import SearchDocument
from simulators.woocommerce.catalogue import recorded
from spoina.catalog.assembly import assemble
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product, Shop, Variant
from spoina.ids import ProductId, StockItemId

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Shop(name="Sklep", url="https://sklep.example", currency="PLN", country="PL", timezone="Europe/Warsaw", as_of=NOON)


@cache
def category_tree() -> CategoryTree:
    return CategoryTree(map_category(_encoded(item), SHOP, NOON) for item in recorded("categories"))


@cache
def products() -> tuple[tuple[Product, ...], dict[StockItemId, int]]:
    """Those that a search may find, and what is left of their counted stock."""
    context = ShopContext.of(SHOP, category_tree(), (item["slug"] for item in recorded("tax_classes")))
    variations: dict[ProductId, list[Variant]] = {}
    left: dict[StockItemId, int] = {}
    for item in recorded("variations"):
        of_variation = map_variation(_encoded(item), context, NOON)
        variations.setdefault(of_variation.parent_id, []).append(of_variation.variant)
        left |= {of_variation.stock.item: of_variation.stock.on_hand} if of_variation.stock is not None else {}
    found: list[Product] = []
    for item in recorded("products"):
        try:
            facts = map_product(_encoded(item), context, NOON)
        except Unmappable:
            continue
        left |= {facts.stock.item: facts.stock.on_hand} if facts.stock is not None else {}
        found.append(assemble(facts.product, variations.get(facts.product.id, [])))
    return tuple(product for product in found if is_searchable(product)), left


def documents(analysis: Analysis) -> tuple[SearchDocument, ...]:
    found, left = products()
    return tuple(document_of(product, category_tree(), analysis, left=left, at=NOON) for product in found)


def _encoded(item: object) -> bytes:
    return json.dumps(item).encode()
