"""What a shopper says at the checkout, and of what comes back."""

import strawberry
from strawberry import ID

from spoina.orders.types import PaymentWay
from storefront.scalars import Decimal


@strawberry.input(description="By WooCommerce's id of the method, or only the way; ONLINE leaves the choice to the shop's payment page.")
class CartPaymentInput:
    way: PaymentWay = PaymentWay.ONLINE
    method_id: ID | None = None


@strawberry.input(description="A parcel locker or shop: provider `inpost`, code `KRA96M`.")
class PickupPointInput:
    provider: str
    code: str
    name: str | None = None
    address: str | None = None


@strawberry.input(description="In the words that the customer was shown; kept with the order.")
class CheckoutConsentInput:
    key: str
    text: str
    given: bool
    required: bool | None = None
    version: str | None = None
    language: str | None = None


@strawberry.input(description="What the shopper saw and chose last. What is left out is not checked.")
class CartSubmissionInput:
    version: int | None = strawberry.field(default=None, description="Of the cart, as the shopper saw it.")
    total_amount: Decimal | None = strawberry.field(default=None, description="What the shopper was told to pay.")
    payment: CartPaymentInput | None = None
    pickup_point: PickupPointInput | None = None
    consents: list[CheckoutConsentInput] | None = None


@strawberry.input
class OrderReturnLineInput:
    line_item_id: ID
    quantity: int
