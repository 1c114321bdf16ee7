"""A cart that becomes an order, and what its customer may ask for afterwards."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from spoina.checkout.types import ProblemCode
from storefront.resolvers import checkouts
from storefront.scalars import URL
from storefront.types.cart import BEYOND, Cart, CartChanges, CartUserError
from storefront.types.order import Order, OrderReturn
from storefront.types.reading import read

strawberry.enum(
    ProblemCode, name="SubmissionErrorCode", description="Why a cart cannot become an order: the dialect's codes, and those that it lacks."
)


@strawberry.type
class SubmissionError:
    code: ProblemCode
    message: str | None
    field: list[str] = strawberry.field(description=f"{BEYOND}where to mend it.")
    line_id: ID | None = read(checkouts.problem_line, description=f"{BEYOND}the cart's line that is concerned.")
    left: int | None = strawberry.field(description=f"{BEYOND}how many of it there are.")


@strawberry.type(description="The order is placed. The same token with the same content always answers with this order.")
class SubmitSuccess:
    attempt_id: str
    redirect_url: URL = strawberry.field(
        description="For the customer's browser: leads to the payment page as soon as there is one, or to the order's own page."
    )
    order: Order = strawberry.field(description=f"{BEYOND}the order.")


@strawberry.type(description="Another submission of this cart, with another token, made it an order before.")
class SubmitAlreadyAccepted:
    attempt_id: str
    order: Order = strawberry.field(description=f"{BEYOND}the order.")


@strawberry.type(description="Nothing was done.")
class SubmitFailed:
    checkout_url: URL | None
    errors: list[SubmissionError] = strawberry.field(description="All that is wrong.")
    changes: CartChanges | None = strawberry.field(
        description=f"{BEYOND}what changed since the shopper looked, where that is the reason: after `version`, and not acknowledged yet."
    )
    cart: Cart | None = strawberry.field(description=f"{BEYOND}the cart as it is.")


@strawberry.type(description="It is not known yet whether the order was placed: ask again with the same token.")
class SubmitThrottled:
    poll_after: datetime


CartSubmitForCompletionResult = Annotated[
    SubmitAlreadyAccepted | SubmitFailed | SubmitSuccess | SubmitThrottled, strawberry.union("CartSubmitForCompletionResult")
]


@strawberry.type
class CartSubmitForCompletionPayload:
    result: CartSubmitForCompletionResult | None = strawberry.field(description="Null: the cart could not be opened.")
    user_errors: list[CartUserError]


@strawberry.type
class OrderUserError:
    code: str
    field: list[str] | None
    message: str


@strawberry.type
class OrderReturnRequestPayload:
    order_return: OrderReturn | None
    user_errors: list[OrderUserError]
