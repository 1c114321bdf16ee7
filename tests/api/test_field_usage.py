"""The ledger as its readers see it: requests over HTTP on every path, and the report that names their clients."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from api.embedded import Servers
from api.services import Services
from spoina.access.service import create_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from tests.api.conftest import key_of
from tests.api.test_cli import spoina
from tests.conftest import database_url

OLD = '{ productByHandle(handle: "nothing") { title } }'
NEW = '{ product(handle: "nothing") { title } }'
FIELD = "QueryRoot.productByHandle"
IOS_4 = {"apollographql-client-name": "ios", "apollographql-client-version": "4.1"}
IOS_5 = {"apollographql-client-name": "ios", "apollographql-client-version": "5.0"}


class Shop:
    def __init__(self, client: httpx.AsyncClient, services: Services, headers: dict[str, str], staff: dict[str, str]) -> None:
        self.client, self.services, self.headers, self.staff = client, services, headers, staff

    async def asks(self, query: str, named: dict[str, str], times: int = 1) -> None:
        for _ in range(times):
            assert (await self.client.post("/graphql", json={"query": query}, headers={**self.headers, **named})).status_code == 200

    async def report(self, **parameters: object) -> dict:
        await self.services.usage.keeper.write()
        answer = await self.client.get("/v1/graphql/usage", params=parameters, headers=self.staff)
        assert answer.status_code == 200
        return answer.json()

    async def users(self, field: str) -> dict[tuple[str, str], int]:
        fields = {each["coordinate"]: each for each in (await self.report(field=field))["fields"]}
        return {(use["client"], use["version"]): use["requests"] for use in fields[field]["uses"]}


@pytest.fixture
async def shop(client: httpx.AsyncClient, services: Services) -> Shop:
    services.usage.tally.drain()
    await services.pool.execute("truncate field_use")
    return Shop(client, services, await key_of(services.pool, KeyKind.APP), await key_of(services.pool, KeyKind.STAFF))


async def test_the_report_names_the_old_client_and_not_the_new_one(shop: Shop) -> None:
    await shop.asks(OLD, IOS_4, 5)
    await shop.asks(NEW, IOS_5, 7)
    report = await shop.report(deprecated=True)
    used = [each for each in report["fields"] if each["uses"]]
    assert [each["coordinate"] for each in used] == [FIELD]
    assert used[0]["deprecated"] == "Use the field with `handle:` instead."
    (use,) = used[0]["uses"]
    assert (use["client"], use["version"], use["requests"], [each["requests"] for each in use["days"]]) == ("ios", "4.1", 5, [5])
    assert await shop.users("QueryRoot.product") == {("ios", "5.0"): 7}


async def test_prometheus_counts_operations_by_path_and_outcome(shop: Shop) -> None:
    """The first two are interpreted, the others are the second one again; one more is refused."""
    await shop.services.usage.keeper.write()
    before = _figures((await shop.client.get("/metrics")).text)
    query = '{ shop { name } product(handle: "none") { title } }'
    await shop.asks(query, IOS_5, 5)
    assert (await shop.client.post("/graphql", json={"query": "{ nonsense }"}, headers=shop.headers)).status_code == 400
    assert await shop.users("Shop.name") == {("ios", "5.0"): 5}
    after = _figures((await shop.client.get("/metrics")).text)
    assert {labels: value - before.get(labels, 0) for labels, value in after.items() if value != before.get(labels)} == {
        ("other", "core", "answered"): 2,
        ("other", "reused", "answered"): 3,
        ("none", "nowhere", "refused"): 1,
    }


async def test_a_client_without_headers_is_called_by_its_key(shop: Shop) -> None:
    await shop.asks(OLD, {})
    assert await shop.users(FIELD) == {("a app key", ""): 1}


async def test_what_variables_name_is_counted(shop: Shop) -> None:
    body = {"query": "query ($by: ProductSortKeys) { products(first: 1, sortKey: $by) { nodes { id } } }", "variables": {"by": "PRICE"}}
    await shop.client.post("/graphql", json=body, headers={**shop.headers, **IOS_5})
    assert await shop.users("ProductSortKeys.PRICE") == {("ios", "5.0"): 1}


async def test_a_deprecated_field_is_safe_to_remove_once_nobody_used_it_for_long(shop: Shop) -> None:
    await shop.asks(OLD, IOS_4)
    await shop.asks(NEW, IOS_5)
    await shop.services.usage.keeper.write()
    later = "update field_use set day = day - 40, first_seen = first_seen - $1::interval, last_seen = last_seen - $1::interval"
    await shop.services.pool.execute(later, timedelta(days=40))
    verdicts = {each["coordinate"]: each["safeToRemove"] for each in (await shop.report(deprecated=True, days=30))["fields"]}
    assert (verdicts[FIELD], verdicts["Image.src"]) == (True, True)
    await shop.asks(OLD, IOS_4)
    report = await shop.report(deprecated=True, days=30)
    verdicts = {each["coordinate"]: (each["safeToRemove"], each["safeOn"]) for each in report["fields"]}
    assert verdicts[FIELD] == (False, str((utc_now() + timedelta(days=30)).date()))
    assert verdicts["Image.src"][0] is True
    assert datetime.fromisoformat(report["countedSince"]) < utc_now() - timedelta(days=39)


async def test_nothing_is_safe_before_it_was_counted_for_so_long(shop: Shop) -> None:
    assert {each["safeOn"] for each in (await shop.report(deprecated=True))["fields"]} == {None}
    await shop.asks(NEW, IOS_5)
    assert {each["safeToRemove"] for each in (await shop.report(deprecated=True))["fields"]} == {False}


@pytest.mark.parametrize(
    ("case", "parameters", "named"), [("no such field", {"field": "Product.nothing"}, "field"), ("no such period", {"days": 0}, "days")]
)
async def test_a_wrong_question_is_told_so(client: httpx.AsyncClient, staff, case, parameters, named) -> None:
    answer = await client.get("/v1/graphql/usage", params=parameters, headers=staff)
    assert answer.status_code == 400
    assert named in answer.text


@pytest.mark.parametrize("kind", [KeyKind.WEB, KeyKind.APP, KeyKind.POS])
async def test_only_staff_read_it(client: httpx.AsyncClient, services, kind: KeyKind) -> None:
    made = await create_key(services.pool, "a key", kind, utc_now)
    assert (await client.get("/v1/graphql/usage", headers={"authorization": f"Bearer {made.token}"})).status_code == 403


async def test_at_a_terminal(shop: Shop, servers: Servers, tmp_path) -> None:
    env = {"SPOINA_DATABASE_URL": database_url(servers, "shared"), "SPOINA_REDIS_URL": servers.redis_url, "SPOINA_DATA_DIR": str(tmp_path)}

    async def run(*arguments: str) -> str:
        return (await asyncio.to_thread(spoina, env, "operations", "usage", *arguments)).stdout

    assert (await run(FIELD)).splitlines()[0] == "nothing was counted yet"
    await shop.asks(OLD, IOS_4, 3)
    await shop.services.usage.keeper.write()
    since, verdict, use, *of_its_argument = (await run(FIELD)).splitlines()
    day = (utc_now() + timedelta(days=30)).date()
    assert since.startswith("counted since ")
    assert verdict == f"{FIELD}  deprecated, safe to remove on {day}: Use the field with `handle:` instead."
    assert use.startswith("  ios 4.1: 3 requests, ")
    assert of_its_argument[0] == f"{FIELD}(handle:)"
    printed = (await asyncio.to_thread(spoina, env, "operations", "schema")).stdout.splitlines()
    (shown,) = [line for line in printed if line.startswith("  productByHandle(")]
    assert shown.endswith(f'@deprecated(reason: "Use the field with `handle:` instead.")  # safe to remove on {day}')


def _figures(text: str) -> dict[tuple[str, str, str], int]:
    found = {}
    for line in text.splitlines():
        if line.startswith("spoina_graphql_operations_total{"):
            labels, _, value = line.partition("} ")
            parts = dict(each.split("=") for each in labels.partition("{")[2].split(","))
            found[tuple(parts[name].strip('"') for name in ("operation", "path", "outcome"))] = int(float(value))
    return found
