"""What staff do to stock: locations, receipts, counts, corrections, transfers, rules, and what needs a person.

Every command names itself by the header Idempotency-Key: sent again it does nothing and answers as before.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from msgspec import Meta
from msgspec.structs import asdict

from api.authentication import requires
from api.parameters import Number, PathNumber, QueryNumber
from api.rest.stock_codes import code_routes
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.ids import Channel, LocationId, StockExceptionId, TransferId
from spoina.inventory import exceptions, ledger, locations, policies
from spoina.inventory.invariants import Finding, check_invariants
from spoina.inventory.locations import LocationFacts
from spoina.inventory.naming import NamedLine, move_lines, skus_of, stock_item
from spoina.inventory.requests import LONGEST_REFERENCE
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.transfers import Transfers, transfers_under_way
from spoina.inventory.types import (
    ChannelBuffer,
    Command,
    Location,
    Move,
    MoveReason,
    Posted,
    SharePolicy,
    StockException,
    StockRules,
    Transfer,
)
from spoina.pos.rules import check_clock

TAG = ["stock"]
SOURCE = "staff"
MOST_SHOWN = 500
Key = Annotated[
    str,
    HeaderParameter(
        name="idempotency-key", description="The command's own name, of your choosing.", min_length=1, max_length=LONGEST_REFERENCE
    ),
]


class Posting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`location`: its number. `actor`: who did it. `occurred_at`: when; left out: now."""

    location: Number
    lines: tuple[NamedLine, ...]
    actor: str = ""
    note: str = ""
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None

    def command(self, key: str, now: datetime) -> Command:
        """Raises InvalidInput, ClockAhead."""
        if self.occurred_at is not None:
            check_clock("occurred_at", self.occurred_at, now)
        return Command(source=SOURCE, reference=key, actor=self.actor, note=self.note, occurred_at=self.occurred_at)


class Sending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source` and `target`: numbers of locations."""

    source: Number
    target: Number
    lines: tuple[NamedLine, ...]
    actor: str = ""


class Arrival(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    lines: tuple[NamedLine, ...]
    last: bool = False
    actor: str = ""


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: str
    note: str = ""


class NamedBuffer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code` and `location` left out: of every item, at every location. `units` null: no rule of its own any more."""

    channel: str
    units: int | None
    code: str | None = None
    location: Number | None = None


class OpenException(StockException, frozen=True, kw_only=True):
    """`skus`: of the variants that are sold from the item; none where the catalogue has lost them."""

    skus: tuple[str, ...]


class UnderWay(Transfer, frozen=True, kw_only=True):
    """`skus`: what each of its items is, by the item's number."""

    skus: dict[int, tuple[str, ...]]


def stock_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    return [
        *_location_routes(keys),
        *_posting_routes(keys),
        *_transfer_routes(keys),
        *_rule_routes(keys),
        *code_routes(keys),
        *_looking_routes(keys),
    ]


def _location_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    read, write = [requires(keys, Scope.STOCK_READ)], [requires(keys, Scope.STOCK_WRITE)]

    @get("/v1/stock/locations", guards=read, tags=TAG, summary="All locations")
    async def list_locations(services: NamedDependency[Services]) -> list[Location]:
        """For staff keys. WooCommerce's own one first, closed ones too."""
        return await locations.list_locations(services.pool)

    @post("/v1/stock/locations", guards=write, tags=TAG, summary="Open a location of ours")
    async def create_location(services: NamedDependency[Services], data: JSONBody[LocationFacts]) -> Location:
        """For staff keys. 409: its code is taken by a location with other facts."""
        return await locations.create_location(services.pool, data)

    @put("/v1/stock/locations/{number:int}", guards=write, tags=TAG, summary="Change a location")
    async def change_location(services: NamedDependency[Services], number: PathNumber, data: JSONBody[LocationFacts]) -> Location:
        """For staff keys. All facts anew; `active` false closes it."""
        return await locations.change_location(services.pool, LocationId(number), data)

    return [list_locations, create_location, change_location]


def _posting_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    return [
        _posting(keys, "receipts", MoveReason.RECEIPT, "Goods came in"),
        _posting(keys, "counts", MoveReason.COUNT, "Somebody counted"),
        _posting(keys, "corrections", MoveReason.CORRECTION, "Add or take away units"),
        _posting(keys, "waste", MoveReason.WASTE, "Broken, expired, lost"),
    ]


def _posting(keys: KeyRing, path: str, reason: MoveReason, summary: str) -> HTTPRouteHandler:
    @post(f"/v1/stock/{path}", guards=[requires(keys, Scope.STOCK_WRITE)], tags=TAG, summary=summary, operation_id=f"post_{path}")
    async def post_moves(services: NamedDependency[Services], data: JSONBody[Posting], idempotency_key: Key) -> Posted:
        """For staff keys. A fact is never refused: where it leaves less than is promised, an exception is opened. 409: the location is
        WooCommerce's, or the key was used for something else."""
        stockroom = Stockroom(services.pool, services.clock)
        commands = {
            MoveReason.RECEIPT: stockroom.receive,
            MoveReason.COUNT: stockroom.count,
            MoveReason.CORRECTION: stockroom.correct,
            MoveReason.WASTE: stockroom.waste,
        }
        lines = await move_lines(services.pool, data.lines)
        return await commands[reason](LocationId(data.location), lines, data.command(idempotency_key, services.clock()))

    return post_moves


