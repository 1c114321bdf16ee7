"""Who may do what, and the faults that can be switched on."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import meilisearch
import pytest

from simulators.meilisearch.app import create_app
from simulators.meilisearch.server import MASTER_KEY, Server
from tests.serving import serving


async def status(api: httpx.AsyncClient, key: str | None, path: str = "/indexes/movies/search", body: object = None) -> tuple[int, str]:
    headers = {"authorization": f"Bearer {key}" if key is not None else ""}
    answer = await api.post(path, json=body if body is not None else {}, headers=headers)
    return answer.status_code, answer.json().get("code", "")


async def made(api: httpx.AsyncClient, **options: object) -> dict[str, str]:
    answer = await api.post("/keys", json={"actions": ["search"], "indexes": ["movies"], "expiresAt": None, **options})
    assert answer.status_code == 201
    key: dict[str, str] = answer.json()
    return key


async def token(key: dict[str, str], rules: object, life: timedelta = timedelta(minutes=1)) -> str:
    client = meilisearch.Client("http://unused", "unused")
    ends = datetime.now(UTC) + life
    return await asyncio.to_thread(lambda: client.generate_tenant_token(key["uid"], rules, api_key=key["key"], expires_at=ends))


async def test_without_a_key_or_with_a_wrong_one(api, movies):
    assert await status(api, None) == (401, "missing_authorization_header")
    assert await status(api, "wrong") == (403, "invalid_api_key")
    assert (await api.get("/health", headers={"authorization": ""})).json() == {"status": "available"}


async def test_a_key_does_what_it_may_and_nothing_else(api, movies):
    key = (await made(api))["key"]
    assert await status(api, key) == (200, "")
    assert await status(api, key, "/indexes/movies/documents", [{"id": 1}]) == (403, "invalid_api_key")
    assert await status(api, key, "/indexes/other/search") == (403, "invalid_api_key")
    over = (await made(api, expiresAt="2026-01-01T00:00:00Z"))["key"]
    assert await status(api, over) == (403, "invalid_api_key")


async def test_the_same_uid_gives_the_same_key_and_only_once(api):
    uid = "6062abda-a5aa-4414-ac91-ecd7944c0f8d"
    key = await made(api, uid=uid)
    assert (await api.get(f"/keys/{uid}")).json()["key"] == key["key"]
    again = await api.post("/keys", json={"uid": uid, "actions": ["search"], "indexes": ["*"], "expiresAt": None})
    assert (again.status_code, again.json()["code"]) == (409, "api_key_already_exists")
    assert (await api.delete(f"/keys/{uid}")).status_code == 204
    assert (await api.get(f"/keys/{uid}")).json()["code"] == "api_key_not_found"
    assert (await api.post("/keys", json={"actions": ["search"]})).json()["code"] == "missing_api_key_indexes"


async def test_a_tenant_token_forces_its_filter(api, movies):
    key = await made(api)
    signed = await token(key, {"movies": {"filter": "year = 2015"}})
    for body in ({}, {"filter": "year > 2000"}):
        answer = await api.post("/indexes/movies/search", json=body, headers={"authorization": f"Bearer {signed}"})
        assert [hit["id"] for hit in answer.json()["hits"]] == [1, 4]
    federated = {"queries": [{"indexUid": "movies", "q": ""}], "federation": {}}
    answer = await api.post("/multi-search", json=federated, headers={"authorization": f"Bearer {signed}"})
    assert [hit["id"] for hit in answer.json()["hits"]] == [1, 4]


@pytest.mark.parametrize(
    ("case", "rules", "life", "spoilt"),
    [
        ("over", {"movies": {}}, timedelta(seconds=1), False),
        ("for another index", {"other": {}}, timedelta(minutes=1), False),
        ("signed with something else", {"movies": {}}, timedelta(minutes=1), True),
    ],
)
async def test_a_tenant_token_that_is_no_good(server, api, movies, case, rules, life, spoilt):
    signed = await token(await made(api), rules, life)
    server.clock = lambda: datetime.now(UTC) + timedelta(seconds=2)
    assert await status(api, signed[:-4] + "AAAA" if spoilt else signed) == (403, "invalid_api_key"), case


async def test_a_tenant_token_only_searches_and_dies_with_its_key(api, movies):
    key = await made(api, actions=["*"])
    signed = await token(key, {"*": {}})
    assert await status(api, signed) == (200, "")
    assert await status(api, signed, "/indexes/movies/documents", [{"id": 1}]) == (403, "invalid_api_key")
    await api.delete(f"/keys/{key['uid']}")
    assert await status(api, signed) == (403, "invalid_api_key")


async def test_without_a_master_key_everybody_may_do_everything_but_make_keys():
    async with serving(create_app(Server(None)), lifespan="on") as address, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        assert (await client.get("/indexes")).status_code == 200
        assert (await client.get("/keys")).json()["code"] == "missing_master_key"


async def test_faults_are_switched_over_http(served):
    api = served
    assert (await api.put("/_simulator/faults", json={"overloaded": True})).status_code == 200
    assert await status(api, MASTER_KEY) == (503, "too_many_search_requests")
    await api.put("/_simulator/faults", json={"not_meilisearch": True})
    assert (await api.get("/version")).headers["content-type"].startswith("text/html")
    await api.put("/_simulator/faults", json={"down": True})
    with pytest.raises(httpx.HTTPError):
        await api.get("/health")
    assert (await api.put("/_simulator/faults", json={})).json()["down"] is False
    assert (await api.get("/health")).status_code == 200
