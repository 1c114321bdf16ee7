"""From the dialect's inputs to operations of the domain. Nothing is judged here: what makes no sense is refused where carts are known."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from strawberry.utils.str_converters import to_camel_case

from spoina.cart.operations import (
    Acknowledge,
    AddDeliveries,
    AddLines,
    AnyOperation,
    DeliveryInput,
    EnterCoupon,
    LineChange,
    NewLine,
    RemoveCoupon,
    RemoveDeliveries,
    RemoveLines,
    ReplaceDeliveries,
    SelectRate,
    SetAttributes,
    SetBuyer,
    SetCoupons,
    SetDeliveries,
    SetLines,
    SetNote,
)
from spoina.cart.types import Address, AddressId, Attribute, ChangeKey
from spoina.errors import InvalidInput
from spoina.ids import OperationId, VariantId
from spoina.pricing.cart.types import RateId
from storefront.carts.naming import NO_VARIANT, address_name, line_number
from storefront.ids import number_of
from storefront.inputs import SelectedOptionInput
from storefront.types.cart_inputs import (
    AttributeInput,
    CartAddressInput,
    CartBuyerIdentityInput,
    CartInput,
    CartLineInput,
    CartLineUpdateInput,
    CartOperationInput,
    CartSelectableAddressInput,
    CartSelectableAddressUpdateInput,
    MailingAddressInput,
)

Addresses = Sequence[CartSelectableAddressUpdateInput]


def variant_number(text: str) -> VariantId:
    try:
        return VariantId(number_of(text, "ProductVariant") or NO_VARIANT)
    except InvalidInput:
        return NO_VARIANT


def add_lines(name: OperationId, lines: Sequence[CartLineInput]) -> AddLines:
    return AddLines(
        id=name,
        lines=tuple(
            NewLine(
                variant=variant_number(line.merchandise_id),
                quantity=line.quantity,
                id=None if line.id is None else line_number(line.id),
                choices=_choices(line.selected_options) or (),
                attributes=_attributes(line.attributes) or (),
            )
            for line in lines
        ),
    )


def set_lines(name: OperationId, lines: Sequence[CartLineUpdateInput]) -> SetLines:
    return SetLines(
        id=name,
        lines=tuple(
            LineChange(
                id=line_number(line.id),
                quantity=line.quantity,
                variant=None if line.merchandise_id is None else variant_number(line.merchandise_id),
                choices=_choices(line.selected_options),
                attributes=_attributes(line.attributes),
            )
            for line in lines
        ),
    )


def remove_lines(name: OperationId, lines: Sequence[str]) -> RemoveLines:
    return RemoveLines(id=name, lines=tuple(map(line_number, lines)))


def set_attributes(name: OperationId, attributes: Sequence[AttributeInput]) -> SetAttributes:
    return SetAttributes(id=name, attributes=_attributes(attributes) or ())


def set_buyer(name: OperationId, buyer: CartBuyerIdentityInput, country: str | None = None) -> SetBuyer | None:
    """None: nothing is said of the buyer but perhaps who he is. `country`: where nothing else is said."""
    said = buyer.country_code or country
    given = (buyer.email, buyer.phone, said, buyer.company, buyer.nip)
    if all(each is None for each in given):
        return None
    return SetBuyer(id=name, email=buyer.email, phone=buyer.phone, country=said, company=buyer.company, nip=buyer.nip)


def add_deliveries(name: OperationId, addresses: Sequence[CartSelectableAddressInput]) -> AddDeliveries:
    return AddDeliveries(id=name, addresses=_new_deliveries(name, addresses))


def replace_deliveries(name: OperationId, addresses: Sequence[CartSelectableAddressInput]) -> ReplaceDeliveries:
    return ReplaceDeliveries(id=name, addresses=_new_deliveries(name, addresses))


def set_deliveries(name: OperationId, addresses: Addresses, known: dict[AddressId, Address]) -> SetDeliveries:
    """`known`: those that are there, for who changes only which one is selected."""
    return SetDeliveries(
        id=name,
        addresses=tuple(
            DeliveryInput(
                id=address_name(each.id),
                address=address_of(each.address) if each.address else known.get(address_name(each.id), Address()),
                selected=each.selected,
            )
            for each in addresses
        ),
    )


def remove_deliveries(name: OperationId, addresses: Sequence[str]) -> RemoveDeliveries:
    return RemoveDeliveries(id=name, addresses=tuple(map(address_name, addresses)))


def acknowledge(name: OperationId, changes: Sequence[str]) -> Acknowledge:
    return Acknowledge(id=name, changes=tuple(map(ChangeKey, changes)))


def address_of(given: CartAddressInput) -> Address:
    address = given.delivery_address
    if address is None:
        return Address()
    return Address(
        first_name=address.first_name or "",
        last_name=address.last_name or "",
        company=address.company or "",
        address1=address.address1 or "",
        address2=address.address2 or "",
        city=address.city or "",
        state=address.province_code or "",
        postcode=address.zip or "",
        country=address.country_code or "",
        phone=address.phone or "",
    )


def mailing_address(given: MailingAddressInput) -> Address:
    return Address(
        first_name=given.first_name or "",
        last_name=given.last_name or "",
        company=given.company or "",
        address1=given.address1 or "",
        address2=given.address2 or "",
        city=given.city or "",
        state=given.province or "",
        postcode=given.zip or "",
        country=given.country or "",
        phone=given.phone or "",
    )


def of_new_cart(given: CartInput, name: str, country: str | None) -> list[AnyOperation]:
    """What a cart begins with. Each operation's name is made of `name`."""
    found: list[AnyOperation | None] = [
        set_buyer(_part(name, "buyer"), given.buyer_identity or CartBuyerIdentityInput(), country),
        add_deliveries(_part(name, "delivery"), given.delivery.addresses) if given.delivery and given.delivery.addresses else None,
        add_lines(_part(name, "lines"), given.lines) if given.lines else None,
        SetCoupons(id=_part(name, "codes"), codes=tuple(given.discount_codes)) if given.discount_codes else None,
        SetNote(id=_part(name, "note"), note=given.note) if given.note else None,
        set_attributes(_part(name, "attributes"), given.attributes) if given.attributes else None,
    ]
    return [each for each in found if each is not None]


