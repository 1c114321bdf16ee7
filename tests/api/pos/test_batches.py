from uuid import uuid4

import httpx
import msgspec
import pytest

from tests.api.pos.till import Counter, line, sale

PROBLEM = "urn:spoina:problem:"


async def post_batch(counter: Counter, *sales: object) -> httpx.Response:
    return await counter.client.post("/v1/pos/sales/batch", headers=counter.headers, json={"sales": list(sales)})


async def test_each_sale_of_a_queue_has_its_own_result(counter: Counter):
    known, fresh, late = sale(line(1)), sale(line(2), sequence=3), sale(line(3), sequence=2)
    single = await counter.post("sales", known)
    answer = await post_batch(
        counter,
        fresh,
        known,
        known | {"cashier": "Jan"},
        line(1),
        {"id": known["id"], "sequence": "three"},
        sale(line(1) | {"variantId": 999}, sequence=4),
        late,
        "nonsense",
        sale(line(1, -1), sequence=5),
    )
    results = answer.json()["results"]
    assert (answer.status_code, [(each["status"], each["code"]) for each in results]) == (
        200,
        [
            ("recorded", 201),
            ("recorded", 201),
            ("refused", 422),
            ("refused", 400),
            ("refused", 400),
            ("refused", 422),
            ("recorded", 201),
            ("refused", 400),
            ("refused", 400),
        ],
    )
    assert [each.get("id") for each in results[:3]] == [fresh["id"], known["id"], known["id"]]
    assert results[1]["sale"] == single.json()
    assert [results[place]["problem"]["type"] for place in (2, 5)] == [PROBLEM + "reused-key", PROBLEM + "unknown-codes"]
    assert results[8]["problem"]["field"] == "lines[0].quantity"
    assert results[6]["sale"]["missing"] == []
    assert await counter.on_hand() == {1: 9, 2: 9, 3: 9}
    assert (await counter.rows())["pos_sale"] == 3


async def test_a_repeated_batch_is_answered_the_same(counter: Counter):
    sales = [sale(line(1), sequence=number) for number in range(1, 21)]
    first = await post_batch(counter, *sales)
    rows = await counter.rows()
    again = await post_batch(counter, *sales)
    assert (again.content, await counter.rows()) == (first.content, rows)
    assert await counter.on_hand() == {1: -10, 2: 10, 3: 10}


@pytest.mark.parametrize(
    ("case", "body", "status", "field"),
    [
        ("too many", {"sales": [{}] * 201}, 400, "sales"),
        ("no list", {"sales": 7}, 400, "sales"),
        ("another member", {"sales": [], "dry": True}, 400, "dry"),
        ("too large", {"sales": ["x" * 4 * 1024 * 1024]}, 413, "body"),
    ],
)
async def test_a_batch_that_cannot_be_read_writes_nothing(counter: Counter, case, body, status, field):
    answer = await counter.client.post("/v1/pos/sales/batch", headers=counter.headers, content=msgspec.json.encode(body))
    assert (answer.status_code, answer.json()["field"], answer.headers["content-type"]) == (status, field, "application/problem+json")
    assert set((await counter.rows()).values()) == {0}


async def test_broken_json_and_a_sale_too_large(counter: Counter):
    broken = await counter.client.post("/v1/pos/sales/batch", headers=counter.headers, content=b'{"sales": [')
    large = await post_batch(counter, sale(line(1) | {"title": "x" * 300_000}), sale(line(1), sequence=2))
    latin = await counter.client.post("/v1/pos/sales/batch", headers=counter.headers, content='{"sales": [{"ż": 1}]}'.encode("iso-8859-2"))
    nested = await counter.client.post(
        "/v1/pos/sales/batch", headers=counter.headers, content='{"sales": [' + "[" * 100_000 + "]" * 100_001 + "}"
    )
    assert (broken.status_code, nested.status_code, nested.json()["reason"]) == (400, 400, "is nested too deeply")
    assert [each["status"] for each in latin.json()["results"]] == ["refused"]
    assert [each["status"] for each in large.json()["results"]] == ["refused", "recorded"]
    assert large.json()["results"][0]["problem"]["limit"] == 262144


async def test_a_batch_of_another_terminal(counter: Counter, elsewhere: Counter):
    answer = await post_batch(elsewhere, sale(line(1), register="KASA-1"), sale(line(1), location=10), sale(line(1), id=str(uuid4())))
    assert [each["code"] for each in answer.json()["results"]] == [403, 403, 201]
    assert (await counter.rows())["pos_sale"] == 1


async def test_the_documentation_shows_what_a_batch_and_its_results_are(counter: Counter):
    described = (await counter.client.get("/docs/openapi.json")).json()
    batch = described["paths"]["/v1/pos/sales/batch"]["post"]
    sales = batch["requestBody"]["content"]["application/json"]["schema"]["properties"]["sales"]
    assert (sales["items"], sales["maxItems"]) == ({"$ref": "#/components/schemas/Sale"}, 200)
    assert {"id", "sequence", "occurredAt", "vatLines", "payments", "fiscal"} <= set(described["components"]["schemas"]["Sale"]["required"])
    (header,) = described["paths"]["/v1/pos/sales"]["post"]["parameters"]
    assert (header["name"], header["in"]) == ("Idempotency-Key", "header")
    assert described["components"]["schemas"]["Item"]["properties"]["sale"]["oneOf"][0] == {"$ref": "#/components/schemas/Recorded"}
