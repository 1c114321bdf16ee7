import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from api.app import create_app
from api.services import Services
from spoina import migrate
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import transaction
from spoina.settings import Settings
from spoina.sync import quarantine, runs
from spoina.sync.types import Quarantined
from tests.api.conftest import key_of, served

STAFF_ROUTES = [("GET", "/v1/sync/status"), ("GET", "/v1/quarantine"), ("POST", "/v1/quarantine/retry")]


async def test_a_living_process_says_so(client: httpx.AsyncClient):
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.text) == (200, "live")


async def test_ready_when_everything_answers(client: httpx.AsyncClient):
    answer = await client.get("/health/ready")
    assert answer.status_code == 200
    *others, search = answer.json()["checks"]
    assert others == [{"name": name, "state": "ok", "detail": ""} for name in ("postgresql", "migrations", "redis", "listener")]
    # Here is no worker.
    assert search == {"name": "search", "state": "degraded", "detail": "no index has been built yet; the worker does it"}
    assert answer.json()["state"] == "degraded"


async def test_without_redis_the_process_is_degraded_and_in_service(settings: Settings, services: Services):
    nowhere = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1)
    async with served(create_app(settings, msgspec.structs.replace(services, redis=nowhere))) as client:
        answer = await client.get("/health/ready")
    await nowhere.aclose()
    assert (answer.status_code, answer.json()["state"]) == (200, "degraded")
    assert answer.json()["checks"][2] == {"name": "redis", "state": "degraded", "detail": "does not answer (ConnectionError)"}


async def test_without_its_database_the_process_is_out_of_service(fragile_client: httpx.AsyncClient, fragile: Services):
    await fragile.pool.close()
    answer = await fragile_client.get("/health/ready")
    assert (answer.status_code, answer.json()["state"]) == (503, "down")


async def test_a_missing_migration_takes_the_process_out_of_service(fragile_client: httpx.AsyncClient, fragile: Services):
    await fragile.pool.execute("delete from schema_migrations where version = '0002'")
    answer = await fragile_client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"][1] == {"name": "migrations", "state": "down", "detail": "not applied: 0002_sync.sql; run spoina migrate"}


async def test_a_newer_release_in_the_folder_leaves_what_runs_in_service(client: httpx.AsyncClient, tmp_path, monkeypatch):
    """Between fetching a release and starting it."""
    (tmp_path / "9999_newer.sql").write_text("-- migrate:up\nselect 1;\n-- migrate:down\nselect 1;\n")
    monkeypatch.setattr(migrate.missing_migrations, "__defaults__", (tmp_path,))
    assert (await client.get("/health/ready")).json()["checks"][1] == {"name": "migrations", "state": "ok", "detail": ""}


async def test_metrics_count_requests_by_route(settings: Settings, services: Services, web):
    run = await runs.start(services.pool, "woocommerce.poll", utc_now())
    await runs.finish(services.pool, run, utc_now())
    async with served(create_app(settings, services)) as client:
        await client.post("/api/2026-10/graphql.json", json={"query": "{ __typename }"}, headers=web)
        await client.post("/graphql", json={"query": "{ __typename }"})
        await client.get("/nothing/here")
        lines = (await client.get("/metrics")).text.splitlines()
    assert 'spoina_requests_total{method="POST",route="/api/{version}/graphql.json",status="200"} 1.0' in lines
    assert 'spoina_requests_total{method="POST",route="/graphql",status="401"} 1.0' in lines
    assert 'spoina_requests_total{method="GET",route="none",status="404"} 1.0' in lines
    assert 'spoina_request_seconds_count{route="/graphql"} 1.0' in lines
    assert 'spoina_waiting{what="hints"} 0.0' in lines
    assert {f'spoina_orders{{what="{what}"}} 0.0' for what in ("waiting", "undeliverable", "alerts")} <= set(lines)
    assert 'spoina_orders_oldest_seconds{what="waiting"} 0.0' in lines
    assert 'spoina_sync_failed{kind="woocommerce.poll"} 0.0' in lines
    (age,) = [line for line in lines if line.startswith('spoina_sync_age_seconds{kind="woocommerce.poll"}')]
    assert 0 <= float(age.split()[1]) < 10


@pytest.mark.parametrize(("method", "path"), STAFF_ROUTES)
@pytest.mark.parametrize("kind", [None, KeyKind.WEB, KeyKind.APP, KeyKind.POS])
async def test_only_staff_look_into_the_machinery(client: httpx.AsyncClient, services: Services, method, path, kind):
    answer = await client.request(
        method, path, headers=await key_of(services.pool, kind) if kind else {}, json={} if method == "POST" else None
    )
    assert answer.status_code == (403 if kind else 401)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_status_tells_the_newest_run_of_each_kind(client: httpx.AsyncClient, services: Services, staff):
    for error in (None, "the shop did not answer"):
        run = await runs.start(services.pool, "woocommerce.poll", utc_now())
        await runs.finish(services.pool, run, utc_now(), error=error)
    answer = (await client.get("/v1/sync/status", headers=staff)).json()
    (newest,) = answer["runs"]
    assert (newest["kind"], newest["error"]) == ("woocommerce.poll", "the shop did not answer")
    assert list(answer["ages"]) == ["woocommerce.poll"]
    assert (answer["hints_waiting"], answer["quarantined"]) == (0, 0)


