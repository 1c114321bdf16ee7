"""Every error the domain can answer with.

    SpoinaError
    ├── InvalidInput            a field has a wrong value
    │   ├── LimitExceeded       a field is larger than its limit
    │   ├── ClockAhead          a device's clock is too far ahead of ours
    │   └── DoesNotAddUp        amounts that contradict each other
    ├── NotFound                nothing has that id
    ├── UnknownCodes            lines of a sale name what the catalogue never had
    ├── WrongTerminal           a till's key names what is not its own: another register, location or sale
    ├── WrongState              what is asked does not follow from where the thing stands
    ├── CartGone                a cart that is not one any more: expired, merged, ordered
    ├── CartRefused             a cart does not take what a till put into it
    ├── TooManyAttempts         guessing is slowed down
    ├── Throttled               a client asks for more than its budget has
    ├── TooManyStreams          a client keeps more open than it may
    ├── ReturnedTooMuch         more would come back than was sold
    ├── WrongCode               a pickup code that is not the right one
    ├── Unauthorized            no key, an unknown key, a revoked key
    ├── Forbidden               a known key without the scope
    ├── Busy                    what may run once at a time is running already
    ├── Conflict                the same idempotency key came with another body
    │   └── ReusedKey           at the till
    ├── ShortLines              a hold or a transfer wants more than there is
    ├── HoldEnded               the hold expired, was released or is sold already
    ├── NotOurStock             the location's numbers belong to WooCommerce
    ├── MixedCurrencies         arithmetic across currencies
    ├── MissingSettings         settings that must be given and were not
    ├── MigrationFailed         the database could not be brought up to date
    ├── DependencyUnavailable   PostgreSQL, Redis or the data folder cannot be used
    │   └── SearchUnavailable   the search engine cannot answer; everything else can
    │       └── IndexNotBuilt   it has nothing to search yet
    ├── IndexTaskFailed         the search engine could not do what it was asked
    └── SourceError             the shop (WooCommerce) did not answer as it should
        ├── SourceRefused       wrong key, missing permission
        ├── SourceMissing       there is no such thing, or no WooCommerce REST API at that address
        ├── SourceMalformed     an answer that is not what the API documents: HTML, broken JSON, a wrong type
        └── SourceUnavailable   no connection, time-out, 429, 5xx: worth another try

Each carries data; none is told apart by its text. One table (api/problems.py) maps them to HTTP and to GraphQL user errors.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spoina.inventory.types import ShortLine


class SpoinaError(Exception):
    """The root; never raised itself."""


class InvalidInput(SpoinaError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class LimitExceeded(InvalidInput):
    def __init__(self, field: str, limit: int, unit: str) -> None:
        super().__init__(field, f"at most {limit} {unit}")
        self.limit, self.unit = limit, unit


class ClockAhead(InvalidInput):
    """`limit` hours are forgiven; `received_at` is our clock."""

    def __init__(self, field: str, limit: int, received_at: str) -> None:
        super().__init__(field, f"more than {limit} hours ahead of {received_at}: set the device's clock")
        self.limit, self.unit, self.received_at = limit, "hours", received_at


class DoesNotAddUp(InvalidInput):
    """Minor units."""

    def __init__(self, field: str, given: int, expected: int, rule: str) -> None:
        super().__init__(field, f"is {given}, must be {expected}: {rule}")
        self.given, self.expected = given, expected


class NotFound(SpoinaError):
    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"there is no {kind} {reference}")
        self.kind, self.reference = kind, reference


class UnknownCodes(SpoinaError):
    """All of them; the sale was not recorded."""

    def __init__(self, field: str, codes: Sequence[str]) -> None:
        super().__init__(f"{field}: the catalogue never had {', '.join(codes)}")
        self.field, self.codes = field, tuple(codes)


class WrongTerminal(SpoinaError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class WrongState(SpoinaError):
    """`what` is `state` now."""

    def __init__(self, what: str, state: str, reason: str) -> None:
        super().__init__(f"{what} is {state}: {reason}")
        self.what, self.state, self.reason = what, state, reason


class CartGone(SpoinaError):
    """`reason`: expired, merged or ordered. `successor`: the cart that has its lines now."""

    def __init__(self, cart: str, reason: str, successor: str | None = None) -> None:
        super().__init__(f"cart {cart} is gone: {reason}")
        self.cart, self.reason, self.successor = cart, reason, successor


class CartRefused(SpoinaError):
    """`code` says why; `left`: how many it would take, where that is the question."""

    def __init__(self, field: str, code: str, message: str, left: int | None = None) -> None:
        super().__init__(message)
        self.field, self.code, self.left = field, code, left


class TooManyAttempts(SpoinaError):
    """`retry_after`: seconds."""

    def __init__(self, what: str, limit: int, retry_after: int) -> None:
        super().__init__(f"{what}: at most {limit} wrong attempts a minute; try again in {retry_after} seconds")
        self.what, self.limit, self.retry_after = what, limit, retry_after


class Throttled(SpoinaError):
    """`limit` points (or whatever `unit` says) may be spent at once, `left` now, `restore_rate` come back in a second; `retry_after`:
    seconds. `policy`: the class of client."""

    def __init__(self, policy: str, limit: int, left: int, restore_rate: int, retry_after: int, unit: str = "points") -> None:
        super().__init__(f"at most {limit} {unit} at once, {restore_rate} a second come back; try again in {retry_after} seconds")
        self.policy, self.limit, self.left, self.restore_rate, self.retry_after = policy, limit, left, restore_rate, retry_after


class TooManyStreams(SpoinaError):
    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit} streams at once; close one")
        self.limit = limit


class ReturnedTooMuch(SpoinaError):
    """`lines` of the sale, counted from 0, of which less is left to return."""

    def __init__(self, sale: str, lines: Sequence[int]) -> None:
        super().__init__(f"of sale {sale}, more would come back than was sold: lines {', '.join(map(str, lines))}")
        self.sale, self.lines = sale, tuple(lines)


class WrongCode(SpoinaError):
    def __init__(self, attempts_left: int) -> None:
        super().__init__(f"this is not the pickup's code; {attempts_left} attempts left")
        self.attempts_left = attempts_left


class Unauthorized(SpoinaError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Forbidden(SpoinaError):
    def __init__(self, scope: str) -> None:
        super().__init__(f"this key has no scope {str(scope)!r}")
        self.scope = scope


class Conflict(SpoinaError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class ReusedKey(Conflict):
    pass


class Busy(SpoinaError):
    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


class ShortLines(SpoinaError):
    """Nothing was taken, of the other lines neither."""

    def __init__(self, lines: "Sequence[ShortLine]") -> None:
        super().__init__("; ".join(f"line {short.line}: wanted {short.wanted}, {short.left} left" for short in lines))
        self.lines = tuple(lines)


class HoldEnded(SpoinaError):
    """`status` is what became of it."""

    def __init__(self, hold: str, status: str) -> None:
        super().__init__(f"hold {hold} is {status}")
        self.hold, self.status = hold, status


class NotOurStock(SpoinaError):
    def __init__(self, location: str) -> None:
        super().__init__(f"the stock of location {location!r} belongs to WooCommerce: change it there")
        self.location = location


class MixedCurrencies(SpoinaError):
    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be added")
        self.left, self.right = left, right


class MigrationFailed(SpoinaError):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DependencyUnavailable(SpoinaError):
    """A server or folder the program stands on cannot be used; `remedy` says in one line how to mend it."""

    def __init__(self, dependency: str, reason: str, remedy: str) -> None:
        super().__init__(f"{dependency}: {reason} ({remedy})")
        self.dependency, self.reason, self.remedy = dependency, reason, remedy


class SearchUnavailable(DependencyUnavailable):
    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__("search", reason, remedy)


class IndexNotBuilt(SearchUnavailable):
    def __init__(self) -> None:
        super().__init__("no index has been built yet", "build it: spoina search reindex")


class IndexUnreadable(SearchUnavailable):
    """There are files, but nothing can be read from them. The worker builds them anew."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the index cannot be read: {reason}", "the worker builds it anew; at once: spoina search reindex")


