from collections.abc import AsyncIterator
from functools import partial

import pytest

from api.embedded import Servers
from simulators.woocommerce.configurations import configured_catalogue, configured_conditions
from spoina.db import Connection, connect, connect_pool
from spoina.notifications import Listener
from tests.conftest import copied_database
from tests.contract.carts.mirrored import Mirrored
from tests.contract.carts.recordings import CONFIGURATIONS
from tests.shop_server import served_shop


@pytest.fixture(scope="session")
async def mirrored(servers: Servers, administration: Connection, template: str) -> AsyncIterator[Mirrored]:
    """Of no configuration in particular."""
    async with copied_database(servers, administration, template) as database, served_shop(configured_catalogue()) as server:
        pool = await connect_pool(database)
        listener = Listener(partial(connect, database))
        server.shop.conditions = configured_conditions("a")
        shop = Mirrored(server, database, pool, listener)
        await shop.read_all()
        yield shop
        await listener.stop()
        await pool.close()


@pytest.fixture(scope="session", params=CONFIGURATIONS)
async def letter(request: pytest.FixtureRequest, mirrored: Mirrored) -> str:
    """Of the configuration that is mirrored now. All tests of it run one after another, whatever their file: to mirror it takes as long as
    one of them."""
    configuration: str = request.param
    await mirrored.configure(configuration)
    return configuration