async def test_what_is_in_quarantine_is_read_again_when_asked_for(client: httpx.AsyncClient, services: Services, staff):
    rows = [Quarantined(kind="product", external_id=number, reason="no name", body=b"{}") for number in (7, 8)]
    async with transaction(services.pool) as db:
        await quarantine.put(db, "woocommerce", rows, utc_now())
    listed = (await client.get("/v1/quarantine", headers=staff)).json()
    one = await client.post("/v1/quarantine/retry", headers=staff, json={"ids": [7, 999]})
    assert [(entry["external_id"], entry["reason"]) for entry in listed] == [(7, "no name"), (8, "no name")]
    assert (one.status_code, one.json()) == (202, {"queued": 1})
    assert await services.pool.fetch("select product_id, reason from product_hint") == [(7, "quarantine")]
    assert await services.pool.fetchval("select count(*) from pgqueuer where entrypoint = 'woocommerce.read_hinted_products'") == 1
    assert (await client.post("/v1/quarantine/retry", headers=staff, json={})).json() == {"queued": 2}


@pytest.mark.parametrize("body", [b"{", b'{"ids": ["x"]}', b'{"all": true}', b""])
async def test_a_malformed_request_is_a_problem(client: httpx.AsyncClient, staff, body):
    answer = await client.post("/v1/quarantine/retry", headers=staff | {"content-type": "application/json"}, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_unknown_routes_and_methods_are_problems(client: httpx.AsyncClient):
    missing, wrong = await client.get("/nothing/here"), await client.delete("/metrics")
    assert (missing.status_code, missing.json()["title"]) == (404, "Not Found")
    assert (wrong.status_code, wrong.json()["title"], wrong.headers["allow"]) == (405, "Method Not Allowed", "GET, OPTIONS")
    assert {answer.headers["content-type"] for answer in (missing, wrong)} == {"application/problem+json"}


async def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.AsyncClient):
    shown = await client.get("/docs")
    described = (await client.get("/docs/openapi.json")).json()
    assert shown.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "https://" not in shown.text
    assert {"/health/live", "/health/ready", "/metrics", "/v1/sync/status", "/v1/quarantine", "/webhooks/woocommerce"} <= described[
        "paths"
    ].keys()
    assert (await client.get("/docs/openapi.yaml")).status_code == 200
    assert "type QueryRoot" in (await client.get("/docs/schema.graphql")).text


async def test_every_route_describes_its_errors_as_they_are_sent(client: httpx.AsyncClient):
    described = (await client.get("/docs/openapi.json")).json()
    refused = (await client.get("/v1/orders")).json()
    problem = described["components"]["schemas"]["Problem"]
    assert set(problem["required"]) <= refused.keys()
    answers = [operation["responses"] for path in described["paths"].values() for operation in path.values() if isinstance(operation, dict)]
    shown = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert [each for each in answers if each["default"]["content"] != shown or "400" in each] == []


async def test_every_route_says_who_may_call_it(client: httpx.AsyncClient):
    described = (await client.get("/docs/openapi.json")).json()
    operations = [operation for path in described["paths"].values() for operation in path.values() if isinstance(operation, dict)]
    texts = [operation.get("description", operation["operationId"]) for operation in operations]
    assert [text for text in texts if not text.startswith("For ")] == []


async def test_every_number_in_an_address_has_bounds(client: httpx.AsyncClient):
    described = (await client.get("/docs/openapi.json")).json()
    parameters = [
        (path, parameter["name"], each)
        for path, operations in described["paths"].items()
        for operation in operations.values()
        for parameter in (operation.get("parameters", ()) if isinstance(operation, dict) else ())
        for each in (parameter["schema"] | kind for kind in parameter["schema"].get("oneOf", [{}]))
        if each.get("type") == "integer"
    ]
    unbounded = {(path, name) for path, name, schema in parameters if name not in {"days", "limit"} and "maximum" not in schema}
    assert (unbounded, len(parameters) > 20) == (set(), True)


async def test_a_number_that_the_database_cannot_keep_is_refused(client: httpx.AsyncClient, services: Services):
    staff = await key_of(services.pool, KeyKind.STAFF)
    for path, field in (
        (f"search/rules/{2**63}", "rule"),
        (f"webhooks/{2**63}/deliveries", "endpoint"),
        (f"orders?before={2**63}", "before"),
    ):
        refused = await client.get(f"/v1/{path}", headers=staff)
        assert (refused.status_code, refused.json()["field"]) == (400, field)
