"""Lines of a cart, and what they cost."""

from enum import StrEnum
from typing import Annotated

import strawberry
from strawberry import ID

from storefront.resolvers import cart_reads, product_reads
from storefront.types.common import MoneyV2, Node, SelectedOption
from storefront.types.reading import read
from storefront.types.variant import ProductVariant

Merchandise = Annotated[ProductVariant, strawberry.union("Merchandise", description="What a line can be of.")]


@strawberry.type
class Attribute:
    key: str
    value: str | None


@strawberry.enum
class DiscountApplicationAllocationMethod(StrEnum):
    ACROSS = "ACROSS"
    EACH = "EACH"


@strawberry.enum
class DiscountApplicationTargetSelection(StrEnum):
    ALL = "ALL"
    ENTITLED = "ENTITLED"


@strawberry.enum
class DiscountApplicationTargetType(StrEnum):
    LINE_ITEM = "LINE_ITEM"
    SHIPPING_LINE = "SHIPPING_LINE"


@strawberry.type
class PricingPercentageValue:
    percentage: float


PricingValue = Annotated[MoneyV2 | PricingPercentageValue, strawberry.union("PricingValue")]


@strawberry.type(description="A coupon as such, wherever it is applied.")
class CartDiscountApplication:
    allocation_method: DiscountApplicationAllocationMethod
    target_selection: DiscountApplicationTargetSelection
    target_type: DiscountApplicationTargetType
    value: PricingValue


@strawberry.interface(description="What a discount takes off a line or a cart.")
class CartDiscountAllocation:
    discounted_amount: MoneyV2
    discount_application: CartDiscountApplication
    target_type: DiscountApplicationTargetType


@strawberry.type(description="By a coupon's code: WooCommerce knows no others.")
class CartCodeDiscountAllocation(CartDiscountAllocation):
    code: str


@strawberry.type(description="As the shop's own cart shows amounts: with or without tax.")
class CartLineCost:
    amount_per_quantity: MoneyV2 = strawberry.field(description="Of one piece, rounded; a line's amounts are rounded once.")
    compare_at_amount_per_quantity: MoneyV2 | None
    subtotal_amount: MoneyV2 = strawberry.field(description="Before discounts.")
    total_amount: MoneyV2 = strawberry.field(description="After the line's own discounts, before those of the cart.")


@strawberry.type
class CartLineInstructions:
    can_remove: bool = read(cart_reads.can_remove)
    can_update_quantity: bool = read(cart_reads.can_update)


@strawberry.interface(description="A line of a cart.")
class BaseCartLine(Node):
    id: ID
    quantity: int
    merchandise: Merchandise = strawberry.field(description="What is not sold any more has its number and nothing else.")
    cost: CartLineCost
    attribute: Attribute | None = read(cart_reads.line_attribute)
    attributes: list[Attribute]
    discount_allocations: list[CartDiscountAllocation]


@strawberry.type
class CartLine(BaseCartLine):
    instructions: CartLineInstructions = read(cart_reads.line_instructions)
    parent_relationship: Annotated["CartLineParentRelationship", strawberry.lazy("storefront.types.cart_lines")] | None = read(
        product_reads.nothing
    )
    selected_options: list[SelectedOption] = read(cart_reads.choices, description="Values chosen for options that the variant leaves open.")
    left: int | None = strawberry.field(name="quantityAvailable", description="How many this cart can have; null without limit.")


@strawberry.type(description="Lines have no parents here.")
class CartLineParentRelationship:
    parent: CartLine


@strawberry.type(description="A bundle, of which WooCommerce has none; so that documents run unmodified.")
class ComponentizableCartLine(BaseCartLine):
    line_components: list[CartLine]
