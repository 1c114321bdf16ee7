"""The till's routes: who is calling decides register and location. Amounts are minor units; see spoina/pos/types.py."""

from typing import Any

from litestar import Request, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from api.authentication import admit, requires
from api.rest.pos_carts import cart_routes
from api.rest.pos_catalogue import catalogue_routes
from api.rest.pos_pickups import pickup_routes
from api.rest.pos_recorded import recorded_routes
from api.rest.pos_sales import sale_routes
from api.rest.pos_shifts import shift_routes
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.pos import terminals
from spoina.pos.pickups import Pickup, PickupOrder, accept
from spoina.pos.terminals import Terminals
from spoina.pos.types import NewTerminal, Terminal, TerminalRequest, VatLetter


def till_routes(services: Services) -> list[HTTPRouteHandler]:
    known = Terminals(services.pool)

    async def calling(request: Request[Any, Any, Any]) -> Terminal:
        return await known.of(await admit(services.keys, dict(request.scope["headers"]), Scope.POS_USE))

    terminal = {"terminal": Provide(calling)}
    guard = requires(services.keys, Scope.POS_USE)
    return [
        *_staff_routes(services.keys),
        *_own_routes(services, terminal),
        *catalogue_routes(services, guard, terminal),
        *sale_routes(services, guard, terminal),
        *recorded_routes(guard, terminal),
        *shift_routes(services, guard, terminal),
        *pickup_routes(services, guard, terminal),
        *cart_routes(services, guard, terminal),
    ]


def _staff_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.POS_MANAGE)]

    @post("/v1/pos/terminals", guards=guards, tags=["till"], summary="Register a terminal")
    async def register_terminal(services: NamedDependency[Services], data: JSONBody[TerminalRequest]) -> NewTerminal:
        """For staff keys. Answers the terminal's own key, this one time. The device that was at the register before is replaced and its key
        revoked: let it post its queue first. 404: no such location; 409: the location is closed, or the register stands at another one.
        """
        return await terminals.register(services.pool, data, services.clock)

    @post("/v1/pos/pickups", guards=guards, tags=["till"], summary="Put goods aside for somebody")
    async def accept_pickup(services: NamedDependency[Services], data: JSONBody[PickupOrder]) -> Pickup:
        """For staff keys. Held at the location for fourteen days, and then as long as tills say. 404: no such location, or it is closed;
        409: there is not enough; 422: the id was given to another pickup."""
        return await accept(services.pool, services.carts.holds, data, services.clock)

    @get("/v1/pos/terminals", guards=guards, tags=["till"], summary="All terminals")
    async def list_terminals(services: NamedDependency[Services]) -> list[Terminal]:
        """For staff keys. The replaced ones, too."""
        return await terminals.list_terminals(services.pool)

    @put("/v1/pos/vat-letters", guards=guards, tags=["till"], summary="Set the fiscal printers' letters")
    async def set_vat_letters(services: NamedDependency[Services], data: JSONBody[list[VatLetter]]) -> list[VatLetter]:
        """For staff keys. All tax classes anew; rates in hundredths of a percent (2300 is 23 %). 400: a class twice, a letter with two
        rates."""
        return await terminals.set_vat_letters(services.pool, data)

    return [register_terminal, accept_pickup, list_terminals, set_vat_letters]


def _own_routes(services: Services, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    guards = [requires(services.keys, Scope.POS_USE)]

    @get("/v1/pos/terminal", guards=guards, dependencies=terminal, tags=["till"], summary="Who am I?")
    async def own_terminal(terminal: NamedDependency[Terminal]) -> Terminal:
        """For terminals' keys. Its register and location."""
        return terminal

    @get("/v1/pos/vat-letters", guards=guards, tags=["till"], summary="The fiscal printers' letters")
    async def vat_letters(services: NamedDependency[Services]) -> list[VatLetter]:
        """For till and staff keys. Rates in hundredths of a percent."""
        return await terminals.vat_letters(services.pool)

    return [own_terminal, vat_letters]
