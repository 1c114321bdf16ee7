"""How errors are answered over HTTP: one table, RFC 9457 problem details. GraphQL's codes stand in storefront/errors.py."""

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import redis.exceptions
from litestar import Request, Response
from litestar.datastructures import State
from litestar.enums import ParamType
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.serialization import decode_json

from api.bodies import UNREADABLE, BodyTooLarge, misfit, unreadable
from spoina import errors
from storefront.throttling import throttled_headers

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:spoina:problem:"
UNREACHABLE = (asyncpg.PostgresConnectionError, asyncpg.TooManyConnectionsError, redis.exceptions.ConnectionError, OSError, TimeoutError)
"""A server behind us does not answer; a socket that is missing is an OSError."""
logger = logging.getLogger(__name__)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`shown` names the error's data that may leave the house. Where `told` is false the message stays inside, too."""

    status: HTTPStatus
    slug: str
    title: str
    shown: tuple[str, ...] = ()
    told: bool = True


_SOURCE = Row(status=HTTPStatus.BAD_GATEWAY, slug="source-failed", title="The shop did not answer as it should", told=False)
_INTERNAL = Row(status=HTTPStatus.INTERNAL_SERVER_ERROR, slug="internal", title="Something went wrong on our side", told=False)
_UNREACHABLE = Row(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    slug="dependency-unavailable",
    title="A server that Spoina stands on is not available",
    told=False,
)

