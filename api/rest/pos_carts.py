"""A shopper's cart at the till: claimed by its code, filled with the scanner, put aside, taken up again, and sold."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta

from api.authentication import Guard
from api.rest.pos_answers import IdempotencyKey, check_key, stored
from api.rest.pos_sales import SALE_BYTES
from api.services import Services
from spoina.cart.operations import AddLines, AnyOperation, NewLine, Park, Refusal, Refused
from spoina.cart.selling import sell
from spoina.cart.types import CartAccess, Device
from spoina.cart.views import Answered, CartView
from spoina.db import Connection
from spoina.errors import CartRefused, Conflict, InvalidInput
from spoina.ids import CartId, Channel, OperationId, VariantId
from spoina.pos.carts import ParkedCart, TillCart, parked_cart, till_cart
from spoina.pos.products import Scanner
from spoina.pos.service import Till
from spoina.pos.terminals import vat_letters
from spoina.pos.types import Posted, Recorded, Sale, Terminal
from storefront.resolvers.cart_handoffs import code_in

POS = Channel("pos")
LONGEST_URL = 500
CartKey = Annotated[str, HeaderParameter(name="Cart-Key", description="What opens the cart: the key that the till was given.")]
OperationName = Annotated[str, Meta(min_length=1, max_length=64)]


class Claim(Posted, frozen=True, kw_only=True):
    """The code, or the address that its QR code holds."""

    code: Annotated[str, Meta(min_length=1, max_length=LONGEST_URL)]


class ScannedLine(Posted, frozen=True, kw_only=True):
    """`code` as for /v1/pos/products, or the variant itself where several have the code. `operation_id`: sent again, it is added once."""

    operation_id: OperationName
    code: str | None = None
    variant_id: VariantId | None = None
    quantity: int = 1


class Parking(Posted, frozen=True, kw_only=True):
    operation_id: OperationName


class Counter:
    """What the till's routes do with carts."""

    def __init__(self, services: Services) -> None:
        self._services, self._carts = services, services.carts.carts
        self._scanner = Scanner(services.pool, services.reader, services.clock)
        self._till = Till(services.pool, services.clock)

    async def shown(self, view: CartView, key: str | None = None) -> TillCart:
        letters = {each.tax_class: each for each in await vat_letters(self._services.pool)}
        return till_cart(view, letters, key)

    async def claim(self, terminal: Terminal, code: str) -> TillCart:
        """Wrong codes are counted for each till."""
        found = await self._carts.claim(code_in(code), device_of(terminal), f"terminal {terminal.id}")
        return await self.shown(found.view, found.cart.secret)

    async def begin(self, terminal: Terminal) -> TillCart:
        made = await self._carts.create(device_of(terminal))
        return await self.shown(made.answered.view, made.cart.secret)

    async def resume(self, terminal: Terminal, cart: CartId) -> TillCart:
        found = await self._carts.resume(cart, device_of(terminal))
        return await self.shown(found.view, found.cart.secret)

    async def apply(self, terminal: Terminal, access: CartAccess, operation: AnyOperation) -> TillCart:
        answered: Answered = await self._carts.apply(access, [operation], device_of(terminal))
        for outcome in answered.outcomes:
            if isinstance(outcome, Refused):
                raise _refused(outcome.refusals[0])
        return await self.shown(answered.view)

    async def scan(self, terminal: Terminal, line: ScannedLine) -> VariantId:
        if (line.code is None) is (line.variant_id is None):
            raise InvalidInput("code or variantId", "exactly one is needed")
        if line.variant_id is not None:
            return line.variant_id
        found = await self._scanner.scan(terminal, line.code or "")
        if found.in_store is not None:
            raise InvalidInput("code", "what was weighed is sold at the till and put into no cart")
        if len(found.products) > 1:
            raise Conflict("code", f"several have it; name one as variantId: {', '.join(str(each.variant.id) for each in found.products)}")
        return found.products[0].variant.id

    async def sell(self, terminal: Terminal, access: CartAccess, sale: Sale) -> bytes:
        async def completed(db: Connection) -> None:
            await sell(db, access, device_of(terminal), self._services.clock())

        return await self._till.sell(terminal, sale, completed)


def device_of(terminal: Terminal) -> Device:
    return Device(channel=POS, name=terminal.register, location=terminal.location)


