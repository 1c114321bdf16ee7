"""The storefront's schema: the types, joined to graphql-core without a layer in between."""

from functools import cache
from typing import cast

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from projection import keeps
from spoina.cart.views import CouponGone, LimitedQuantity, OutOfStock, PriceChanged, ProductGone
from spoina.catalog import types as catalog
from spoina.inventory.types import Location
from storefront.carts.shown import Allocation, CartShown, LineShown, PercentageValue, ShownAmount
from storefront.direct import make_direct
from storefront.orders.shown import OrderShown
from storefront.resolvers.cart_addresses import AddressShown
from storefront.resolvers.checkouts import AlreadyAccepted, Failed, Success, Throttled
from storefront.resolvers.metafield_reads import MetafieldOf
from storefront.resolvers.option_reads import OptionValue, ProductOption
from storefront.scalars import SCALARS
from storefront.standing import OF_PRODUCT, OF_VARIANT
from storefront.types.cart import (
    CartDiscountCodeGoneChange,
    CartLimitedQuantityChange,
    CartOutOfStockChange,
    CartPriceChange,
    CartProductGoneChange,
)
from storefront.types.cart_lines import CartCodeDiscountAllocation, CartLine, ComponentizableCartLine
from storefront.types.content import MenuItem, Page
from storefront.types.image import MediaImage
from storefront.types.mutation import Mutation
from storefront.types.query import Query, in_context
from storefront.types.subscription import Subscription

NAMES: dict[type, str] = {
    catalog.Product: "Product",
    catalog.Variant: "ProductVariant",
    catalog.Category: "Collection",
    catalog.Page: "Page",
    catalog.Shop: "Shop",
    catalog.Image: "MediaImage",
    catalog.Menu: "Menu",
    catalog.MenuItem: "MenuItem",
    MetafieldOf: "Metafield",
    ProductOption: "ProductOption",
    OptionValue: "ProductOptionValue",
    Location: "Location",
    LineShown: "CartLine",
    Allocation: "CartCodeDiscountAllocation",
    ShownAmount: "MoneyV2",
    PercentageValue: "PricingPercentageValue",
    AddressShown: "CartDeliveryAddress",
    CartShown: "Cart",
    PriceChanged: "CartPriceChange",
    OutOfStock: "CartOutOfStockChange",
    LimitedQuantity: "CartLimitedQuantityChange",
    ProductGone: "CartProductGoneChange",
    CouponGone: "CartDiscountCodeGoneChange",
    OrderShown: "Order",
    Success: "SubmitSuccess",
    AlreadyAccepted: "SubmitAlreadyAccepted",
    Failed: "SubmitFailed",
    Throttled: "SubmitThrottled",
}

KEPT = {"Product": OF_PRODUCT, "ProductVariant": OF_VARIANT, "Collection": None, "Page": None}
"""The catalogue's own frozen documents: they stay in memory until they are replaced by others. With what else their settled fields
depend on."""


class _Schema(strawberry.Schema):
    def direct(self) -> GraphQLSchema:
        make_direct(self._schema, NAMES)
        for name, standing in KEPT.items():
            keeps(cast("GraphQLObjectType", self._schema.type_map[name]), standing)
        return self._schema


@cache
def served_schema() -> GraphQLSchema:
    """A process makes it once: it knows nothing of a shop."""
    return build_schema()


def build_schema() -> GraphQLSchema:
    return _described().direct()


def _described() -> _Schema:
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[
            MediaImage,
            MenuItem,
            Page,
            CartLine,
            ComponentizableCartLine,
            CartCodeDiscountAllocation,
            CartPriceChange,
            CartOutOfStockChange,
            CartLimitedQuantityChange,
            CartProductGoneChange,
            CartDiscountCodeGoneChange,
        ],
        directives=[in_context],
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=False),
    )
