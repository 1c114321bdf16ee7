"""Writing: generations that take one another's place, settings as code, errors that are told."""

import asyncio

import msgspec
import pytest

from search.meilisearch.opening import open_meilisearch
from search.meilisearch.settings import index_settings
from search.types import LARGEST_BATCH, SearchQuery, SearchSettings
from simulators.meilisearch.faults import Faults
from spoina.errors import Busy, IndexTaskFailed, LimitExceeded, SearchUnavailable
from tests.search.meilisearch.conftest import INDEX, document, found, in_batches, polish

KUBEK, KOC, NOZ = document(1, "Kubek kamionkowy"), document(2, "Koc wełniany"), document(3, "Nóż do chleba")


async def test_what_is_written_is_found_at_once(opened):
    await opened.index.upsert([KUBEK, KOC])
    assert await found(opened, "kubki") == [1]
    await opened.index.upsert([document(1, "Dzbanek kamionkowy")])
    assert (await found(opened, "kubki"), await found(opened, "dzbankiem")) == ([], [1])
    await opened.index.delete([2, 99])
    assert await found(opened) == [1]


async def test_a_generation_takes_the_place_of_the_live_one_and_leaves_nothing_behind(opened, server, clock):
    await opened.index.upsert([KUBEK])
    status = await opened.index.rebuild(in_batches([KOC], [], [NOZ]))
    assert (status.count, status.generation, status.built_at) == (2, 1, clock.now)
    assert await found(opened) == [2, 3]
    assert sorted(server.indexes) == [INDEX, f"{INDEX}-state"]
    assert (await opened.index.rebuild(in_batches([KUBEK]))).generation == 2


async def test_searches_go_on_while_a_generation_is_built(opened):
    await opened.index.upsert([KUBEK])

    async def slowly():
        yield [KOC]
        assert await found(opened) == [1]
        yield [NOZ]
        assert await found(opened, "nożem") == []

    await opened.index.rebuild(slowly())
    assert await found(opened) == [2, 3]


async def test_what_is_written_meanwhile_is_in_the_new_generation_too(opened, settings):
    await opened.index.rebuild(in_batches([KUBEK, KOC]))

    async def with_writes():
        yield [KUBEK, KOC]
        async with open_meilisearch(settings, polish()) as elsewhere:
            await elsewhere.index.upsert([document(1, "Talerz głęboki"), NOZ])
            await elsewhere.index.delete([2])
        assert await found(opened) == [1, 3]

    await opened.index.rebuild(with_writes())
    assert (await found(opened, "talerze"), await found(opened)) == ([1], [1, 3])


async def test_a_generation_that_fails_leaves_the_live_one(opened, server):
    await opened.index.rebuild(in_batches([KUBEK]))

    async def breaking():
        yield [KOC]
        raise RuntimeError("the catalogue went away")

    with pytest.raises(RuntimeError, match="went away"):
        await opened.index.rebuild(breaking())
    assert (await found(opened), (await opened.engine.status()).generation) == ([1], 1)
    assert sorted(server.indexes) == [INDEX, f"{INDEX}-state"]
    await opened.index.rebuild(in_batches([KOC]))
    assert await found(opened) == [2]


async def test_two_generations_are_not_built_at_once_but_a_dead_builder_is_passed_over(opened, server, clock):
    await opened.index.upsert([KUBEK])

    async def interrupted():
        yield [KOC]
        with pytest.raises(Busy):
            await opened.index.rebuild(in_batches([NOZ]))
        clock.forward(minutes=6)
        assert (await opened.index.rebuild(in_batches([NOZ]))).count == 1
        yield [KOC]

    with pytest.raises(Busy):
        await opened.index.rebuild(interrupted())
    assert await found(opened) == [3]
    assert sorted(server.indexes) == [INDEX, f"{INDEX}-state"]


