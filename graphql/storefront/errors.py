"""Errors as GraphQL tells them: a message for people, `extensions.code` for programs, and nothing of what lies inside.

A domain error's code stands in one table; a test walks all of its subclasses. Anything else that is raised is answered as an internal error
with a reference that is also in the log.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec
import structlog
from graphql import GraphQLError

from spoina import errors

log = structlog.get_logger(__name__)


class Code(StrEnum):
    BAD_REQUEST = "BAD_REQUEST"
    BATCH_REFUSED = "BATCH_REFUSED"
    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_UNKNOWN = "OPERATION_RESOLUTION_FAILURE"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    THROTTLED = "THROTTLED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    UNAVAILABLE = "SERVICE_UNAVAILABLE"
    SEARCH_UNAVAILABLE = "SEARCH_UNAVAILABLE"
    INTERNAL = "INTERNAL_SERVER_ERROR"


TOLD: dict[type[errors.SpoinaError], Code] = {
    errors.LimitExceeded: Code.LIMIT_EXCEEDED,
    errors.InvalidInput: Code.BAD_USER_INPUT,
    errors.NotFound: Code.NOT_FOUND,
    errors.Unauthorized: Code.UNAUTHENTICATED,
    errors.Forbidden: Code.FORBIDDEN,
    errors.Conflict: Code.CONFLICT,
    errors.Busy: Code.CONFLICT,
    errors.ShortLines: Code.CONFLICT,
    errors.HoldEnded: Code.CONFLICT,
    errors.NotOurStock: Code.CONFLICT,
    errors.UnknownCodes: Code.BAD_USER_INPUT,
    errors.WrongTerminal: Code.FORBIDDEN,
    errors.WrongState: Code.CONFLICT,
    errors.ReturnedTooMuch: Code.CONFLICT,
    errors.WrongCode: Code.FORBIDDEN,
    errors.CartGone: Code.NOT_FOUND,
    errors.CartRefused: Code.BAD_USER_INPUT,
    errors.TooManyAttempts: Code.LIMIT_EXCEEDED,
    errors.TooManyStreams: Code.LIMIT_EXCEEDED,
    errors.Throttled: Code.THROTTLED,
}
"""Errors whose text is meant for the client."""

HIDDEN: dict[type[errors.SpoinaError], Code] = {
    errors.DependencyUnavailable: Code.UNAVAILABLE,
    errors.SearchUnavailable: Code.SEARCH_UNAVAILABLE,
    errors.SourceError: Code.UNAVAILABLE,
    errors.MixedCurrencies: Code.INTERNAL,
    errors.MissingSettings: Code.INTERNAL,
    errors.MigrationFailed: Code.INTERNAL,
    errors.IndexTaskFailed: Code.INTERNAL,
}
"""Errors whose text names our own machinery."""

_IN_THEIR_PLACE = {
    Code.UNAVAILABLE: "the catalogue cannot be read just now",
    Code.SEARCH_UNAVAILABLE: "search cannot answer just now; everything else can",
}


class Location(msgspec.Struct, frozen=True):
    line: int
    column: int


class ProblemExtensions(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """`limit`, `restore_rate` (points) and `retry_after` (seconds): where a client asks for too much in too little time."""

    code: Code
    reference: str | None = None
    limit: int | None = None
    restore_rate: int | None = None
    retry_after: int | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `errors`, in the specification's form."""

    message: str
    locations: tuple[Location, ...] = ()
    path: tuple[str | int, ...] | None = None
    extensions: ProblemExtensions


class Refused(Exception):
    """The request is not executed; `status` is the HTTP status of the answer, `headers` are more of it."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        status: int = 400,
        problems: Sequence[Problem] = (),
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.headers = code, status, headers
        self.problems = tuple(problems) or (Problem(message=message, extensions=ProblemExtensions(code)),)


def refused_by(code: Code, found: Sequence[GraphQLError]) -> Refused:
    """A refusal by graphql-core's parser or validation, with the places in the document."""
    return Refused(code, found[0].message, problems=[_problem(error, error.message, ProblemExtensions(code)) for error in found])


def problem_of(error: GraphQLError, new_reference: Callable[[], str]) -> Problem:
    """What the client hears of an error that a field or a variable raised."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return _problem(error, error.message, ProblemExtensions(Code.BAD_USER_INPUT))
    if code := _code_in(TOLD, cause):
        return _problem(error, str(cause), ProblemExtensions(code))
    code, reference = _code_in(HIDDEN, cause) or Code.INTERNAL, new_reference()
    # A server that is away makes every answer fail alike: its own words say enough, and a stack for each would bury the log.
    told = {"exc_info": cause} if code is Code.INTERNAL else {"reason": str(cause)}
    log.error("storefront_error", reference=reference, path=error.path, code=code, **told)
    return _problem(error, f"{_IN_THEIR_PLACE.get(code, 'internal error')}; reference {reference}", ProblemExtensions(code, reference))


def _code_in(table: dict[type[errors.SpoinaError], Code], cause: Exception) -> Code | None:
    return next((table[kind] for kind in type(cause).__mro__ if kind in table), None)


def _problem(error: GraphQLError, message: str, extensions: ProblemExtensions) -> Problem:
    locations = tuple(Location(place.line, place.column) for place in error.locations or ())
    return Problem(message=message, locations=locations, path=tuple(error.path) if error.path else None, extensions=extensions)
