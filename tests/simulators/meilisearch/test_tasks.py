"""Writes are tasks, done later and in their order."""

import asyncio

import meilisearch
import pytest

from simulators.meilisearch.faults import Faults
from simulators.meilisearch.server import MASTER_KEY
from tests.simulators.meilisearch.conftest import MOVIES, refused


async def test_a_write_is_answered_at_once_and_done_later(server, api):
    server.faults = Faults(task_ms=50)
    summary = (await api.post("/indexes/movies/documents", json=MOVIES)).json()
    assert (summary["taskUid"], summary["indexUid"], summary["status"]) == (0, "movies", "enqueued")
    assert summary["type"] == "documentAdditionOrUpdate"
    assert (await api.get("/tasks/0")).json()["status"] in ("enqueued", "processing")
    assert (await api.get("/indexes/movies")).json()["code"] == "index_not_found"


async def test_a_finished_task_tells_its_details(done):
    task = await done("POST", "/indexes/movies/documents", json=MOVIES)
    assert (task["status"], task["error"], task["canceledBy"]) == ("succeeded", None, None)
    assert task["details"] == {"receivedDocuments": 6, "indexedDocuments": 6}
    assert task["enqueuedAt"] <= task["startedAt"] <= task["finishedAt"]
    assert task["duration"].startswith("PT")


@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([{"title": "Carol"}], "index_primary_key_no_candidate_found"),
        ([{"id": 1, "movie_id": 2}], "index_primary_key_multiple_candidates_found"),
        ([{"id": 1}, {"title": "no id"}], "missing_document_id"),
        ([{"id": "not good!"}], "invalid_document_id"),
    ],
)
async def test_documents_that_cannot_be_kept_fail_the_whole_task(done, api, documents, code):
    task = await done("POST", "/indexes/movies/documents", json=documents)
    assert (task["status"], task["error"]["code"]) == ("failed", code)
    assert (await api.get("/indexes/movies/documents")).json()["total"] == 0


async def test_an_index_is_made_once(done):
    assert (await done("POST", "/indexes", json={"uid": "movies", "primaryKey": "id"}))["status"] == "succeeded"
    again = await done("POST", "/indexes", json={"uid": "movies"})
    assert (again["status"], again["error"]["code"]) == ("failed", "index_already_exists")


async def test_a_swap_exchanges_documents_and_settings(done, api, movies):
    await done("POST", "/indexes/new/documents", json=[{"id": 9, "title": "Dune"}])
    task = await done("POST", "/swap-indexes", json=[{"indexes": ["movies", "new"]}])
    assert (task["status"], task["type"], task["indexUid"]) == ("succeeded", "indexSwap", None)
    assert (await api.get("/indexes/movies/documents")).json()["results"] == [{"id": 9, "title": "Dune"}]
    assert (await api.get("/indexes/movies/settings/filterable-attributes")).json() == []
    assert (await api.get("/indexes/new/stats")).json()["numberOfDocuments"] == len(MOVIES)


async def test_a_swap_with_what_is_not_there_fails_and_changes_nothing(done, api, movies):
    task = await done("POST", "/swap-indexes", json=[{"indexes": ["movies", "absent"]}])
    assert (task["status"], task["error"]["code"]) == ("failed", "index_not_found")
    assert (await api.get("/indexes/movies/stats")).json()["numberOfDocuments"] == len(MOVIES)


async def test_tasks_are_listed_newest_first_and_by_what_they_are(api, done, movies):
    await done("DELETE", "/indexes/absent")
    listed = (await api.get("/tasks", params={"limit": 2})).json()
    assert ([task["uid"] for task in listed["results"]], listed["total"], listed["next"]) == ([2, 1], 3, 0)
    failed = (await api.get("/tasks", params={"statuses": "failed", "types": "indexDeletion"})).json()["results"]
    assert [task["error"]["code"] for task in failed] == ["index_not_found"]


async def test_a_task_may_be_told_to_fail(server, done):
    server.faults = Faults(failing_tasks=("settingsUpdate",))
    task = await done("PATCH", "/indexes/movies/settings", json={"stopWords": ["the"]})
    assert (task["status"], task["error"]["code"]) == ("failed", "internal")


async def test_settings_are_refused_before_anything_is_enqueued(api):
    for changes, code in (
        ({"rankingRules": ["fame"]}, "invalid_settings_ranking_rules"),
        ({"typoTolerance": {"minWordSizeForTypos": {"oneTypo": 9, "twoTypos": 5}}}, "invalid_settings_typo_tolerance"),
        ({"searchableAttributes": "title"}, "invalid_settings_searchable_attributes"),
        ({"colour": "red"}, "bad_request"),
    ):
        answer = await api.patch("/indexes/movies/settings", json=changes)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await api.get("/tasks")).json()["total"] == 0


async def test_null_brings_a_setting_back_and_objects_are_changed_member_by_member(api, done, movies):
    await done("PATCH", "/indexes/movies/settings", json={"typoTolerance": {"disableOnNumbers": True}, "sortableAttributes": None})
    settings = (await api.get("/indexes/movies/settings")).json()
    assert settings["sortableAttributes"] == []
    assert settings["typoTolerance"]["disableOnNumbers"] is True
    assert settings["typoTolerance"]["minWordSizeForTypos"] == {"oneTypo": 5, "twoTypos": 9}
    assert settings["filterableAttributes"] == ["director", "genres", "id", "rating", "year"]


async def test_what_does_not_exist_has_its_own_code(api):
    assert (await api.get("/tasks/7")).json()["code"] == "task_not_found"
    assert (await api.get("/tasks/seven")).json()["code"] == "invalid_task_uid"
    assert await refused(api, "/indexes/none/search", {}) == (404, "index_not_found")
    assert (await api.get("/indexes/bad uid/settings")).status_code == 404


async def test_the_official_client_understands_it(served):
    client = meilisearch.Client(str(served.base_url).rstrip("/"), MASTER_KEY)

    def use() -> tuple[object, ...]:
        client.wait_for_task(client.create_index("films", {"primaryKey": "id"}).task_uid)
        client.wait_for_task(client.index("films").add_documents(MOVIES).task_uid)
        client.wait_for_task(client.index("films").update_settings({"filterableAttributes": ["year"]}).task_uid)
        client.wait_for_task(client.index("films").delete_documents(filter="year < 2013").task_uid)
        found = client.index("films").search("mad", {"filter": "year = 2015"})
        return client.is_healthy(), [hit["id"] for hit in found["hits"]], client.index("films").get_stats().number_of_documents

    assert await asyncio.to_thread(use) == (True, [4], 4)
