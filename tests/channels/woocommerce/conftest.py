from collections.abc import AsyncIterator

import pytest

from tests.channels.woocommerce.scripted_shop import Reply, ScriptedShop, running_shop


@pytest.fixture(scope="session")
async def shop_server() -> AsyncIterator[ScriptedShop]:
    async with running_shop() as running:
        yield running


@pytest.fixture
def scripted(shop_server: ScriptedShop) -> ScriptedShop:
    """A shop that answers [] until it is told otherwise."""
    shop_server.asked.clear()
    shop_server.most_in_flight = 0
    shop_server.replies(Reply())
    return shop_server
