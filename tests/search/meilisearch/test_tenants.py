"""Tokens with which a browser may search by itself."""

from datetime import timedelta

import httpx
import pytest

from search.meilisearch.opening import open_meilisearch
from search.meilisearch.tenants import EVERYBODY
from search.types import HasValue, IsAvailable
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from tests.search.meilisearch.conftest import document, polish

GROUPS = {EVERYBODY: (IsAvailable(), HasValue("vendor", ("Wilga",))), "hurt": ()}
HOUR = timedelta(hours=1)


@pytest.fixture
async def tenants(settings, clock):
    async with open_meilisearch(settings, polish(), groups=GROUPS, clock=clock) as opened:
        await opened.index.upsert(
            [document(1, "Koc", vendor="Wilga", available=True), document(2, "Koc", vendor="Wilga"), document(3, "Koc", vendor="Halny")]
        )
        yield opened.tenants


async def searched(settings, token: str, index: str = "products", **body: object) -> tuple[int, list[int]]:
    async with httpx.AsyncClient(base_url=settings.url, trust_env=False) as client:
        answer = await client.post(f"/indexes/{index}/search", json={"q": "koc", **body}, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, [hit["id"] for hit in answer.json().get("hits", [])]


async def test_a_group_sees_what_its_rule_lets_through(tenants, settings, clock):
    everybody, ends = await tenants.token(EVERYBODY, HOUR)
    assert ends == clock.now + HOUR
    assert await searched(settings, everybody) == (200, [1])
    assert await searched(settings, everybody, filter="id > 0 OR in_stock = 0") == (200, [1])
    wholesale, _ = await tenants.token("hurt", HOUR)
    assert await searched(settings, wholesale) == (200, [1, 2, 3])


async def test_a_token_searches_its_channels_index_and_nothing_else(tenants, settings):
    token, _ = await tenants.token("hurt", HOUR)
    assert (await searched(settings, token, index="products-state"))[0] == 403
    async with httpx.AsyncClient(base_url=settings.url, headers={"authorization": f"Bearer {token}"}, trust_env=False) as client:
        assert (await client.get("/indexes/products/documents/1")).status_code == 403
        assert (await client.delete("/indexes/products")).status_code == 403


async def test_a_token_ends_when_it_says(tenants, settings, server, clock):
    token, _ = await tenants.token("hurt", HOUR)
    server.clock = lambda: clock.now + timedelta(minutes=59)
    assert (await searched(settings, token))[0] == 200
    server.clock = lambda: clock.now + timedelta(minutes=61)
    assert (await searched(settings, token))[0] == 403


async def test_every_process_signs_with_one_key(tenants, settings, server, clock):
    await tenants.token("hurt", HOUR)
    async with open_meilisearch(settings, polish(), groups=GROUPS, clock=clock) as other:
        await other.tenants.token("hurt", HOUR)
    assert [(key["actions"], key["indexes"]) for key in server.keyring.keys.values()] == [(["search"], ["products"])]


async def test_groups_and_lives_that_are_refused(tenants):
    with pytest.raises(NotFound):
        await tenants.token("vip", HOUR)
    with pytest.raises(LimitExceeded):
        await tenants.token("hurt", timedelta(days=2))
    with pytest.raises(InvalidInput):
        await tenants.token("hurt", timedelta(0))
