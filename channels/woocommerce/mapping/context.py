"""What a product is read against: the shop's settings, its category tree and its tax classes."""

from collections.abc import Iterable, Mapping

import msgspec

from channels.woocommerce.mapping.amounts import GRAMS, MILLIMETRES
from channels.woocommerce.payloads import Text
from spoina.catalog.types import Category, Shop
from spoina.ids import CategoryId


class ShopContext(msgspec.Struct, frozen=True, kw_only=True):
    shop: Shop
    category_depth: Mapping[CategoryId, int]
    tax_classes: frozenset[str]
    grams: float
    """Grams in the shop's unit of weight."""
    millimetres: float
    foreign_scheme: str
    """The shop's address with the scheme it does not use, as some of its answers begin."""

    @classmethod
    def of(cls, shop: Shop, categories: Iterable[Category], tax_classes: Iterable[str]) -> "ShopContext":
        """`tax_classes` are the slugs the shop knows; the standard class need not be among them."""
        return cls(
            shop=shop,
            category_depth=depths({category.id: category.parent_id for category in categories}),
            tax_classes=frozenset({"", "standard", *tax_classes}),
            grams=GRAMS.get(shop.weight_unit, 1000.0),
            millimetres=MILLIMETRES.get(shop.dimension_unit, 10.0),
            foreign_scheme=_foreign_scheme(shop),
        )

    def own_url(self, url: Text) -> str:
        return _under(self.shop, self.foreign_scheme, url)


def own_url(shop: Shop, url: Text) -> str:
    """The address under the shop's own scheme: what WooCommerce writes there depends on how it was asked (its cron knows no TLS)."""
    return _under(shop, _foreign_scheme(shop), url)


def _under(shop: Shop, foreign_scheme: str, url: Text) -> str:
    if not isinstance(url, str):
        return ""
    return f"{shop.url}/{url[len(foreign_scheme) :]}" if url.startswith(foreign_scheme) else url


def _foreign_scheme(shop: Shop) -> str:
    scheme, _, rest = shop.url.partition("://")
    return f"{'http' if scheme == 'https' else 'https'}://{rest}/"


def depths(parents: Mapping[CategoryId, CategoryId | None]) -> dict[CategoryId, int]:
    """How many ancestors each category has; a parent that is missing or leads round in a circle counts as none."""
    known: dict[CategoryId, int] = {}
    for category in parents:
        trail: list[CategoryId] = []
        at: CategoryId | None = category
        while at is not None and at in parents and at not in known and at not in trail:
            trail.append(at)
            at = parents[at]
        depth = known.get(at, -1) if at is not None else -1
        for passed in reversed(trail):
            depth += 1
            known[passed] = depth
    return known