def of_queue(given: CartOperationInput, known: dict[AddressId, Address]) -> AnyOperation:
    """Raises InvalidInput unless it says exactly one thing that can wait."""
    if given.buyer_identity is not None and given.buyer_identity.customer_access_token is not None:
        raise InvalidInput("buyerIdentity.customerAccessToken", "nobody signs in from a queue: use cartBuyerIdentityUpdate")
    name, found = OperationId(given.operation_id), list[AnyOperation]()
    if given.lines_add is not None:
        found.append(add_lines(name, given.lines_add))
    if given.lines_update is not None:
        found.append(set_lines(name, given.lines_update))
    if given.lines_remove is not None:
        found.append(remove_lines(name, given.lines_remove))
    if given.note is not None:
        found.append(SetNote(id=name, note=given.note))
    if given.attributes is not None:
        found.append(set_attributes(name, given.attributes))
    if given.buyer_identity is not None and (buyer := set_buyer(name, given.buyer_identity)):
        found.append(buyer)
    if given.changes_acknowledge is not None:
        found.append(acknowledge(name, given.changes_acknowledge))
    found += [*_of_coupons(given, name), *_of_delivery(given, name, known)]
    if len(found) != 1:
        raise InvalidInput("operations", f"each must say exactly one thing, and this one says {len(found)}")
    return found[0]


def said_in(given: CartOperationInput) -> str:
    """The one member that an operation of a queue has beside its id, as clients write it."""
    members = (name for name in given.__dataclass_fields__ if name != "operation_id" and getattr(given, name) is not None)
    return to_camel_case(next(members))


def _of_coupons(given: CartOperationInput, name: OperationId) -> list[AnyOperation]:
    found: list[AnyOperation] = []
    if given.discount_codes is not None:
        found.append(SetCoupons(id=name, codes=tuple(given.discount_codes)))
    if given.discount_code_add is not None:
        found.append(EnterCoupon(id=name, code=given.discount_code_add))
    if given.discount_code_remove is not None:
        found.append(RemoveCoupon(id=name, code=given.discount_code_remove))
    return found


def _of_delivery(given: CartOperationInput, name: OperationId, known: dict[AddressId, Address]) -> list[AnyOperation]:
    found: list[AnyOperation] = []
    if given.delivery_addresses_add is not None:
        found.append(add_deliveries(name, given.delivery_addresses_add))
    if given.delivery_addresses_update is not None:
        found.append(set_deliveries(name, given.delivery_addresses_update, known))
    if given.delivery_addresses_remove is not None:
        found.append(remove_deliveries(name, given.delivery_addresses_remove))
    if given.delivery_option_handle is not None:
        found.append(SelectRate(id=name, rate=RateId(given.delivery_option_handle)))
    return found


def needs_addresses(addresses: Addresses | None) -> bool:
    return any(each.address is None for each in addresses or ())


def _attributes(given: Sequence[AttributeInput] | None) -> tuple[Attribute, ...] | None:
    return None if given is None else tuple(Attribute(each.key, each.value) for each in given)


def _choices(given: Sequence[SelectedOptionInput] | None) -> tuple[Attribute, ...] | None:
    return None if given is None else tuple(Attribute(each.name, each.value) for each in given)


def _new_deliveries(name: OperationId, addresses: Sequence[CartSelectableAddressInput]) -> tuple[DeliveryInput, ...]:
    """Their names follow from the operation's, so that an operation sent again is the same."""
    return tuple(
        DeliveryInput(id=_address_id(name, index), address=address_of(each.address), selected=each.selected)
        for index, each in enumerate(addresses)
    )


def _address_id(operation: OperationId, index: int) -> AddressId:
    return AddressId(uuid5(NAMESPACE_URL, f"{operation}/{index}").hex)


def _part(name: str, part: str) -> OperationId:
    return OperationId(f"{name}.{part}")
