"""What a till knows of the catalogue: a product by its code, and everything that changed."""

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import convert

from api.authentication import Guard
from api.services import Services
from spoina.ids import LocationId
from spoina.inventory.barcodes import ValueKind, in_store_rules
from spoina.inventory.locations import list_locations
from spoina.pos.feed import BUCKETS, Bucket, CatalogueFeed, Changes, Digest, etag_of
from spoina.pos.products import Scanned, Scanner
from spoina.pos.types import Terminal, Told

PAGE = 100


class Place(Told, frozen=True, kw_only=True):
    """A location. Tills' answers name it by `id`, /v1/availability by `code`."""

    id: LocationId
    code: str
    name: str
    address: str


class Scale(Told, frozen=True, kw_only=True):
    """How the shop's own scales print EAN-13 codes with this prefix: after it the article's number, before the check digit the value."""

    prefix: str
    reference_digits: int
    value_digits: int
    value_kind: ValueKind


def catalogue_routes(services: Services, guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    scanner = Scanner(services.pool, services.reader, services.clock)
    feed = CatalogueFeed(services.pool, services.reader)

    @get("/v1/pos/products", guards=[guard], dependencies=terminal, tags=["till"], summary="A product by its code")
    async def scan(terminal: NamedDependency[Terminal], code: FromQuery[str]) -> Scanned:
        """For terminals' keys. SKU, GTIN-8/12/13/14, a barcode, or an EAN-13 of the shop's own scales (20–29). Prices in minor units, VAT
        included; rates in hundredths of a percent; stock here and elsewhere. 404: nothing on sale has that code.
        """
        return await scanner.scan(terminal, code)

    @get("/v1/pos/locations", guards=[guard], tags=["till"], summary="Where goods may be")
    async def places() -> list[Place]:
        """For till and staff keys. What the numbers and codes of locations mean; closed ones too, where goods may still lie."""
        known = await list_locations(services.pool)
        return [Place(id=each.id, code=each.code, name=each.name, address=each.address) for each in known]

    @get("/v1/pos/scales", guards=[guard], tags=["till"], summary="How the shop's own scales print")
    async def scales() -> list[Scale]:
        """For till and staff keys: to read a scale's code offline. The variant is the one with the barcode that has zeros in place of the
        value (and the check digit of that); the value is grams or minor units."""
        rules = await in_store_rules(services.pool)
        return [convert(rules[prefix], Scale, from_attributes=True) for prefix in sorted(rules)]

    @get("/v1/pos/changes", guards=[guard], dependencies=terminal, tags=["till"], summary="What changed in the catalogue")
    async def changes(
        request: Request[Any, Any, Any], cursor: FromQuery[str | None] = None, limit: Annotated[int, QueryParameter()] = PAGE
    ) -> Response[Changes]:
        """For terminals' keys. Products, prices and counts since `cursor` (none: everything), in the order in which they changed; at most
        `limit` (500) of each. With If-None-Match, 304 when the answer is the same. 400: a cursor that is none of ours, or a wrong limit.
        """
        return _answer(request, await feed.changes(cursor, limit))

    @get("/v1/pos/digest", guards=[guard], dependencies=terminal, tags=["till"], summary="Is my catalogue right?")
    async def digest(request: Request[Any, Any, Any]) -> Response[Digest]:
        """For terminals' keys. 256 buckets by id % 256, each with the MD5 of "id:version" of its products in the order of ids, and of
        "item:location:onHand" of its counts that are not zero, joined by ",". A till that finds another hash asks for that bucket.
        """
        return _answer(request, await feed.digest())

    @get("/v1/pos/digest/{bucket:int}", guards=[guard], dependencies=terminal, tags=["till"], summary="Everything in one bucket")
    async def bucket(bucket: Annotated[int, PathParameter(ge=0, le=BUCKETS - 1)]) -> Bucket:
        """For terminals' keys. What the till has of that bucket beyond this, it forgets. 400: no such bucket."""
        return await feed.bucket(bucket)

    return [scan, places, scales, changes, digest, bucket]


def _answer(request: Request[Any, Any, Any], answer: Told) -> Response[Any]:
    headers = {"etag": etag_of(answer), "cache-control": "private, no-cache"}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(None, status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(answer, headers=headers)