def _transfer_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    write = [requires(keys, Scope.STOCK_WRITE)]

    @post("/v1/stock/transfers", guards=write, tags=TAG, summary="Send goods to another location of ours")
    async def send(services: NamedDependency[Services], data: JSONBody[Sending], idempotency_key: Key) -> Transfer:
        """For staff keys. All lines or none; 409 names each that is short. What is on its way is part of no availability."""
        lines = await move_lines(services.pool, data.lines)
        command = Command(source=SOURCE, reference=idempotency_key, actor=data.actor)
        return await Transfers(services.pool, services.clock).send(LocationId(data.source), LocationId(data.target), lines, command)

    @get("/v1/stock/transfers", guards=[requires(keys, Scope.STOCK_READ)], tags=TAG, summary="What is on its way")
    async def under_way(services: NamedDependency[Services]) -> list[UnderWay]:
        """For staff keys. Transfers of which something may still arrive, the oldest first, at most 500."""
        found = await transfers_under_way(services.pool, MOST_SHOWN)
        skus = await skus_of(services.pool, {line.item for each in found for line in each.lines})
        return [UnderWay(**asdict(each), skus={line.item: skus.get(line.item, ()) for line in each.lines}) for each in found]

    @post("/v1/stock/transfers/{number:uuid}/receipts", guards=write, tags=TAG, summary="Goods arrived from another location")
    async def receive(services: NamedDependency[Services], number: FromPath[UUID], data: JSONBody[Arrival], idempotency_key: Key) -> Posted:
        """For staff keys. A part may arrive; with `last` nothing more will (`lines` may be empty then), and what is missing is
        opened as an exception. 409: the transfer is closed."""
        lines = await move_lines(services.pool, data.lines)
        command = Command(source=SOURCE, reference=idempotency_key, actor=data.actor)
        return await Transfers(services.pool, services.clock).receive(TransferId(number), lines, command, last=data.last)

    return [send, under_way, receive]


def _rule_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    write = [requires(keys, Scope.STOCK_WRITE)]

    @get("/v1/stock/rules", guards=[requires(keys, Scope.STOCK_READ)], tags=TAG, summary="Locations, buffers and shares")
    async def rules(services: NamedDependency[Services]) -> StockRules:
        """For staff keys. Everything but the shelves themselves that decides what a channel may sell."""
        return await load_rules(services.pool)

    @put("/v1/stock/rules/buffers", guards=write, tags=TAG, summary="Keep units from a channel")
    async def set_buffer(services: NamedDependency[Services], data: JSONBody[NamedBuffer]) -> StockRules:
        """For staff keys. The most specific buffer counts; zero units are an exception from a wider one, null removes it."""
        item = None if data.code is None else await stock_item(services.pool, data.code)
        location = None if data.location is None else LocationId(data.location)
        if data.units is None:
            await policies.drop_channel_buffer(services.pool, Channel(data.channel), item=item, location=location)
        else:
            buffer = ChannelBuffer(channel=Channel(data.channel), units=data.units, item=item, location=location)
            await policies.set_channel_buffer(services.pool, buffer)
        return await load_rules(services.pool)

    @put("/v1/stock/rules/shares", guards=write, tags=TAG, summary="Share what is scarce among the channels")
    async def set_shares(services: NamedDependency[Services], data: JSONBody[SharePolicy | None]) -> StockRules:
        """For staff keys. null: nothing is shared any more."""
        await policies.set_shares(services.pool, data)
        return await load_rules(services.pool)

    return [rules, set_buffer, set_shares]


def _looking_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    read = [requires(keys, Scope.STOCK_READ)]

    @get("/v1/stock/moves", guards=read, tags=TAG, summary="Why there are as many as there are")
    async def moves(services: NamedDependency[Services], code: FromQuery[str], location: QueryNumber = None) -> list[Move]:
        """For staff keys. The newest moves of one item first, at most 500. `code`: SKU, GTIN or barcode; `location`: its number."""
        item = await stock_item(services.pool, code)
        return await ledger.history(services.pool, item, None if location is None else LocationId(location), limit=MOST_SHOWN)

    @get("/v1/stock/exceptions", guards=read, tags=TAG, summary="What a person has to look at")
    async def list_exceptions(
        services: NamedDependency[Services],
        resolved: FromQuery[bool] = False,
        after: QueryNumber = None,
    ) -> list[OpenException]:
        """For staff keys. Open ones, the oldest first, at most 500; with `resolved` all. `after`: the last id of the page before."""
        last = StockExceptionId(after or 0)
        found = await exceptions.list_exceptions(services.pool, resolved=resolved, after=last, limit=MOST_SHOWN)
        skus = await skus_of(services.pool, {each.item for each in found})
        return [OpenException(**asdict(each), skus=skus.get(each.item, ())) for each in found]

    @post(
        "/v1/stock/exceptions/{number:int}/resolve",
        guards=[requires(keys, Scope.STOCK_WRITE)],
        status_code=200,
        tags=TAG,
        summary="Say that it was looked at",
    )
    async def resolve(services: NamedDependency[Services], number: PathNumber, data: JSONBody[Resolution]) -> StockException:
        """For staff keys. Resolved already: it stays as it was."""
        return await exceptions.resolve_exception(services.pool, StockExceptionId(number), data.by, data.note, services.clock)

    @get("/v1/stock/audit", guards=read, tags=TAG, summary="Does everything that must hold of stock hold?")
    async def audit(services: NamedDependency[Services]) -> list[Finding]:
        """For staff keys. Checked at this moment over every row; the first examples of each."""
        return await check_invariants(services.pool, services.clock())

    return [moves, list_exceptions, resolve, audit]
