from collections.abc import AsyncIterator

import pytest

from simulators.woocommerce.catalogue import Catalogue, recorded_catalogue
from spoina.db import Pool
from tests.channels.woocommerce.orders.shopping import stocked
from tests.shop_server import ShopServer, served_shop


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return recorded_catalogue()


@pytest.fixture
async def server(catalogue: Catalogue) -> AsyncIterator[ShopServer]:
    async with served_shop(catalogue) as running:
        yield running


@pytest.fixture
async def shop(server: ShopServer, pool: Pool) -> ShopServer:
    """With its goods in the mirror."""
    await stocked(server, pool)
    return server