async def test_a_failed_task_is_told_with_its_code(opened, server):
    await opened.index.upsert([KUBEK])
    server.faults = Faults(failing_tasks=("documentAdditionOrUpdate",))
    with pytest.raises(IndexTaskFailed) as failure:
        await opened.index.upsert([KOC])
    assert failure.value.code == "internal"
    server.faults = Faults(failing_tasks=("indexSwap",))
    with pytest.raises(IndexTaskFailed):
        await opened.index.rebuild(in_batches([KOC]))

    server.faults = Faults()
    assert await found(opened) == [1]


async def test_a_batch_that_cannot_be_kept_ends_the_generation_and_leaves_the_live_one(opened, server):
    await opened.index.upsert([KUBEK])
    spoilt = msgspec.structs.replace(NOZ, id="no id!")
    with pytest.raises(IndexTaskFailed) as failure:
        await opened.index.rebuild(in_batches([KOC], [spoilt], [NOZ]))
    assert failure.value.code == "invalid_document_id"
    assert await found(opened) == [1]
    assert sorted(server.indexes) == [INDEX, f"{INDEX}-state"]


async def test_settings_that_were_changed_by_hand_are_put_right(opened, settings, server):
    await opened.index.upsert([KUBEK])
    server.index(INDEX).settings["rankingRules"] = ["words"]
    before = len(server.queue.tasks)
    async with open_meilisearch(settings, polish()) as again:
        await again.index.upsert([KOC])
    assert server.index(INDEX).settings["rankingRules"] == index_settings(SearchSettings())["rankingRules"]
    updates = [task for task in server.queue.tasks[before:] if task.kind == "settingsUpdate"]
    assert [task.details for task in updates] == [{"rankingRules": index_settings(SearchSettings())["rankingRules"]}]


async def test_the_shops_words_hold_at_once_and_stay_through_a_rebuild(opened):
    await opened.index.rebuild(in_batches([KUBEK, KOC]))
    words = SearchSettings(synonyms=(("kubek", "garnuszek"),), one_way=(("pled", ("koc",)),), stop_words=("fajny",))
    await opened.index.configure(words)
    assert (await found(opened, "garnuszki"), await found(opened, "fajny pled")) == ([1], [2])
    await opened.index.rebuild(in_batches([KUBEK, KOC]))
    assert await opened.engine.settings() == words
    assert await found(opened, "garnuszki") == [1]


async def test_hashes_come_by_rising_id_and_tell_what_differs(opened):
    await opened.index.upsert([NOZ, KUBEK, KOC])
    hashes = await opened.index.hashes(limit=2)
    assert [(each.id, each.hash) for each in hashes] == [(1, KUBEK.hash), (2, KOC.hash)]
    assert [each.id for each in await opened.index.hashes(after=2)] == [3]
    status = await opened.engine.status()
    assert status.digest == f"{int(KUBEK.hash, 16) ^ int(KOC.hash, 16) ^ int(NOZ.hash, 16):016x}"
    assert status.count == 3


async def test_an_index_that_was_never_written_is_empty(opened):
    assert (await opened.engine.status()).count == 0
    assert await opened.index.hashes() == ()
    for call in (opened.engine.search(SearchQuery(text="kubek")), opened.engine.suggest("kub")):
        with pytest.raises(SearchUnavailable, match="no index has been built"):
            await call


async def test_too_large_a_batch_is_refused_and_an_empty_one_is_nothing(opened, server):
    with pytest.raises(LimitExceeded):
        await opened.index.delete(range(LARGEST_BATCH + 1))
    await opened.index.upsert([])
    await opened.index.delete([])
    assert server.queue.tasks == []


async def test_a_server_that_is_away_is_told_and_writes_go_on_when_it_is_back(opened, server):
    server.faults = Faults(down=True)
    for call in (opened.index.upsert([KUBEK]), opened.index.delete([1]), opened.index.rebuild(in_batches([KUBEK])), opened.index.hashes()):
        with pytest.raises(SearchUnavailable):
            await call
    server.faults = Faults(not_meilisearch=True)
    with pytest.raises(SearchUnavailable):
        await opened.index.upsert([KUBEK])
    server.faults = Faults()
    await asyncio.gather(opened.index.upsert([KUBEK]), opened.index.upsert([KOC]))
    assert await found(opened) == [1, 2]
