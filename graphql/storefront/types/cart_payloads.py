"""What mutations of carts answer with."""

from datetime import datetime

import strawberry
from strawberry import ID

from spoina.cart.merging import DropReason, MergePolicy
from storefront.resolvers import cart_merges
from storefront.scalars import URL
from storefront.types.cart import BEYOND, Cart, CartUserError, CartWarning
from storefront.types.reading import read

strawberry.enum(DropReason, name="CartMergeDropReason")


@strawberry.type
class CartMergeAdded:
    line_id: ID = read(cart_merges.line)
    merchandise_id: ID = read(cart_merges.merchandise)
    quantity: int


@strawberry.type(description="Or lowered, where the policy says so.")
class CartMergeRaised:
    line_id: ID = read(cart_merges.line)
    merchandise_id: ID = read(cart_merges.merchandise)
    before: int
    now: int


@strawberry.type(description="Pieces, or a code, that are not in the cart now.")
class CartMergeDropped:
    reason: DropReason
    merchandise_id: ID | None = read(cart_merges.dropped_merchandise)
    quantity: int
    coupon: str | None = strawberry.field(name="code")


@strawberry.type(description="What became of two carts that were merged.")
class CartMerge:
    guest_cart_id: ID = read(cart_merges.guest, description="The guest's cart, without its key; for `cartMergeUndo`.")
    policy: MergePolicy
    version: int
    merged_at: datetime
    undo_until: datetime
    added: list[CartMergeAdded]
    raised: list[CartMergeRaised]
    dropped: list[CartMergeDropped]
    undone: bool


@strawberry.type
class _Payload:
    cart: Cart | None = strawberry.field(description="Null: it could not be opened.")
    user_errors: list[CartUserError] = strawberry.field(description="What was not done, and why.")
    warnings: list[CartWarning]


@strawberry.type
class _MergingPayload(_Payload):
    merge: CartMerge | None = strawberry.field(description=f"{BEYOND}null: there was nothing to merge.")


@strawberry.type
class CartCreatePayload(_Payload):
    pass


@strawberry.type
class CartBuyerIdentityUpdatePayload(_MergingPayload):
    pass


@strawberry.type
class CartMergePayload(_MergingPayload):
    pass


@strawberry.type
class CartMergeUndoPayload(_Payload):
    pass


@strawberry.type
class CartHandoffClaimPayload(_Payload):
    pass


@strawberry.type
class CartLinesAddPayload(_Payload):
    pass


@strawberry.type
class CartLinesUpdatePayload(_Payload):
    pass


@strawberry.type
class CartLinesRemovePayload(_Payload):
    pass


@strawberry.type
class CartNoteUpdatePayload(_Payload):
    pass


@strawberry.type
class CartAttributesUpdatePayload(_Payload):
    pass


@strawberry.type
class CartDiscountCodesUpdatePayload(_Payload):
    pass


@strawberry.type
class CartSelectedDeliveryOptionsUpdatePayload(_Payload):
    pass


@strawberry.type
class CartDeliveryAddressesAddPayload(_Payload):
    pass


@strawberry.type
class CartDeliveryAddressesUpdatePayload(_Payload):
    pass


@strawberry.type
class CartDeliveryAddressesRemovePayload(_Payload):
    pass


@strawberry.type
class CartDeliveryAddressesReplacePayload(_Payload):
    pass


@strawberry.type
class CartBillingAddressUpdatePayload(_Payload):
    pass


@strawberry.type
class CartChangesAcknowledgePayload(_Payload):
    pass


@strawberry.type
class CartCheckoutStartPayload(_Payload):
    pass


@strawberry.type(description="Good once, for 120 seconds.")
class CartHandoff:
    code: str
    expires_at: datetime
    url: URL = strawberry.field(description="The shop's front page with the code as `spoina-cart`.")
    qr_code: str = strawberry.field(description="The address as a QR code: SVG, as large as its place.")


@strawberry.type
class CartHandoffCreatePayload:
    handoff: CartHandoff | None
    user_errors: list[CartUserError]


@strawberry.type(description="What came of one operation of a queue.")
class CartOperationResult:
    operation_id: ID
    applied: bool
    repeated: bool = strawberry.field(description="It had been applied before; nothing was done now.")
    version: int | None = strawberry.field(description="The cart's version after it; null: it was refused.")
    lines: list[ID] = strawberry.field(name="lineIds", description="Those that it put or left there.")
    user_errors: list[CartUserError]
    warnings: list[CartWarning]


@strawberry.type
class CartOperationsApplyPayload:
    cart: Cart | None
    results: list[CartOperationResult] = strawberry.field(description="One for each operation, in their order.")
    user_errors: list[CartUserError] = strawberry.field(
        description="Those of all operations; or, without results, what is wrong with the cart."
    )
    warnings: list[CartWarning]
