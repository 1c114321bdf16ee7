"""`spoina search` as a person at a terminal uses it."""

import asyncio

import pytest

from api.embedded import Servers
from spoina.db import connect_pool
from tests.api.test_cli import spoina
from tests.spoina.catalog.builders import insert_products, insert_shop, product


@pytest.fixture
async def env(database: str, servers: Servers, tmp_path) -> dict[str, str]:
    pool = await connect_pool(database)
    await insert_shop(pool)
    await insert_products(pool, [product(1, title="Wiertarka udarowa 18V"), product(2, title="Młotek")])
    await pool.close()
    return {"SPOINA_DATABASE_URL": database, "SPOINA_REDIS_URL": servers.redis_url, "SPOINA_DATA_DIR": str(tmp_path)}


async def test_building_asking_and_comparing(env: dict[str, str]):
    def run(*arguments: str):
        return spoina(env, "search", *arguments)

    def story():
        before = run("status")
        assert (before.exit_code, before.stdout.splitlines()[-1]) == (
            0,
            "not built yet: the worker does it by itself, spoina search reindex at once",
        )
        assert run("reindex").stdout == "2 products indexed, generation 1\n"
        assert run("status").stdout.splitlines()[1].endswith(", 0 behind")
        found = run("explain", "wiertarki")
        assert found.stdout.splitlines()[0] == "read as: wiertarki (wiertarka; 2 letters may be wrong; or a longer word)"
        assert (found.exit_code, "1. 1        WIERTARKA udarowa 18V" in found.stdout) == (0, True)
        assert run("drift").stdout == "2 products compared\n"

    await asyncio.to_thread(story)


async def test_a_drift_is_told_and_mended(env: dict[str, str], database: str):
    await asyncio.to_thread(spoina, env, "search", "reindex")
    pool = await connect_pool(database)
    await insert_products(pool, [product(3, title="Pędzel")])
    await pool.close()
    told = await asyncio.to_thread(spoina, env, "search", "drift")
    assert (told.exit_code, "1 missing: 3" in told.stdout) == (1, True)
    assert (await asyncio.to_thread(spoina, env, "search", "drift", "--repair")).exit_code == 0
    assert (await asyncio.to_thread(spoina, env, "search", "drift")).stdout == "3 products compared\n"
