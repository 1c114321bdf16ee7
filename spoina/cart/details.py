"""Everything of a cart that is neither a line nor a coupon: notes, the buyer, addresses, the delivery."""

from msgspec.structs import replace

from spoina.cart.limits import LONGEST_FIELD, LONGEST_NOTE, MOST_ADDRESSES
from spoina.cart.operations import (
    AddDeliveries,
    DeliveryInput,
    Refusal,
    RefusalCode,
    RemoveDeliveries,
    ReplaceDeliveries,
    SelectRate,
    SetAttributes,
    SetBilling,
    SetBuyer,
    SetDeliveries,
    SetNote,
)
from spoina.cart.pricing import Priced
from spoina.cart.refusals import (
    NotPossible,
    check_address,
    check_attributes,
    check_country,
    check_email,
    check_name,
    check_nip,
    check_text,
    too_many,
)
from spoina.cart.types import AddressId, CartState, DeliveryAddress


def set_note(state: CartState, operation: SetNote) -> CartState:
    return replace(state, note=check_text("note", operation.note, LONGEST_NOTE, lines=True))


def set_attributes(state: CartState, operation: SetAttributes) -> CartState:
    return replace(state, attributes=check_attributes("attributes", operation.attributes))


def set_buyer(state: CartState, operation: SetBuyer) -> CartState:
    buyer = state.buyer
    if operation.email is not None:
        buyer = replace(buyer, email=check_email("email", operation.email))
    if operation.phone is not None:
        buyer = replace(buyer, phone=check_text("phone", operation.phone, LONGEST_FIELD))
    if operation.country is not None:
        buyer = replace(buyer, country=check_country("country", operation.country))
    if operation.company is not None:
        buyer = replace(buyer, company=check_text("company", operation.company, LONGEST_FIELD))
    if operation.nip is not None:
        buyer = replace(buyer, nip=check_nip("nip", operation.nip))
    return replace(state, buyer=buyer)


def set_billing(state: CartState, operation: SetBilling) -> CartState:
    return replace(state, billing=None if operation.address is None else check_address("address", operation.address))


def add_deliveries(state: CartState, operation: AddDeliveries) -> CartState:
    """An address under a name that is there takes its place, so that two devices may add the same one."""
    if len(state.deliveries) + len(operation.addresses) > MOST_ADDRESSES:
        raise too_many("addresses", MOST_ADDRESSES, "addresses in a cart")
    for place, given in enumerate(operation.addresses):
        state = _with_delivery(state, given, f"addresses[{place}]")
    return state


def set_deliveries(state: CartState, operation: SetDeliveries) -> CartState:
    for place, given in enumerate(operation.addresses):
        _check_known(state, given.id, f"addresses[{place}].id")
        state = _with_delivery(state, given, f"addresses[{place}]")
    return state


def remove_deliveries(state: CartState, operation: RemoveDeliveries) -> CartState:
    """If the selected one goes, the first of the others is selected."""
    for place, name in enumerate(operation.addresses):
        _check_known(state, name, f"addresses[{place}]")
    kept = tuple(each for each in state.deliveries if each.id not in operation.addresses)
    if kept and not any(each.selected for each in kept):
        kept = (replace(kept[0], selected=True), *kept[1:])
    return replace(state, deliveries=kept)


def replace_deliveries(state: CartState, operation: ReplaceDeliveries) -> CartState:
    return add_deliveries(replace(state, deliveries=()), AddDeliveries(id=operation.id, addresses=operation.addresses))


def select_rate(state: CartState, operation: SelectRate, priced: Priced) -> CartState:
    if all(rate.id != operation.rate for rate in priced.answer.totals.rates):
        message = f"rate: {operation.rate[:LONGEST_FIELD]!r} is not offered for this cart"
        raise NotPossible(Refusal(code=RefusalCode.UNKNOWN_RATE, field="rate", message=message))
    return replace(state, chosen_rate=operation.rate)


def _with_delivery(state: CartState, given: DeliveryInput, field: str) -> CartState:
    address = check_address(f"{field}.address", given.address)
    name = AddressId(check_name(f"{field}.id", given.id))
    present = next((each for each in state.deliveries if each.id == name), None)
    first = not state.deliveries
    selected = given.selected if given.selected is not None else (first if present is None else present.selected)
    new = DeliveryAddress(id=name, address=address, selected=selected)
    others = state.deliveries
    if selected:
        others = tuple(replace(each, selected=False) if each.selected else each for each in others)
    if present is None:
        return replace(state, deliveries=(*others, new))
    return replace(state, deliveries=tuple(new if each.id == name else each for each in others))


def _check_known(state: CartState, name: AddressId, field: str) -> None:
    if all(each.id != name for each in state.deliveries):
        message = f"{field}: the cart has no address of this name"
        raise NotPossible(Refusal(code=RefusalCode.UNKNOWN_ADDRESS, field=field, message=message))
