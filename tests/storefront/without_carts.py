"""A storefront's carts where there are none: every cart is unknown."""

from spoina.cart.types import CartAccess
from spoina.customers.tokens import SignedIn
from spoina.errors import InvalidInput, NotFound
from spoina.ids import Channel, CustomerId
from spoina.orders.keys import OrderKeys
from spoina.pricing.cart.types import Place, Shop
from spoina.terms.types import Terms
from storefront.ports import CartPorts, OrderPorts


class NoCarts:
    def __getattr__(self, name: str):
        async def unknown(*_arguments: object):
            raise NotFound("cart", "at all")

        return unknown

    def follow(self, _cart: object, _since: int):
        raise NotFound("cart", "at all")

    async def of_customer(self, _customer: CustomerId, _channel: Channel) -> None:
        return None

    async def view(self, access: CartAccess, _channel: Channel):
        raise NotFound("cart", str(access.id))


class Defaults:
    shop = Shop(base=Place(country="PL"))
    terms = Terms(shop=shop)


class NoCustomers:
    def verify(self, token: str) -> SignedIn:
        raise InvalidInput("customerAccessToken", "is not valid, or not any more")


WITHOUT_ORDERS = OrderPorts(checkout=NoCarts(), book=NoCarts(), returns=NoCarts(), keys=OrderKeys(lambda: b"none opens"), feed=NoCarts())
WITHOUT_CARTS = CartPorts(
    service=NoCarts(),
    feed=NoCarts(),
    terms=Defaults(),
    customers=NoCustomers(),
    orders=WITHOUT_ORDERS,
    channel=Channel("web"),
    new_id=lambda: "operation",
)
