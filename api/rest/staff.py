"""What staff look into: how the mirror stands, and what could not be taken in."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from api.authentication import requires
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.db import transaction
from spoina.sync import status
from spoina.sync.status import Retried, Retry, SyncStatus
from spoina.sync.types import QuarantineEntry


def staff_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    @get("/v1/sync/status", guards=[requires(keys, Scope.SYNC_READ)], tags=["sync"], summary="How the mirror stands")
    async def sync_status(services: NamedDependency[Services]) -> SyncStatus:
        """For staff keys. The newest run of each kind, how long ago the shop was last read, and what is waiting."""
        async with services.pool.acquire() as connection:
            return await status.sync_status(connection, services.clock())

    @get(
        "/v1/quarantine", guards=[requires(keys, Scope.QUARANTINE_READ)], tags=["quarantine"], summary="What could not be taken in, and why"
    )
    async def list_quarantine(services: NamedDependency[Services]) -> list[QuarantineEntry]:
        """For staff keys. The newest thousand, the newest first."""
        async with services.pool.acquire() as connection:
            return await status.quarantined(connection)

    @post(
        "/v1/quarantine/retry",
        guards=[requires(keys, Scope.QUARANTINE_WRITE)],
        status_code=202,
        tags=["quarantine"],
        summary="Have quarantined products read again",
    )
    async def retry_quarantine(services: NamedDependency[Services], data: JSONBody[Retry]) -> Retried:
        """For staff keys. The worker reads them from the shop again; what can be taken in then leaves the quarantine."""
        async with transaction(services.pool) as connection:
            return await status.retry_quarantined(connection, data, services.clock())

    return [sync_status, list_quarantine, retry_quarantine]
