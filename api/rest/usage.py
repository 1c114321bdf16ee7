"""Which client uses which field of the GraphQL schema, and which deprecated ones may go."""

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from api.authentication import requires
from api.field_usage import UNUSED_DAYS, Question, UsageReport, usage_report
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope


def usage_route(keys: KeyRing) -> HTTPRouteHandler:
    @get("/v1/graphql/usage", guards=[requires(keys, Scope.USAGE_READ)], tags=["operations"], summary="Who uses which field")
    async def usage(
        services: NamedDependency[Services],
        field: FromQuery[str | None] = None,
        deprecated: FromQuery[bool] = False,
        days: FromQuery[int] = UNUSED_DAYS,
    ) -> UsageReport:
        """For staff keys. By client, version and day; seconds behind. Clients name themselves by `x-client-name` and `x-client-version` (or
        Apollo's headers), else they are called by their key. A deprecated field is safe to remove once nobody used it for `days` days."""
        return await usage_report(services.pool, Question(field=field, deprecated=deprecated, days=days), services.clock)

    return usage