TABLE: dict[type[errors.SpoinaError], Row] = {
    errors.InvalidInput: Row(
        status=HTTPStatus.BAD_REQUEST, slug="invalid-input", title="A field has a wrong value", shown=("field", "reason")
    ),
    errors.LimitExceeded: Row(
        status=HTTPStatus.BAD_REQUEST,
        slug="limit-exceeded",
        title="A field is larger than its limit",
        shown=("field", "reason", "limit", "unit"),
    ),
    BodyTooLarge: Row(
        status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        slug="body-too-large",
        title="The request is larger than its limit",
        shown=("field", "reason", "limit", "unit"),
    ),
    errors.ClockAhead: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        slug="clock-ahead",
        title="The device's clock is ahead",
        shown=("field", "reason", "limit", "unit", "received_at"),
    ),
    errors.DoesNotAddUp: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        slug="does-not-add-up",
        title="The amounts contradict each other",
        shown=("field", "reason", "given", "expected"),
    ),
    errors.UnknownCodes: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, slug="unknown-codes", title="The catalogue never had these", shown=("field", "codes")
    ),
    errors.WrongTerminal: Row(
        status=HTTPStatus.FORBIDDEN, slug="wrong-terminal", title="This is not that terminal's own", shown=("field", "reason")
    ),
    errors.WrongState: Row(
        status=HTTPStatus.CONFLICT,
        slug="wrong-state",
        title="This does not follow from where it stands",
        shown=("what", "state", "reason"),
    ),
    errors.CartGone: Row(
        status=HTTPStatus.GONE, slug="cart-gone", title="The cart is not one any more", shown=("cart", "reason", "successor")
    ),
    errors.CartRefused: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        slug="cart-refused",
        title="The cart does not take it",
        shown=("field", "code", "left"),
    ),
    errors.TooManyAttempts: Row(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        slug="too-many-attempts",
        title="Too many wrong attempts",
        shown=("what", "limit", "retry_after"),
    ),
    errors.Throttled: Row(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        slug="throttled",
        title="This client asks for too much in too little time",
        shown=("limit", "restore_rate", "retry_after"),
    ),
    errors.TooManyStreams: Row(
        status=HTTPStatus.TOO_MANY_REQUESTS, slug="too-many-streams", title="This client has too many streams open", shown=("limit",)
    ),
    errors.ReturnedTooMuch: Row(
        status=HTTPStatus.CONFLICT, slug="returned-too-much", title="More would come back than was sold", shown=("sale", "lines")
    ),
    errors.WrongCode: Row(status=HTTPStatus.FORBIDDEN, slug="wrong-code", title="This is not the pickup's code", shown=("attempts_left",)),
    errors.ReusedKey: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        slug="reused-key",
        title="The same key came with another body",
        shown=("field", "reason"),
    ),
    errors.NotFound: Row(status=HTTPStatus.NOT_FOUND, slug="not-found", title="There is no such thing", shown=("kind", "reference")),
    errors.Unauthorized: Row(status=HTTPStatus.UNAUTHORIZED, slug="unauthorized", title="A valid key is needed", shown=("reason",)),
    errors.Forbidden: Row(status=HTTPStatus.FORBIDDEN, slug="forbidden", title="This key may not do that", shown=("scope",)),
    errors.Conflict: Row(
        status=HTTPStatus.CONFLICT, slug="conflict", title="This contradicts what is known already", shown=("field", "reason")
    ),
    errors.Busy: Row(status=HTTPStatus.CONFLICT, slug="busy", title="That is running already", shown=("what", "reason")),
    errors.ShortLines: Row(status=HTTPStatus.CONFLICT, slug="short-lines", title="There is not enough of it", shown=("lines",)),
    errors.HoldEnded: Row(status=HTTPStatus.CONFLICT, slug="hold-ended", title="The hold is over", shown=("hold", "status")),
    errors.NotOurStock: Row(
        status=HTTPStatus.CONFLICT, slug="not-our-stock", title="These numbers belong to WooCommerce", shown=("location",)
    ),
    errors.MixedCurrencies: Row(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        slug="mixed-currencies",
        title="Amounts of different currencies cannot be added",
        shown=("left", "right"),
    ),
    errors.MigrationFailed: _INTERNAL,
    errors.MissingSettings: _INTERNAL,
    errors.IndexTaskFailed: _INTERNAL,
    errors.DependencyUnavailable: _UNREACHABLE,
    errors.SearchUnavailable: Row(
        status=HTTPStatus.SERVICE_UNAVAILABLE, slug="search-unavailable", title="Search is not available; everything else is", told=False
    ),
    errors.IndexNotBuilt: Row(
        status=HTTPStatus.SERVICE_UNAVAILABLE, slug="search-unavailable", title="The search index is not built yet", told=False
    ),
    errors.IndexUnreadable: Row(
        status=HTTPStatus.SERVICE_UNAVAILABLE, slug="search-unavailable", title="The search index cannot be read", told=False
    ),
    errors.SourceError: _SOURCE,
    errors.SourceRefused: _SOURCE,
    errors.SourceMissing: _SOURCE,
    errors.SourceMalformed: _SOURCE,
    errors.SourceUnavailable: Row(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        slug="source-unavailable",
        title="The shop cannot be reached at the moment",
        shown=("retry_after",),
        told=False,
    ),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`reference` finds the error in the log; `data` are further members of the body."""

    type: str
    title: str
    status: int
    detail: str
    data: Mapping[str, object] = {}
    reference: str | None = None
    headers: Mapping[str, str] = {}

    @property
    def body(self) -> bytes:
        members: dict[str, object] = {"type": self.type, "title": self.title, "status": self.status, "detail": self.detail, **self.data}
        return msgspec.json.encode(members | ({"reference": self.reference} if self.reference else {}))


def problem_of(error: Exception) -> Problem:
    """Whatever was raised, as it is answered. What a caller must not see is logged under a reference."""
    match error:
        case errors.Throttled():
            return msgspec.structs.replace(_from_table(error, TABLE[type(error)]), headers=throttled_headers(error))
        case errors.SpoinaError():
            return _from_table(error, TABLE[type(error)])
        case HTTPException():
            return _from_framework(error)
        case _ if isinstance(error, UNREACHABLE):
            return _from_table(error, _UNREACHABLE)
        case _:
            return _from_table(error, _INTERNAL)


def answer_problem(request: Request[Any, Any, State], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem = problem_of(_body_error(request, error))
    return Response(problem.body, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(problem.headers))


def _body_error(request: Request[Any, Any, State], error: Exception) -> Exception:
    """Litestar refuses a body that is too large without saying how large it may be, and lets through what it does not expect of a decoder:
    text that is no UTF-8, arrays in arrays without end."""
    if isinstance(error, RequestEntityTooLarge) and isinstance(request.route_handler, HTTPRouteHandler):
        return BodyTooLarge(request.route_handler.resolve_request_max_body_size() or 0)
    if isinstance(error, UNREADABLE) and any(frame.f_code is decode_json.__code__ for frame, _ in traceback.walk_tb(error.__traceback__)):
        return unreadable(error)
    return error


def _from_table(error: Exception, row: Row) -> Problem:
    data = {name: value for name in row.shown if (value := getattr(error, name)) is not None}
    if row.told:
        return _problem(row, str(error), data, None)
    reference = uuid4().hex
    logger.error("request failed, reference %s: %s", reference, error, exc_info=None if row.status < _INTERNAL.status else error)
    return _problem(row, f"{row.title}. The reference for whoever looks into it: {reference}", data, reference)


def _problem(row: Row, detail: str, data: Mapping[str, object], reference: str | None) -> Problem:
    headers: dict[str, str] = {}
    if row.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if retry_after := data.get("retry_after"):
        headers["retry-after"] = str(retry_after)
    return Problem(
        type=TYPE_PREFIX + row.slug,
        title=row.title,
        status=row.status,
        detail=detail,
        data=data,
        reference=reference,
        headers=headers,
    )


def _wrong_input(error: errors.InvalidInput, more: Mapping[str, object] = {}) -> Problem:
    return _problem(TABLE[errors.InvalidInput], str(error), {"field": error.field, "reason": error.reason, **more}, None)


def _wrong_field(error: ValidationException) -> errors.InvalidInput:
    """Litestar lists what is wrong, calls a whole body "data" and a header by its name in Python, and of a parameter that is missing only
    the cause tells the name."""
    match error.extra, error.__cause__:
        case [{"message": "'data'", "key": "data"}, *_], _:
            return errors.InvalidInput("body", "must be there")
        case [{"message": str(reason), "key": str(key), "source": ParamType.HEADER}, *_], _:
            return errors.InvalidInput(key.replace("_", "-"), reason)
        case [{"message": str(reason), "key": str(key)}, *_], _:
            return misfit("" if key == "data" else key, reason)
        case _, KeyError(args=(str(name),)):
            return errors.InvalidInput(name, "must be there")
        case _:
            return errors.InvalidInput("request", error.detail)


def _from_framework(error: HTTPException) -> Problem:
    """Litestar's own refusals: parameters that do not fit, no such route, a method that is not allowed."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _from_table(error, _INTERNAL)
    if isinstance(error, ValidationException):
        return _wrong_input(_wrong_field(error), {"errors": error.extra or []})
    if isinstance(error.__cause__, SerializationException):
        return _wrong_input(errors.InvalidInput("body", f"is no JSON: {error.detail}"))
    status = HTTPStatus(error.status_code)
    # RFC 9457, 4.2.1: about:blank means no more than the status says, and its title is the status's phrase.
    return Problem(type="about:blank", title=status.phrase, status=status, detail=error.detail, headers=error.headers or {})
