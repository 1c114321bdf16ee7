"""What operations cost a client, in points, and how it hears that it has none left.

The error is the dialect's (THROTTLED); Retry-After is RFC 9110's, the RateLimit fields are draft-ietf-httpapi-ratelimit-headers-10's.
"""

from spoina.errors import Throttled
from storefront.callers import Caller
from storefront.errors import Code, Problem, ProblemExtensions, Refused

OBJECTS_A_POINT = 1000
"""Of a document's cost. The request itself is a point already, and is all that an answer costs which is given again."""
MUTATION_POINTS = 4
WINDOW_SECONDS = 60


def pay_for_request(caller: Caller) -> None:
    """Raises Refused where the client has no points left."""
    _pay(caller, 1)


def pay_for_operation(caller: Caller, cost: int, *, mutation: bool) -> None:
    """Beside the request's own point, once the cost is known. Raises Refused where the client has no points left."""
    if points := cost // OBJECTS_A_POINT + (MUTATION_POINTS if mutation else 0):
        _pay(caller, points)


def _pay(caller: Caller, points: int) -> None:
    try:
        caller.pay(points)
    except Throttled as refusal:
        raise refused_for(refusal) from refusal


def refused_for(error: Throttled) -> Refused:
    extensions = ProblemExtensions(Code.THROTTLED, limit=error.limit, restore_rate=error.restore_rate, retry_after=error.retry_after)
    headers = tuple((name.encode(), value.encode()) for name, value in throttled_headers(error).items())
    problem = Problem(message=str(error), extensions=extensions)
    return Refused(Code.THROTTLED, str(error), status=429, problems=(problem,), headers=headers)


def throttled_headers(error: Throttled) -> dict[str, str]:
    return {"retry-after": str(error.retry_after), **limit_headers(error.policy, error.limit, error.left, error.retry_after)}


def limit_headers(policy: str, limit: int, left: int, seconds: int) -> dict[str, str]:
    """`left` points may be spent now; in `seconds` there are more."""
    return {"ratelimit-policy": f'"{policy}";q={limit};w={WINDOW_SECONDS}', "ratelimit": f'"{policy}";r={left};t={seconds}'}
