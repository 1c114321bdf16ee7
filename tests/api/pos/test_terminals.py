import pytest

from spoina.access.types import KeyKind
from tests.api.conftest import key_of
from tests.api.pos.till import Counter, line, sale

OWN = [
    ("GET", "terminal"),
    ("POST", "sales"),
    ("GET", "sales"),
    ("GET", "products"),
    ("GET", "changes"),
    ("GET", "digest"),
    ("GET", "digest/1"),
    ("GET", "pickups"),
    ("POST", "sales/batch"),
    ("POST", "returns"),
    ("POST", "voids"),
    ("POST", "shifts"),
    ("GET", "shifts/current"),
]


async def test_a_terminal_knows_where_it_stands(counter: Counter):
    answer = (await counter.get("terminal")).json()
    assert (answer["register"], answer["location"], answer["replacedAt"]) == ("KASA-1", 10, None)
    assert answer == counter.terminal


async def test_the_key_is_shown_once_and_kept_as_a_digest(counter: Counter):
    listed = await counter.client.get("/v1/pos/terminals", headers=counter.staff)
    assert counter.headers["authorization"].removeprefix("Bearer ") not in listed.text
    assert "KASA-1" in [each["register"] for each in listed.json() if each["replacedAt"] is None]


async def test_a_new_device_takes_the_place_of_the_one_before(counter: Counter):
    later = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-1", 10)
    assert later.terminal["registerId"] == counter.terminal["registerId"]
    kinds = "select count(*) filter (where revoked_at is null), count(*) from api_key where kind = 'pos'"
    assert tuple(await counter.pool.fetchrow(kinds)) == (1, 2)
    assert (await later.get("terminal")).status_code == 200


@pytest.mark.parametrize(
    ("case", "asked", "status", "slug"),
    [
        ("no such location", {"name": "x", "location": 99, "register": "KASA-9"}, 404, "not-found"),
        ("the register stands elsewhere", {"name": "x", "location": 11, "register": "KASA-1"}, 409, "wrong-state"),
        ("a location beyond all ids", {"name": "x", "location": 2**63, "register": "KASA-9"}, 400, "invalid-input"),
        ("no name", {"name": "", "location": 10, "register": "KASA-9"}, 400, "invalid-input"),
        ("no register", {"name": "x", "location": 10, "register": "kasa 9"}, 400, "invalid-input"),
    ],
)
async def test_a_terminal_that_cannot_be(counter: Counter, case, asked, status, slug):
    keys = await counter.pool.fetchval("select count(*) from api_key")
    answer = await counter.client.post("/v1/pos/terminals", headers=counter.staff, json=asked)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:spoina:problem:{slug}")
    assert await counter.pool.fetchval("select count(*) from api_key") == keys


@pytest.mark.parametrize(("method", "path"), OWN)
@pytest.mark.parametrize("kind", [None, KeyKind.WEB, KeyKind.APP])
async def test_only_tills_may(counter: Counter, method, path, kind):
    headers = await key_of(counter.pool, kind) if kind else {}
    answer = await counter.client.request(method, f"/v1/pos/{path}", headers=headers, json={} if method == "POST" else None)
    assert answer.status_code == (403 if kind else 401)


@pytest.mark.parametrize("kind", [KeyKind.POS, KeyKind.STAFF])
async def test_a_key_without_a_terminal_sells_nothing(counter: Counter, kind):
    headers = await key_of(counter.pool, kind)
    answer = await counter.post("sales", sale(line(1)), headers=headers)
    assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (403, "urn:spoina:problem:wrong-terminal", "key")


async def test_only_staff_register_terminals(counter: Counter):
    asked = {"name": "x", "location": 10, "register": "KASA-9"}
    assert (await counter.client.post("/v1/pos/terminals", headers=counter.headers, json=asked)).status_code == 403


async def test_letters_are_set_for_each_tax_class(counter: Counter):
    before = (await counter.get("vat-letters")).json()
    assert [(each["taxClass"], each["letter"], each["rate"]) for each in before] == [
        ("", "A", 2300),
        ("reduced-rate", "B", 800),
        ("super-reduced-rate", "C", 500),
        ("zero-rate", "D", 0),
        ("exempt", "E", 0),
    ]
    wrong = [{"taxClass": "", "letter": "A", "rate": 2300}, {"taxClass": "books", "letter": "A", "rate": 500}]
    refused = await counter.client.put("/v1/pos/vat-letters", headers=counter.staff, json=wrong)
    assert (refused.status_code, refused.json()["field"]) == (400, "letter")
    assert (await counter.get("vat-letters")).json() == before
    kept = await counter.client.put("/v1/pos/vat-letters", headers=counter.staff, json=before)
    assert (kept.status_code, kept.json()) == (200, before)
