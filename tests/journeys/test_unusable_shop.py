"""A shop that cannot be used: the worker stays, says what to do, and goes on by itself once it was done."""

from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from simulators.woocommerce.auth import ApiKey
from simulators.woocommerce.generator import Scale, generated_catalogue
from simulators.woocommerce.shop import DEMO_KEY
from spoina.db import Pool
from tests.journeys.working import imported, polled_again, soon, until, working  # noqa: F401
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop

pytestmark = pytest.mark.usefixtures("soon")


def keys(server: ShopServer, *keys: ApiKey) -> None:
    server.shop.keyring.keys.clear()
    server.shop.keyring.keys.update({key.key: key for key in keys})


def other_key(server: ShopServer) -> None:
    keys(server, ApiKey("ck_other", "cs_other"))


def other_secret(server: ShopServer) -> None:
    keys(server, ApiKey(DEMO_KEY.key, "cs_other"))


def mended(server: ShopServer) -> None:
    keys(server, DEMO_KEY)
    server.misbehave()


CASES = [
    ("a wrong key", other_key, "Check the consumer key and secret"),
    ("a wrong secret", other_secret, "Check the consumer key and secret"),
    ("plain permalinks", lambda server: server.misbehave(no_pretty_permalinks=True), "Settings → Permalinks is not set to Plain"),
    ("a maintenance page", lambda server: server.misbehave(html_page=True), "Let /wp-json/ through"),
]


@pytest.mark.parametrize(("case", "break_it", "remedy"), CASES)
async def test_the_worker_names_the_remedy_and_imports_when_the_shop_is_mended(
    pool: Pool, database: str, case: str, break_it: Callable[[ShopServer], None], remedy: str
):
    async with served_shop(generated_catalogue(Scale(10, (2, 2)))) as server:
        break_it(server)
        with capture_logs() as logs:
            async with working(server.settings(), database):
                await until(lambda: told(logs, "the shop cannot be used", remedy))
                assert await pool.fetchval("select count(*) from product") == 0
                mended(server)
                await until(lambda: imported(pool))
        assert await mirror_differences(server.shop, pool) == []
        assert [line for line in logs if DEMO_KEY.secret in str(line)] == []


@pytest.mark.parametrize(("case", "break_it", "remedy"), CASES)
async def test_a_shop_that_breaks_later_is_followed_again_when_it_is_mended(
    pool: Pool, database: str, case: str, break_it: Callable[[ShopServer], None], remedy: str
):
    async with served_shop(generated_catalogue(Scale(10, (2, 2)))) as server:
        with capture_logs() as logs:
            async with working(server.settings(), database):
                await until(lambda: imported(pool))
                break_it(server)
                await until(lambda: told(logs, "the shop did not answer as it should", remedy))
                mended(server)
                await polled_again(pool)
        assert await mirror_differences(server.shop, pool) == []


async def test_a_shop_that_is_not_there_yet_is_waited_for(pool: Pool, database: str):
    async with served_shop(generated_catalogue(Scale(10, (2, 2)))) as gone:
        settings, home = gone.settings(), gone.shop.settings.home
    with capture_logs() as logs:
        async with working(settings, database):
            await until(lambda: told(logs, "the shop cannot be used", "Check the shop's address"))
            async with served_shop(generated_catalogue(Scale(10, (2, 2))), home=home) as server:
                await until(lambda: imported(pool))
                assert await mirror_differences(server.shop, pool) == []


async def told(logs: list[dict], event: str, remedy: str) -> bool:
    return any(line["event"] == event and remedy in line["remedy"] for line in logs)
