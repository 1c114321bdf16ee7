"""Reads what rules need to know: from memory, unless a product or a coupon is asked for the first time."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from spoina.cart.pricing import CatalogueLines, Totals
from spoina.cart.views import Merchandise
from spoina.cart.world import World
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product, Shop, Variant
from spoina.clock import Clock
from spoina.ids import Channel, StockItemId, VariantId
from spoina.pricing.cart import types as pricing


class Catalogue(Protocol):
    @property
    def shop(self) -> Shop: ...
    @property
    def categories(self) -> CategoryTree: ...
    async def variants(self, ids: Sequence[VariantId]) -> Sequence[tuple[Product, Variant] | None]: ...


class Terms(Protocol):
    @property
    def shop(self) -> pricing.Shop: ...
    async def coupons(self, entered: Iterable[str]) -> Mapping[pricing.CouponCode, pricing.Coupon]: ...


Left = Callable[[StockItemId, Channel], int | None]


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """Of one moment, for carts of any channel."""

    now: datetime
    shop: pricing.Shop
    currency: str
    merchandise: Mapping[VariantId, Merchandise]
    coupons: Mapping[pricing.CouponCode, pricing.Coupon]


class Worlds:
    """One per process."""

    def __init__(self, catalogue: Catalogue, terms: Terms, left: Left, clock: Clock) -> None:
        self._catalogue, self._terms, self._left, self.clock = catalogue, terms, left, clock
        self._lines = CatalogueLines(catalogue)
        self.totals = Totals()

    async def know(self, variants: Collection[VariantId], codes: Collection[pricing.CouponCode]) -> Knowledge:
        """Raises NotFound before the shop was synchronised for the first time."""
        ids = list(variants)
        found = await self._catalogue.variants(ids) if ids else ()
        return Knowledge(
            now=self.clock(),
            shop=self._terms.shop,
            currency=self._catalogue.shop.currency,
            merchandise={variant: Merchandise(*pair) for variant, pair in zip(ids, found, strict=True) if pair is not None},
            coupons=await self._terms.coupons(codes) if codes else {},
        )

    def world(self, knowledge: Knowledge, channel: Channel) -> World:
        """As the channel sees it."""
        return World(
            now=knowledge.now,
            shop=knowledge.shop,
            currency=knowledge.currency,
            merchandise=knowledge.merchandise,
            coupons=knowledge.coupons,
            left=lambda item: self._left(item, channel),
            line_of=self._lines.line_of,
        )
