"""The index follows the catalogue: from nothing, by versions, after losses; and what it misses is found."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from search.indexing import Indexer
from search.keeping import keep_index, keep_once
from search.opening import Search, open_search
from search.types import SearchQuery
from spoina.catalog.types import Status
from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.errors import SearchUnavailable
from spoina.notifications import Listener
from spoina.settings import Settings
from tests.spoina.catalog.builders import category, insert_frame, insert_products, insert_shop, insert_stock, product


@pytest.fixture
async def search(tmp_path: Path) -> AsyncIterator[Search]:
    async with open_search(Settings(data_dir=tmp_path), utc_now) as opened:
        yield opened


@pytest.fixture
async def indexer(pool: Pool, search: Search) -> Indexer:
    await insert_shop(pool)
    return search.indexer(pool, utc_now)


async def found(search: Search, text: str) -> list[int]:
    return [int(hit.id) for hit in (await search.engine.search(SearchQuery(text=text, typos=False))).hits]


async def test_from_nothing_and_then_by_versions(pool: Pool, search: Search, indexer: Indexer):
    await insert_products(pool, [product(1, title="Wiertarka udarowa"), product(2, title="Młotek")])
    assert not await indexer.is_built()
    assert (await indexer.build()).count == 2
    assert (await indexer.is_built(), await found(search, "wiertarki")) == (True, [1])
    await insert_products(pool, [product(2, title="Wiertarka ręczna"), product(3, title="Pędzel")])
    assert ((await indexer.progress()).behind, await indexer.follow()) == (1, 2)
    assert (sorted(await found(search, "wiertarką")), await found(search, "pędzle"), await found(search, "młotek")) == ([1, 2], [3], [])
    assert ((await indexer.progress()).behind, await indexer.follow()) == (0, 0)


@pytest.mark.parametrize("how", ["hidden", "deleted"])
async def test_what_is_not_shown_any_more_is_not_found_any_more(pool: Pool, search: Search, indexer: Indexer, how: str):
    await insert_products(pool, [product(1, title="Wiertarka")])
    await indexer.build()
    if how == "hidden":
        await insert_products(pool, [product(1, title="Wiertarka", status=Status.DRAFT)])
    else:
        await pool.execute("update product set deleted_at = now(), version = nextval('catalog_version') where id = 1")
    await indexer.follow()
    assert await found(search, "wiertarka") == []


async def test_a_version_larger_than_a_batch_is_followed_whole(pool: Pool, indexer: Indexer):
    await indexer.build()
    await insert_products(pool, [product(number) for number in range(1, 1201)])
    assert await indexer.follow() == 1200
    assert (await indexer.drift()).none


async def test_drift_of_each_kind_is_found_and_mended(pool: Pool, search: Search, indexer: Indexer):
    await insert_products(pool, [product(number, title=f"Wkrętak {number}") for number in range(1, 7)])
    await indexer.build()
    page = await search.index.hashes()
    assert len(page) == 6
    await search.index.delete([1, 2])
    await pool.execute(
        "update product_document set body = replace(convert_from(body, 'UTF8'), 'Wkrętak 3', 'Śrubokręt')::bytea where product_id = 3"
    )
    await pool.execute("update product set published = false where id = 4")
    drift = await indexer.drift()
    assert (drift.compared, drift.missing, drift.stale, drift.superfluous) == (5, (1, 2), (3,), (4,))
    await indexer.repair(drift)
    assert (await indexer.drift()).none
    assert await found(search, "śrubokręty") == [3]


async def test_a_renamed_category_reaches_its_products(pool: Pool, search: Search, indexer: Indexer):
    drills = category(7, title="Wiertarki")
    await insert_frame(pool, categories=[drills])
    await insert_products(pool, [product(1, title="PSB 500", categories=[7])])
    await keep_once(pool, indexer)
    assert (await found(search, "wiertarka"), await indexer.is_due()) == ([1], False)
    await insert_frame(pool, categories=[category(7, title="Szlifierki")])
    assert await indexer.is_due()
    await keep_once(pool, indexer)
    assert (await found(search, "szlifierka"), await found(search, "wiertarka"), await indexer.is_due()) == ([1], [], False)


async def test_an_index_that_was_lost_is_built_again(pool: Pool, search: Search, indexer: Indexer, tmp_path: Path):
    await insert_products(pool, [product(1, title="Wiertarka")])
    await keep_once(pool, indexer)
    async with open_search(Settings(data_dir=tmp_path / "other"), utc_now) as empty:
        other = Indexer(pool, empty.engine, empty.index, empty.analysis, utc_now, search.name)
        assert not await other.is_built()
        await keep_once(pool, other)
        assert await found(empty, "wiertarka") == [1]


@pytest.mark.parametrize("lost", ["everything", "the generation", "a segment", "its list of segments", "which is current", "the words"])
async def test_files_that_are_gone_under_a_running_worker_are_built_again(
    pool: Pool, search: Search, indexer: Indexer, tmp_path: Path, lost: str
):
    await insert_products(pool, [product(number, title="Wiertarka") for number in range(1, 4)])
    await keep_once(pool, indexer)
    assert sorted(await found(search, "wiertarki")) == [1, 2, 3]
    folder = tmp_path / "search"
    generation = folder / "generation-000001"
    match lost:
        case "everything":
            shutil.rmtree(folder)
        case "the generation":
            shutil.rmtree(generation)
        case "a segment":
            next(generation.glob("*.fast")).unlink()
            os.utime(generation / "meta.json")
        case "its list of segments":
            (generation / "meta.json").write_text("{ no json")
        case "which is current":
            (folder / "current.json").write_text("{ no json")
        case "the words":
            shutil.rmtree(generation / "words")
            os.utime(generation / "meta.json")
    with pytest.raises(SearchUnavailable):
        await found(search, "wiertarki")
    await keep_once(pool, indexer)
    assert sorted(await found(search, "wiertarki")) == [1, 2, 3]


async def test_a_running_worker_follows_within_a_second(pool: Pool, database: str, search: Search, indexer: Indexer):
    listener, stop = Listener(partial(connect, database)), asyncio.Event()
    await listener.start()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_index(pool, listener, indexer, stop))
        await insert_products(pool, [product(1, title="Wiertarka", counted=True)], {1: 1})
        async with asyncio.timeout(10):
            while not await indexer.is_built() or await found(search, "wiertarka") != [1]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await insert_products(pool, [product(1, title="Szlifierka")])
            while await found(search, "szlifierka") != [1]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        stop.set()
    await listener.stop()


async def test_two_workers_do_not_write_at_once(pool: Pool, indexer: Indexer):
    await insert_products(pool, [product(number) for number in range(1, 20)])
    await asyncio.gather(keep_once(pool, indexer), keep_once(pool, indexer), keep_once(pool, indexer))
    assert (await indexer.drift()).none


async def test_stock_that_crosses_zero_is_a_change(pool: Pool, search: Search, indexer: Indexer):
    await insert_products(pool, [product(1, counted=True)], {1: 0})
    await indexer.build()
    await insert_stock(pool, {1: 5})
    await pool.execute("update product set available = true, version = nextval('catalog_version') where id = 1")
    await indexer.follow()
    assert (await indexer.drift()).none
