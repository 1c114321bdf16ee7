"""A shopper who goes through a recorded cart at the cart service, step by step, and tells what is seen there in the recording's words."""

import html
from itertools import count

from spoina.cart.operations import (
    AddDeliveries,
    AddLines,
    AnyOperation,
    Applied,
    DeliveryInput,
    EnterCoupon,
    LineChange,
    NewLine,
    Refusal,
    Refused,
    RemoveCoupon,
    RemoveLines,
    SelectRate,
    SetBilling,
    SetBuyer,
    SetDeliveries,
    SetLines,
)
from spoina.cart.service import Carts
from spoina.cart.types import Address, AddressId, Attribute, CartAccess, Device
from spoina.cart.views import Answered, CartView, WarningKind
from spoina.ids import CartLineId, Channel, OperationId, VariantId
from spoina.pricing.cart.types import CouponRefusal, LineKey, RateId
from tests.contract.carts import shopper
from tests.contract.carts.recordings import Json, Recording, catalogue

WEB = Device(channel=Channel("web"))
HOME = AddressId("home")
FIELDS = {"first_name": "first_name", "last_name": "last_name", "address_1": "address1"} | {
    name: name for name in ("company", "city", "postcode", "country", "state", "phone")
}


class Servant:
    """`said`: the refusal of the last step; `total`: of the last answer, which a refused step does not make anew."""

    def __init__(self, carts: Carts, recording: Recording) -> None:
        self._carts, self._recording = carts, recording
        self._numbers = count(1)
        self._lines: dict[str, CartLineId] = {}
        self._names: dict[CartLineId, str] = {}
        self._keys: dict[CartLineId, str] = {}
        country = recording.shop.base.country
        self._bill_to: Json = {"country": country}
        self._ship_to: Json = {"country": country}
        self._sent_delivery = False
        self.said: Refusal | None = None
        self._fell_out: list[CouponRefusal] = []
        self.view: CartView
        self.total = 0

    async def open(self) -> None:
        created = await self._carts.create(WEB)
        self._access = CartAccess(id=created.cart.id, secret=created.cart.secret)
        self.view = created.answered.view
        self.total = self.view.answer.totals.total

    async def do(self, step: Json) -> None:
        self.said, self._fell_out = None, []
        await getattr(self, f"_{step['op']}")(step)

    @property
    def dropped(self) -> list[str]:
        """What the last answer says of coupons that fell out."""
        return [f"The &quot;{each.code}&quot; coupon has been removed from your cart: {self.in_words(each)}" for each in self._fell_out]

    async def read(self) -> CartView:
        return await self._carts.view(self._access, WEB.channel)

    async def _apply(self, operation: AnyOperation) -> Answered:
        answered = await self._carts.apply(self._access, [operation], WEB)
        self.view = answered.view
        refused = [outcome for outcome in answered.outcomes if isinstance(outcome, Refused)]
        self.said = refused[0].refusals[0] if refused else None
        if not refused:
            told = [warning.coupon for warning in answered.view.warnings if warning.kind is WarningKind.COUPON_DROPPED]
            self._fell_out += [coupon for coupon in told if coupon is not None]
            self.total = answered.view.answer.totals.total
        return answered

    def in_words(self, refusal: CouponRefusal) -> str:
        """As WooCommerce says it."""
        writer = shopper.Shopper(self._recording)
        writer.names = {LineKey(str(place)): self._names[line.line.id] for place, line in enumerate(self.view.lines)}
        return writer.said(refusal)

    def _id(self) -> OperationId:
        return OperationId(f"step-{next(self._numbers)}")

    async def _add(self, step: Json) -> None:
        recorded, name = shopper.line_of(step)
        choices = tuple(Attribute(_label(chosen["attribute"]), chosen["value"]) for chosen in step.get("variation", ()))
        new = NewLine(variant=VariantId(step["id"]), quantity=step["quantity"], choices=choices)
        answered = await self._apply(AddLines(id=self._id(), lines=(new,)))
        (outcome,) = answered.outcomes
        if isinstance(outcome, Applied):
            (line,) = outcome.lines
            self._lines[recorded.key], self._keys[line], self._names[line] = line, recorded.key, name

    async def _update(self, step: Json) -> None:
        change = LineChange(id=self._lines[step["key"]], quantity=step["quantity"])
        await self._apply(SetLines(id=self._id(), lines=(change,)))

    async def _remove(self, step: Json) -> None:
        await self._apply(RemoveLines(id=self._id(), lines=(self._lines[step["key"]],)))

    async def _coupon(self, step: Json) -> None:
        await self._apply(EnterCoupon(id=self._id(), code=step["code"]))

    async def _remove_coupon(self, step: Json) -> None:
        await self._apply(RemoveCoupon(id=self._id(), code=step["code"]))

    async def _shipping(self, step: Json) -> None:
        await self._apply(SelectRate(id=self._id(), rate=RateId(step["rate_id"])))

    async def _customer(self, step: Json) -> None:
        """WooCommerce copies the billing address where nothing is shipped and no other address is given."""
        billing = step.get("billing_address", {})
        shipping = step.get("shipping_address", {})
        if "shipping_address" not in step and not any(line.priced and line.priced.needs_shipping for line in self.view.lines):
            shipping = billing
        self._bill_to |= billing
        self._ship_to |= shipping
        for operation in self._addressed(billing.get("email")):
            await self._apply(operation)

    def _addressed(self, email: str | None) -> list[AnyOperation]:
        delivery = DeliveryInput(id=HOME, address=_address(self._ship_to), selected=True)
        kind = SetDeliveries if self._sent_delivery else AddDeliveries
        self._sent_delivery = True
        found: list[AnyOperation] = [] if email is None else [SetBuyer(id=self._id(), email=email)]
        return [*found, SetBilling(id=self._id(), address=_address(self._bill_to)), kind(id=self._id(), addresses=(delivery,))]

    def keys(self, view: CartView) -> list[tuple[str, int]]:
        return [(self._keys[line.line.id], line.line.quantity) for line in view.lines]


def _label(attribute: str) -> str:
    """Global attributes are named by their slugs."""
    known = catalogue().attributes
    return html.unescape(known[attribute]["name"]) if attribute in known else attribute


def _address(fields: Json) -> Address:
    return Address(**{ours: fields[name] for name, ours in FIELDS.items() if name in fields})