def cart_routes(services: Services, guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    counter = Counter(services)
    shared: dict[str, Any] = {"guards": [guard], "dependencies": terminal, "tags": ["till"]}

    @post("/v1/pos/carts", summary="Begin a cart", **shared)
    async def begin(terminal: NamedDependency[Terminal]) -> TillCart:
        """For terminals' keys. An empty one, to be filled at the counter or put aside."""
        return await counter.begin(terminal)

    @post("/v1/pos/carts/claim", status_code=HTTPStatus.OK, summary="Take over a shopper's cart", **shared)
    async def claim(terminal: NamedDependency[Terminal], data: JSONBody[Claim]) -> TillCart:
        """For terminals' keys. By the code on the shopper's screen, typed or scanned; the shopper's own devices keep the cart, too. 404: no
        such code; 409: expired or used; 429: too many wrong codes from this till."""
        return await counter.claim(terminal, data.code)

    @get("/v1/pos/carts", summary="Carts that were put aside here", **shared)
    async def parked(terminal: NamedDependency[Terminal]) -> list[ParkedCart]:
        """For terminals' keys. At this terminal's location, the latest first, at most a hundred."""
        return [parked_cart(cart) for cart in await services.carts.carts.parked(terminal.location)]

    @get("/v1/pos/carts/{cart:uuid}", summary="A cart", **shared)
    async def look(cart: FromPath[UUID], key: CartKey) -> TillCart:
        """For terminals' keys. 404: no such cart, or another's key; 410: it was sold, merged, or has expired."""
        return await counter.shown(await services.carts.carts.view(_access(cart, key), POS))

    @post("/v1/pos/carts/{cart:uuid}/lines", status_code=HTTPStatus.OK, summary="Add what was scanned", **shared)
    async def add(terminal: NamedDependency[Terminal], cart: FromPath[UUID], data: JSONBody[ScannedLine], key: CartKey) -> TillCart:
        """For terminals' keys. 404: nothing on sale has that code; 409: several have it; 422: the cart refuses it, and says why."""
        line = NewLine(variant=await counter.scan(terminal, data), quantity=data.quantity)
        return await counter.apply(terminal, _access(cart, key), AddLines(id=OperationId(data.operation_id), lines=(line,)))

    @post("/v1/pos/carts/{cart:uuid}/park", status_code=HTTPStatus.OK, summary="Put a cart aside", **shared)
    async def park(terminal: NamedDependency[Terminal], cart: FromPath[UUID], data: JSONBody[Parking], key: CartKey) -> TillCart:
        """For terminals' keys. At this terminal's location, where any till can take it up."""
        return await counter.apply(terminal, _access(cart, key), Park(id=OperationId(data.operation_id)))

    @post("/v1/pos/carts/{cart:uuid}/resume", status_code=HTTPStatus.OK, summary="Take up a cart again", **shared)
    async def resume(terminal: NamedDependency[Terminal], cart: FromPath[UUID]) -> TillCart:
        """For terminals' keys. 404: it was not put aside at this terminal's location."""
        return await counter.resume(terminal, CartId(cart))

    @post("/v1/pos/carts/{cart:uuid}/sale", request_max_body_size=SALE_BYTES, summary="Sell a cart", **shared)
    async def sell_cart(
        terminal: NamedDependency[Terminal], cart: FromPath[UUID], data: JSONBody[Sale], key: CartKey, name: IdempotencyKey
    ) -> Response[Recorded]:
        """For terminals' keys. The sale as for POST /v1/pos/sales, with its refusals; in the same transaction the cart is ordered, what it
        held is given back, and whoever follows it hears that it is gone. A cart that was gone already does not stop the sale. 404: no such
        cart, or another's key; nothing was recorded."""
        check_key(name, data.id)
        return stored(await counter.sell(terminal, _access(cart, key), data))

    return [begin, claim, parked, look, add, park, resume, sell_cart]


def _refused(refusal: Refusal) -> CartRefused:
    """In the words of the till's own requests, which add one line at a time."""
    field = "operationId" if refusal.field == "id" else refusal.field.removeprefix("lines[0].").replace("variant", "variantId")
    return CartRefused(field, refusal.code, f"{field}: {refusal.message.removeprefix(f'{refusal.field}: ')}", refusal.left)


def _access(cart: UUID, key: str) -> CartAccess:
    return CartAccess(id=CartId(cart), secret=key)