class IndexTaskFailed(SpoinaError):
    """The search engine took a task and could not do it; `code` and `reason` are its own words."""

    def __init__(self, task: int, code: str, reason: str) -> None:
        super().__init__(f"search task {task} failed: {code}: {reason}")
        self.task, self.code, self.reason = task, code, reason


class SourceError(SpoinaError):
    """The shop's answer cannot be used; `remedy` is what the shop's owner can do, in plain words."""

    def __init__(self, address: str, reason: str, remedy: str) -> None:
        super().__init__(f"{address}: {reason}. {remedy}")
        self.address, self.reason, self.remedy = address, reason, remedy


class SourceRefused(SourceError):
    pass


class SourceMissing(SourceError):
    pass


class SourceMalformed(SourceError):
    pass


class SourceUnavailable(SourceError):
    """`retry_after` is the number of seconds the shop asked for, if it did. `sent`: it may have done what it was asked."""

    def __init__(self, address: str, reason: str, remedy: str, retry_after: float | None = None, *, sent: bool = True) -> None:
        super().__init__(address, reason, remedy)
        self.retry_after, self.sent = retry_after, sent


class MissingSettings(SpoinaError):
    """Settings that must be given and were not; all of them at once."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"missing settings: {', '.join(names)}")
        self.names = tuple(names)
