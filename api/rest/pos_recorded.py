"""Looking up what was sold, for goods that come back."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from api.authentication import Guard
from api.services import Services
from spoina.ids import SaleId
from spoina.pos.recorded import RecordedSale, recorded_sale, sales_by_receipt


def recorded_routes(guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    @get("/v1/pos/sales/{sale_id:uuid}", guards=[guard], dependencies=terminal, tags=["till"], summary="A recorded sale")
    async def one_sale(services: NamedDependency[Services], sale_id: FromPath[UUID]) -> RecordedSale:
        """For terminals' keys. Of any register: as it was printed, and how much of each line came back. 404: not known (yet)."""
        return await recorded_sale(services.pool, SaleId(sale_id))

    @get("/v1/pos/sales", guards=[guard], dependencies=terminal, tags=["till"], summary="Sales by the number on the receipt")
    async def sales_of_receipt(
        services: NamedDependency[Services], receipt_no: Annotated[str, QueryParameter(name="receiptNo")]
    ) -> list[RecordedSale]:
        """For terminals' keys. Of all registers, the newest first, at most 20: each printer counts for itself."""
        return await sales_by_receipt(services.pool, receipt_no)

    return [one_sale, sales_of_receipt]
