"""Posting sales, one by one or as the queue of a device that was offline; returns and voids."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Reference, RequestBody, Schema
from litestar.params import JSONBody

from api.authentication import Guard
from api.bodies import UNREADABLE, read_body, unreadable
from api.problems import problem_of
from api.rest.pos_answers import IdempotencyKey, check_key, stored
from api.services import Services
from spoina.errors import LimitExceeded, SpoinaError
from spoina.pos.service import Till
from spoina.pos.types import Recorded, Return, Sale, Terminal, Void

MOST_SALES = 200
SALE_BYTES = 256 * 1024
BATCH_BYTES = 4 * 1024 * 1024


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sales`: at most 200, each as for POST /v1/pos/sales; read one by one, so that one that cannot be read stops no other."""

    sales: list[msgspec.Raw]


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`sale` is what POST /v1/pos/sales answers, `problem` what it would refuse with. `id`: as it was sent, if it could be read."""

    status: Literal["recorded", "refused"]
    code: int
    id: UUID | None = None
    sale: Recorded | None = None
    problem: msgspec.Raw | None = None


class Results(msgspec.Struct, frozen=True):
    """One for each sale, in the order in which they were sent."""

    results: list[Item]


@dataclass
class _TakesBatch(Operation):
    """The sales are read one by one, so their schema has to be named here."""

    def __post_init__(self) -> None:
        sales = Schema(type=OpenAPIType.ARRAY, items=Reference("#/components/schemas/Sale"), max_items=MOST_SALES)
        batch = Schema(type=OpenAPIType.OBJECT, properties={"sales": sales}, required=["sales"])
        self.request_body = RequestBody(content={"application/json": OpenAPIMediaType(schema=batch)}, required=True)


class _Named(msgspec.Struct, frozen=True):
    id: UUID | None = None


def sale_routes(services: Services, guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    till = Till(services.pool, services.clock)

    @post(
        "/v1/pos/sales",
        guards=[guard],
        dependencies=terminal,
        request_max_body_size=SALE_BYTES,
        tags=["till"],
        summary="Record a sale",
    )
    async def record_sale(terminal: NamedDependency[Terminal], data: JSONBody[Sale], key: IdempotencyKey) -> Response[Recorded]:
        """For terminals' keys. The header Idempotency-Key is the sale's id, made on the device. Amounts in minor units, VAT rates in
        hundredths of a percent, times with their offset. The sale is a fact: it is recorded when stock goes below zero (`oversold`) and
        where the server reckons otherwise (`differences`). Sent again it is answered the same.

        400: a field has a wrong value; 403: another terminal's register, location or shift; 409: it is being recorded at this moment;
        413: more than 256 KiB; 422: the id came with another body, amounts that do not add up, codes the catalogue never had, a clock
        more than 48 hours ahead. Whatever is refused leaves nothing behind.
        """
        check_key(key, data.id)
        return stored(await till.sell(terminal, data))

    @post(
        "/v1/pos/sales/batch",
        guards=[guard],
        dependencies=terminal,
        request_max_body_size=None,
        status_code=200,
        operation_class=_TakesBatch,
        tags=["till"],
        summary="Record the sales of a device that was offline",
    )
    async def record_batch(request: Request[Any, Any, Any], terminal: NamedDependency[Terminal]) -> Response[Results]:
        """For terminals' keys. The body is {"sales": […]}, at most 200 and 4 MiB, each sale as for POST /v1/pos/sales, in any order,
        some of them perhaps recorded before. Each has its own result: recorded (with the answer of its first recording) or refused
        (with the problem); one that is refused stops no other. 400 or 413: the batch itself cannot be read, nothing was recorded."""
        body = await read_body(request.receive, request.headers.get("content-length"), BATCH_BYTES)
        return Response(Results([await _one(till, terminal, raw) for raw in _sales_of(body)]), status_code=200)

    @post(
        "/v1/pos/returns", guards=[guard], dependencies=terminal, request_max_body_size=SALE_BYTES, tags=["till"], summary="Record a return"
    )
    async def record_return(terminal: NamedDependency[Terminal], data: JSONBody[Return], key: IdempotencyKey) -> Response[Recorded]:
        """For terminals' keys. Points to a sale of any register and names its lines (counted from 0), at most what was sold and did not
        come back yet. `restock` puts it back into this terminal's location. Idempotency-Key and refusals as for sales; 404: the sale is
        not known (yet); 409: more would come back than was sold."""
        check_key(key, data.id)
        return stored(await till.take_back(terminal, data))

    @post("/v1/pos/voids", guards=[guard], dependencies=terminal, request_max_body_size=SALE_BYTES, tags=["till"], summary="Void a sale")
    async def record_void(terminal: NamedDependency[Terminal], data: JSONBody[Void], key: IdempotencyKey) -> Response[Recorded]:
        """For terminals' keys. A sale of this register whose receipt was never printed and of which nothing came back: everything goes
        back. A new record; the sale stays as it is. 404: no such sale of this register; 409: printed, or given back already."""
        check_key(key, data.id)
        return stored(await till.void(terminal, data))

    return [record_sale, record_batch, record_return, record_void]


def _sales_of(body: bytes) -> list[msgspec.Raw]:
    try:
        sales = msgspec.json.decode(body, type=Batch).sales
    except UNREADABLE as error:
        raise unreadable(error) from error
    if len(sales) > MOST_SALES:
        raise LimitExceeded("sales", MOST_SALES, "sales")
    return sales


async def _one(till: Till, terminal: Terminal, raw: msgspec.Raw) -> Item:
    """An error of ours is the item's; that of a server we stand on is the request's, which may be sent again as it is."""
    try:
        sale = _read(raw)
        answer = await till.sell(terminal, sale)
        return Item(status="recorded", code=201, id=sale.id, sale=msgspec.json.decode(answer, type=Recorded))
    except SpoinaError as error:
        problem = problem_of(error)
        return Item(status="refused", code=problem.status, id=_id_of(raw), problem=msgspec.Raw(problem.body))


def _read(raw: msgspec.Raw) -> Sale:
    if len(raw) > SALE_BYTES:
        raise LimitExceeded("sale", SALE_BYTES, "bytes")
    try:
        return msgspec.json.decode(raw, type=Sale)
    except UNREADABLE as error:
        raise unreadable(error, "sale") from error


def _id_of(raw: msgspec.Raw) -> UUID | None:
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except UNREADABLE:
        return None
