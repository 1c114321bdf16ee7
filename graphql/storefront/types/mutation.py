"""The mutations: carts, and the orders that they become."""

import strawberry

from storefront.resolvers import cart_handoffs, cart_mutations, checkouts
from storefront.types.cart import BEYOND
from storefront.types.cart_payloads import (
    CartAttributesUpdatePayload,
    CartBillingAddressUpdatePayload,
    CartBuyerIdentityUpdatePayload,
    CartChangesAcknowledgePayload,
    CartCheckoutStartPayload,
    CartCreatePayload,
    CartDeliveryAddressesAddPayload,
    CartDeliveryAddressesRemovePayload,
    CartDeliveryAddressesReplacePayload,
    CartDeliveryAddressesUpdatePayload,
    CartDiscountCodesUpdatePayload,
    CartHandoffClaimPayload,
    CartHandoffCreatePayload,
    CartLinesAddPayload,
    CartLinesRemovePayload,
    CartLinesUpdatePayload,
    CartMergePayload,
    CartMergeUndoPayload,
    CartNoteUpdatePayload,
    CartOperationsApplyPayload,
    CartSelectedDeliveryOptionsUpdatePayload,
)
from storefront.types.checkout import CartSubmitForCompletionPayload, OrderReturnRequestPayload
from storefront.types.reading import read

ONCE = "Sent again with the same `operationId` (within 30 days), it is done once."


@strawberry.type(description=ONCE)
class Mutation:
    cart_create: CartCreatePayload | None = read(
        cart_mutations.create,
        description="With a customer's token: the cart that the customer has already, if there is one. There is no `operationId`, because "
        "no cart is there yet that could remember it: sent again, it makes another cart, and the first one expires.",
    )
    cart_buyer_identity_update: CartBuyerIdentityUpdatePayload | None = read(
        cart_mutations.buyer_update, description="What is left out stays, an empty text is taken away."
    )
    cart_lines_add: CartLinesAddPayload | None = read(
        cart_mutations.lines_add, description="Equal merchandise joins the line that is there."
    )
    cart_lines_update: CartLinesUpdatePayload | None = read(cart_mutations.lines_update, description="A quantity of 0 removes the line.")
    cart_lines_remove: CartLinesRemovePayload | None = read(
        cart_mutations.lines_remove, description="For good: changes that come for these lines later are refused (`LINE_REMOVED`)."
    )
    cart_note_update: CartNoteUpdatePayload | None = read(cart_mutations.note_update)
    cart_attributes_update: CartAttributesUpdatePayload | None = read(
        cart_mutations.attributes_update, description="The whole list: attributes that are not in it are removed."
    )
    cart_discount_codes_update: CartDiscountCodesUpdatePayload | None = read(
        cart_mutations.codes_update, description="The whole list. A code that is not taken is warned of; the others are taken."
    )
    cart_selected_delivery_options_update: CartSelectedDeliveryOptionsUpdatePayload | None = read(cart_mutations.options_update)
    cart_delivery_addresses_add: CartDeliveryAddressesAddPayload | None = read(cart_mutations.addresses_add)
    cart_delivery_addresses_update: CartDeliveryAddressesUpdatePayload | None = read(cart_mutations.addresses_update)
    cart_delivery_addresses_remove: CartDeliveryAddressesRemovePayload | None = read(cart_mutations.addresses_remove)
    cart_delivery_addresses_replace: CartDeliveryAddressesReplacePayload | None = read(
        cart_mutations.addresses_replace, description="The whole list: addresses that are not in it are removed."
    )
    cart_billing_address_update: CartBillingAddressUpdatePayload | None = read(cart_mutations.billing_update)
    cart_changes_acknowledge: CartChangesAcknowledgePayload | None = read(
        cart_mutations.changes_acknowledge, description=f"{BEYOND}the shopper has seen these changes, by their keys."
    )
    cart_checkout_start: CartCheckoutStartPayload | None = read(
        cart_mutations.checkout_start,
        description=f"{BEYOND}holds the stock of what is in it, where the channel does that then (`holdExpiresAt`).",
    )
    cart_merge: CartMergePayload | None = read(
        cart_mutations.merge, description=f"{BEYOND}puts what is in the guest's cart into this one, once; undone within 15 minutes."
    )
    cart_merge_undo: CartMergeUndoPayload | None = read(
        cart_mutations.merge_undo, description=f"{BEYOND}both carts are again what they were; not once the cart was changed."
    )
    cart_handoff_create: CartHandoffCreatePayload | None = read(
        cart_handoffs.handoff_create,
        description=f"{BEYOND}a code with which another device goes on with this cart: good once, for 120 seconds. An earlier one is void.",
    )
    cart_handoff_claim: CartHandoffClaimPayload | None = read(
        cart_handoffs.handoff_claim,
        description=f"{BEYOND}opens the cart of a code (or of the address that has it); the cart's id has a key of this device's own.",
    )
    cart_operations_apply: CartOperationsApplyPayload | None = read(
        cart_mutations.operations_apply,
        description=f"{BEYOND}the queue of a device that was offline, at most 200 operations: each is applied whole, or refused by itself.",
    )
    cart_submit_for_completion: CartSubmitForCompletionPayload | None = read(
        checkouts.submit,
        description="The cart becomes an order, once: the same `attemptToken` with the same content answers with the same order. "
        "Checks that the shopper knows the cart as it is, and holds its stock.",
    )
    order_return_request: OrderReturnRequestPayload | None = read(
        checkouts.request_return,
        description=f"{BEYOND}asks the shop to take goods back; the same `requestToken` is the same return.",
    )
