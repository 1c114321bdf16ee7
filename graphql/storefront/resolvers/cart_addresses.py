"""Where a cart is to go and who buys it."""

import msgspec
from strawberry import Parent

from spoina.cart.types import Address, AddressId, DeliveryAddress
from spoina.pricing.cart.outcome import OfferedRate
from storefront.carts.naming import address_gid, token_in
from storefront.carts.shown import Basis, CartShown, LineShown, ShownAmount
from storefront.connections import Connection, slice_of, window
from storefront.ids import gid
from storefront.resolvers import Info
from storefront.resolvers.cart_reads import page_of

GROUP = gid("CartDeliveryGroup", 1)
"""WooCommerce sends a cart in one parcel; the group is the same in every cart."""
NOWHERE = AddressId("none")


class AddressShown(msgspec.Struct, frozen=True, kw_only=True):
    """ "" is null in the dialect."""

    first_name: str | None
    last_name: str | None
    name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    zip: str | None
    city: str | None
    province_code: str | None
    country_code: str | None
    phone: str | None
    formatted_area: str | None


class MailingShown(AddressShown, frozen=True, kw_only=True):
    id: str


class SelectableShown(msgspec.Struct, frozen=True):
    id: str
    address: AddressShown
    selected: bool
    one_time_use: bool = False


class Option(msgspec.Struct, frozen=True):
    """A way of delivery."""

    handle: str
    title: str
    estimated_cost: ShownAmount
    delivery_method_type: str
    chosen: bool


class Group(msgspec.Struct, frozen=True):
    cart: CartShown
    delivery_options: list[Option]


class Buyer(msgspec.Struct, frozen=True):
    """`id` None: nobody is signed in. `token`: what proves that the reader is the customer."""

    email: str | None
    phone: str | None
    country_code: str | None
    company: str | None
    nip: str | None
    id: str | None
    token: str | None = None


def delivery_groups(
    cart: Parent[CartShown],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    with_carrier_rates: bool = False,
) -> Connection[Group]:
    """One, or none where nothing needs to be sent. `with_carrier_rates` changes nothing: every rate is worked out."""
    groups = [Group(cart, _options(cart))] if any(line.needs_shipping for line in cart.lines) else []
    return slice_of(groups, window(first, last, after, before, reverse=reverse), lambda index, _: (index,))


def province(address: Parent[AddressShown]) -> str | None:
    return address.province_code


def country(address: Parent[AddressShown]) -> str | None:
    return address.country_code


def option_code(option: Parent[Option]) -> str:
    return option.handle


def group_id(_group: Parent[Group]) -> str:
    return GROUP


def group_type(_group: Parent[Group]) -> str:
    return "ONE_TIME_PURCHASE"


def group_lines(
    group: Parent[Group],
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[LineShown]:
    sent = [line for line in group.cart.lines if line.needs_shipping]
    return page_of(info.context, sent, window(first, last, after, before, reverse=reverse))


def group_address(group: Parent[Group], info: Info) -> MailingShown:
    """What is known of it: the selected address, else no more than a country."""
    state = group.cart.view.cart.state
    selected = next((each for each in state.deliveries if each.selected), None)
    if selected is None:
        country = state.buyer.country or info.context.shop.country
        selected = DeliveryAddress(id=NOWHERE, address=Address(country=country), selected=True)
    return MailingShown(id=address_gid(selected.id), **msgspec.structs.asdict(_shown(selected.address)))


def selected_option(group: Parent[Group]) -> Option | None:
    return next((option for option in group.delivery_options if option.chosen), None)


def deliveries(cart: Parent[CartShown], selected: bool | None = None) -> list[SelectableShown]:
    """`selected` True: only the one that is."""
    found = [each for each in cart.view.cart.state.deliveries if each.selected or not selected]
    return [SelectableShown(address_gid(each.id), _shown(each.address), each.selected) for each in found]


def formatted(address: Parent[AddressShown], with_name: bool = False, with_company: bool = True) -> list[str]:
    parts = (
        address.name if with_name else None,
        address.company if with_company else None,
        address.address1,
        address.address2,
        " ".join(filter(None, (address.zip, address.city))),
        address.country_code,
    )
    return [part for part in parts if part]


def delivery(cart: Parent[CartShown]) -> CartShown:
    return cart


def buyer_identity(cart: Parent[CartShown], info: Info) -> Buyer:
    state, customer = cart.view.cart.state.buyer, cart.view.cart.customer
    return Buyer(
        state.email or None,
        state.phone or None,
        state.country or info.context.shop.country or None,
        state.company or None,
        state.nip or None,
        None if customer is None else gid("Customer", customer),
        token_in(cart.id),
    )


def buyer_customer(buyer: Parent[Buyer]) -> Buyer | None:
    return None if buyer.id is None else buyer


def customer_name(buyer: Parent[Buyer]) -> str:
    return buyer.email or ""


def no_preferences(_buyer: Parent[Buyer]) -> list[MailingShown]:
    return []


def _shown(address: Address) -> AddressShown:
    return AddressShown(
        first_name=address.first_name or None,
        last_name=address.last_name or None,
        name=" ".join(filter(None, (address.first_name, address.last_name))) or None,
        company=address.company or None,
        address1=address.address1 or None,
        address2=address.address2 or None,
        zip=address.postcode or None,
        city=address.city or None,
        province_code=address.state or None,
        country_code=address.country or None,
        phone=address.phone or None,
        formatted_area=", ".join(filter(None, (address.city, address.state, address.country))) or None,
    )


def _options(cart: CartShown) -> list[Option]:
    return [_option(rate, cart.basis) for rate in cart.view.answer.totals.rates]


def _option(rate: OfferedRate, basis: Basis) -> Option:
    kind = "PICK_UP" if rate.id.partition(":")[0] == "local_pickup" else "SHIPPING"
    return Option(rate.id, rate.title, basis.amount(basis.of(rate.price, rate.tax)), kind, rate.chosen)
