"""Barcodes and scales: staff say it, tills read it."""

import pytest

from spoina.access.types import KeyKind
from tests.api.conftest import key_of
from tests.api.pos.till import Counter

LABEL, ARTICLE = "2100123012503", "2100123000005"
SCALES = {"prefix": "21", "reference_digits": 5, "value_digits": 5, "value_kind": "weight"}


async def test_what_scales_print_is_read_once_staff_said_how(counter: Counter):
    ruled = await counter.client.put("/v1/stock/rules/scales", headers=counter.staff, json=SCALES)
    named = await counter.client.post("/v1/stock/barcodes", headers=counter.staff, json={"code": "SKU-1", "barcode": ARTICLE})
    scanned = (await counter.get("products", params={"code": LABEL})).json()
    offline = (await counter.get("scales")).json()
    listed = await counter.client.get("/v1/stock/rules/scales", headers=counter.staff)
    known = await counter.client.get(f"/v1/stock/barcodes?code={ARTICLE}", headers=counter.staff)
    dropped = [
        await counter.client.delete(f"/v1/stock/{path}", headers=counter.staff)
        for path in ("rules/scales/21", f"barcodes/{ARTICLE}", "rules/scales/21", f"barcodes/{ARTICLE}", "barcodes/%00", "rules/scales/%00")
    ]
    assert (ruled.json(), listed.json(), named.status_code) == ([SCALES], [SCALES], 201)
    assert known.json() == named.json() == {"variant": 1, "barcodes": ["02100123000005"]}
    assert offline == [{"prefix": "21", "referenceDigits": 5, "valueDigits": 5, "valueKind": "weight"}]
    assert (scanned["inStore"], [each["variant"]["id"] for each in scanned["products"]]) == (
        {"reference": "00123", "weightGrams": 1250},
        [1],
    )
    assert [answer.status_code for answer in dropped] == [204, 204, 404, 404, 404, 404]
    assert (await counter.get("products", params={"code": LABEL})).status_code == 404


async def test_a_tills_own_catalogue_has_the_further_barcodes(counter: Counter):
    before = (await counter.get("changes", params={"limit": 500})).json()
    added = {"code": "SKU-1", "barcode": "5901234123457"}
    assert (await counter.client.post("/v1/stock/barcodes", headers=counter.staff, json=added)).status_code == 201
    told = (await counter.get("changes", params={"cursor": before["cursor"]})).json()
    scanned = (await counter.get("products", params={"code": "5901234123457"})).json()
    bucket = (await counter.get("digest/1")).json()
    await counter.client.delete("/v1/stock/barcodes/5901234123457", headers=counter.staff)
    after = (await counter.get("changes", params={"cursor": told["cursor"]})).json()
    for (entry,) in (told["products"], bucket["products"]):
        assert (entry["id"], [each["barcodes"] for each in entry["variants"]]) == (1, [["05901234123457"]])
    assert [each["variant"]["barcodes"] for each in scanned["products"]] == [["05901234123457"]]
    assert [(entry["id"], "barcodes" in entry["variants"][0]) for entry in after["products"]] == [(1, False)]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"code": "SKU-1", "barcode": "5901234123458"}, 400, "barcode"),
        ({"code": "SKU-1", "barcode": "\0"}, 400, "barcode"),
        ({"code": "NOPE", "barcode": "5901234123457"}, 400, "code"),
        ({"code": "SKU-1"}, 400, "barcode"),
        ({"code": "SKU-2", "barcode": "5901234123457"}, 409, "barcode"),
    ],
)
async def test_barcodes_that_cannot_be_added(counter: Counter, body, status, field):
    await counter.client.post("/v1/stock/barcodes", headers=counter.staff, json={"code": "SKU-1", "barcode": "5901234123457"})
    refused = await counter.client.post("/v1/stock/barcodes", headers=counter.staff, json=body)
    kept = await counter.pool.fetch("delete from known_barcode returning variant_id, code")
    assert (refused.status_code, refused.json()["field"]) == (status, field)
    assert [tuple(row) for row in kept] == [(1, "05901234123457")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prefix": "59"}, "prefix"),
        ({"value_digits": 6}, "value_digits"),
        ({"value_kind": "size"}, "value_kind"),
        ({"digits": 5}, "digits"),
    ],
)
async def test_scales_that_cannot_be(counter: Counter, change, field):
    refused = await counter.client.put("/v1/stock/rules/scales", headers=counter.staff, json=SCALES | change)
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert await counter.pool.fetchval("select count(*) from in_store_rule") == 0


@pytest.mark.parametrize("kind", [KeyKind.WEB, KeyKind.POS])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "barcodes?code=SKU-1"),
        ("POST", "barcodes"),
        ("DELETE", f"barcodes/{ARTICLE}"),
        ("GET", "rules/scales"),
        ("PUT", "rules/scales"),
        ("DELETE", "rules/scales/21"),
    ],
)
async def test_only_staff_say_so(counter: Counter, kind, method, path):
    answer = await counter.client.request(method, f"/v1/stock/{path}", headers=await key_of(counter.pool, kind))
    assert answer.status_code == 403
