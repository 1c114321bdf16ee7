import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from simulators.meilisearch.app import create_app, run_queue
from simulators.meilisearch.server import MASTER_KEY, Server
from tests.serving import serving

Done = Callable[..., Awaitable[dict[str, Any]]]

MOVIES = [
    {"id": 1, "title": "Carol", "genres": ["Romance", "Drama"], "rating": 4.2, "director": {"name": "Todd Haynes"}, "year": 2015},
    {"id": 2, "title": "Wonder Woman", "genres": ["Action", "Adventure"], "rating": 3.8, "year": 2017},
    {"id": 3, "title": "Life of Pi", "genres": ["Adventure", "Drama"], "rating": 4.0, "director": {"name": "Ang Lee"}, "year": 2012},
    {"id": 4, "title": "Mad Max: Fury Road", "genres": ["Action"], "rating": 4.5, "year": 2015},
    {"id": 5, "title": "Moana", "genres": [], "rating": None, "year": 2016},
    {"id": 6, "title": "Philadelphia", "genres": ["drama"], "year": 1993, "overview": "A lawyer named Carol? No, Andrew."},
]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def api(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    queue = asyncio.create_task(run_queue(server))
    async with connected("http://simulated", httpx.ASGITransport(create_app(server))) as client:
        yield client
    queue.cancel()


@pytest.fixture
async def served(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """The same over a real connection."""
    async with serving(create_app(server), lifespan="on") as address, connected(address) as client:
        yield client


def connected(address: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {MASTER_KEY}"}
    return httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, transport=transport)


@pytest.fixture
def done(api: httpx.AsyncClient) -> Done:
    """Sends a write, waits for its task, and gives the task."""

    async def send(method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = await api.request(method, path, **options)
        assert answer.status_code == 202, answer.text
        task: dict[str, Any] = {}
        while task.get("status") not in ("succeeded", "failed"):
            await asyncio.sleep(0.001)
            task = (await api.get(f"/tasks/{answer.json()['taskUid']}")).json()
        return task

    return send


@pytest.fixture
async def movies(done: Done) -> None:
    settings = {
        "filterableAttributes": ["genres", "rating", "director", "year", "id"],
        "sortableAttributes": ["year", "title", "rating", "id"],
        "searchableAttributes": ["title", "genres", "overview"],
    }
    assert (await done("PATCH", "/indexes/movies/settings", json=settings))["status"] == "succeeded"
    assert (await done("POST", "/indexes/movies/documents?primaryKey=id", json=MOVIES))["status"] == "succeeded"


async def titles(api: httpx.AsyncClient, query: str = "", **options: Any) -> list[str]:
    answer = await api.post("/indexes/movies/search", json={"q": query, **options})
    assert answer.status_code == 200, answer.text
    return [hit["title"] for hit in answer.json()["hits"]]


async def refused(api: httpx.AsyncClient, path: str, body: Any) -> tuple[int, str]:
    answer = await api.post(path, json=body)
    assert answer.json()["link"].endswith(f"#{answer.json()['code']}")
    return answer.status_code, answer.json()["code"]
