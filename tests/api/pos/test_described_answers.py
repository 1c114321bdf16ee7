"""What /docs says of a till's documents and answers is true of real ones."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import jsonschema_rs
import pytest

from tests.api.pos.till import Counter, give_back, line, sale


class Described:
    """The published description, and what of an answer it does not allow."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.paths, self.components = described["paths"], described["components"]

    def breaches(self, schema: dict[str, Any], document: object) -> list[str]:
        validator = jsonschema_rs.Draft202012Validator({**schema, "components": self.components}, validate_formats=True)
        return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]

    def of_answer(self, answer: httpx.Response) -> list[str]:
        path = answer.request.url.path
        known = path if path in self.paths else min((each for each in self.paths if _fits(each, path)), key=lambda each: each.count("{"))
        responses = self.paths[known][answer.request.method.lower()]["responses"]
        content = responses.get(str(answer.status_code), responses["default"])["content"]
        return self.breaches(content[answer.headers["content-type"].partition(";")[0]]["schema"], answer.json())


def _fits(pattern: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), path) is not None


@pytest.fixture
async def described(counter: Counter) -> Described:
    return Described((await counter.client.get("/docs/openapi.json")).json())


async def test_documents_and_their_answers(counter: Counter, described: Described):
    sold = sale(line(1), line(2, 20))
    returned = give_back(sold, (0, 1, 1000))
    for name, document, path in (("Sale", sold, "sales"), ("Return", returned, "returns")):
        assert described.breaches({"$ref": f"#/components/schemas/{name}"}, document) == []
        assert described.of_answer(await counter.post(path, document)) == []
    later = [sale(line(3), sequence=3), sale(line(3, title=""), sequence=4)]
    answers = [
        await counter.client.post("/v1/pos/sales/batch", headers=counter.headers, json={"sales": later}),
        await counter.post("sales", sold | {"total": 1}),
        await counter.get(f"sales/{sold['id']}"),
        await counter.get("sales", params={"receiptNo": "17/2026"}),
        await counter.client.get("/v1/stock/exceptions", headers=counter.staff),
        await counter.client.get("/v1/stock/moves?code=SKU-1", headers=counter.staff),
    ]
    assert [answer.status_code for answer in answers[:4]] == [200, 422, 200, 200]
    assert [described.of_answer(answer) for answer in answers] == [[]] * len(answers)


async def test_shifts(counter: Counter, described: Described):
    now = datetime.now(UTC).isoformat()
    opened = {"id": str(uuid4()), "cashier": "Ola", "occurredAt": now, "float": 20000}
    count = {"id": str(uuid4()), "cashier": "Ola", "occurredAt": now, "counted": [{"method": "cash", "amount": 20000}]}
    assert described.breaches({"$ref": "#/components/schemas/Count"}, count) == []
    for path, document in (("shifts", opened), (f"shifts/{opened['id']}/close", count)):
        answer = await counter.post(path, document)
        assert (answer.status_code, described.of_answer(answer)) == (201, [])


@pytest.mark.parametrize(
    "path", ["terminal", "locations", "scales", "changes", "digest", "digest/1", "products?code=SKU-1", "vat-letters", "shifts/current"]
)
async def test_what_a_till_reads(counter: Counter, described: Described, path: str):
    assert described.of_answer(await counter.get(path)) == []


async def test_availability(counter: Counter, described: Described):
    many = await counter.client.post("/v1/availability", headers=counter.headers, json={"codes": ["SKU-1", "NOPE"], "explain": True})
    one = await counter.client.get("/v1/availability/SKU-1", headers=counter.headers)
    assert (many.status_code, one.status_code) == (200, 200)
    assert (described.of_answer(many), described.of_answer(one)) == ([], [])


async def test_what_a_load_balancer_and_prometheus_read(counter: Counter, described: Described):
    figures = await counter.client.get("/metrics")
    health = [await counter.client.get(path) for path in ("/health/ready", "/health/invariants")]
    assert figures.headers["content-type"].count("charset") == 1
    assert "text/plain" in described.paths["/metrics"]["get"]["responses"]["200"]["content"]
    assert [described.of_answer(answer) for answer in health] == [[], []]
    assert {"200", "503"} <= described.paths["/health/ready"]["get"]["responses"].keys()


def _schemas(node: object) -> list[dict[str, Any]]:
    found = [node] if isinstance(node, dict) else []
    return found + [
        each for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()) for each in _schemas(child)
    ]


async def test_nothing_is_described_as_anything_or_by_chance(described: Described):
    schemas = _schemas([described.components, described.paths])
    assert [each for each in schemas if each.get("oneOf", [])[1:] == [{}]] == []
    assert [each for each in schemas if "examples" in each and "properties" in each] == []
    bounds = [each[name] for each in schemas for name in ("minimum", "maximum") if each.get("type") == "integer" and name in each]
    assert {type(bound) for bound in bounds} == {int}


async def test_a_document_without_its_key_is_described_and_told(counter: Counter, described: Described):
    (header,) = described.paths["/v1/pos/sales"]["post"]["parameters"]
    refused = await counter.client.post("/v1/pos/sales", headers=counter.headers, json=sale(line(1)))
    assert (header["required"], refused.status_code, refused.json()["field"]) == (True, 400, "idempotency-key")
    assert set((await counter.rows()).values()) == {0}
