import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.api.pos.till import Counter, give_back, line, sale


def command(**facts) -> dict:
    return {"id": str(uuid4()), "cashier": "Ola", "occurredAt": datetime.now(UTC).isoformat()} | facts


def counted(**methods: int) -> dict:
    return command(counted=[{"method": method, "amount": amount} for method, amount in methods.items()])


@pytest.fixture
async def shift(counter: Counter) -> dict:
    opening = command(float=20_000)
    answer = await counter.post("shifts", opening)
    assert (answer.status_code, answer.json()["float"], answer.json()["closedAt"]) == (201, 20_000, None)
    return opening


async def test_a_shift_from_the_float_to_the_z_report(counter: Counter, shift: dict):
    paid_by_card = {"payments": [{"method": "card", "amount": 3000}]}
    first = sale(line(1, 3), shiftId=shift["id"])
    await counter.post("sales", first)
    await counter.post("sales", sale(line(3), sequence=2, shiftId=shift["id"], **paid_by_card))
    await counter.post("returns", give_back(first, (0, 1, 1000), sequence=3, shiftId=shift["id"]))
    await counter.post("sales", sale(line(2), sequence=4))  # of no shift
    path = f"shifts/{shift['id']}"
    await counter.post(f"{path}/cash", command(amount=5000, reason="change"))
    await counter.post(f"{path}/cash", command(amount=-15_000, reason="to the safe"))
    spot = await counter.post(f"{path}/counts", counted(cash=12_000))
    assert spot.json()["methods"] == [
        {"method": "card", "expected": 3000},
        {"method": "cash", "expected": 12_000, "counted": 12_000, "difference": 0},
    ]
    closing = counted(cash=11_950, card=3000)
    closed, again = await counter.post(f"{path}/close", closing), await counter.post(f"{path}/close", closing)
    report = closed.json()
    assert (closed.status_code, again.content, report["number"], report["closedBy"]) == (201, closed.content, 1, "Ola")
    assert (report["cashIn"], report["cashOut"]) == (5000, 15_000)
    assert report["totals"] == [{"kind": "return", "documents": 1, "total": 1000}, {"kind": "sale", "documents": 2, "total": 6000}]
    assert report["figuresAtClose"] == report["methods"]
    assert report["methods"] == [
        {"method": "card", "expected": 3000, "counted": 3000, "difference": 0},
        {"method": "cash", "expected": 12_000, "counted": 11_950, "difference": -50},
    ]
    assert report["vat"] == [{"letter": "A", "rate": 2300, "net": 4065, "vat": 935, "gross": 5000}]


async def test_a_sale_that_arrives_late_is_in_the_figures_and_says_so(counter: Counter, shift: dict):
    path = f"shifts/{shift['id']}"
    await counter.post(f"{path}/close", counted(cash=20_000))
    late = await counter.post("sales", sale(line(1), shiftId=shift["id"]))
    report = (await counter.get(path)).json()
    assert (late.status_code, late.json()["differences"]) == (201, [{"field": "shiftId", "kind": "shift"}])
    assert report["figuresAtClose"] == [{"method": "cash", "expected": 20_000, "counted": 20_000, "difference": 0}]
    assert report["methods"] == [{"method": "cash", "expected": 21_000}]


async def test_a_sale_may_arrive_before_its_shift(counter: Counter):
    opening = command(float=0)
    assert (await counter.post("sales", sale(line(1), shiftId=opening["id"]))).status_code == 201
    assert (await counter.post("shifts", opening)).json()["methods"] == [{"method": "cash", "expected": 1000}]


async def test_a_register_has_one_open_shift(counter: Counter, elsewhere: Counter, shift: dict):
    assert (await counter.get("shifts/current")).json()["id"] == shift["id"]
    refused = await counter.post("shifts", command(float=0))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:spoina:problem:wrong-state")
    assert shift["id"] in refused.json()["reason"]
    assert (await elsewhere.post("shifts", command(float=0))).status_code == 201
    await counter.post(f"shifts/{shift['id']}/close", counted(cash=20_000))
    assert (await counter.get("shifts/current")).status_code == 404
    second = command(float=0)
    assert (await counter.post("shifts", second)).status_code == 201
    assert (await counter.post(f"shifts/{second['id']}/close", counted(cash=0))).json()["number"] == 2


async def test_two_devices_open_one_shift(counter: Counter):
    answers = await asyncio.gather(*(counter.post("shifts", command(float=0)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_another_registers_shift(counter: Counter, elsewhere: Counter, shift: dict):
    rows = await counter.rows()
    path = f"shifts/{shift['id']}"
    answers = [
        await elsewhere.get(path),
        await elsewhere.post(f"{path}/cash", command(amount=1, reason="x")),
        await elsewhere.post(f"{path}/counts", counted(cash=1)),
        await elsewhere.post(f"{path}/close", counted(cash=1)),
        await elsewhere.post("sales", sale(line(1), shiftId=shift["id"])),
    ]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(403, "urn:spoina:problem:wrong-terminal")] * 5
    assert await counter.rows() == rows


async def test_what_cannot_be_done_to_a_shift(counter: Counter, shift: dict):
    path = f"shifts/{shift['id']}"
    twice = command(counted=[{"method": "cash", "amount": 1}] * 2)
    unknown = f"shifts/{uuid4()}"
    rows = await counter.rows()
    answers = [
        await counter.post(f"{path}/cash", command(amount=0, reason="x")),
        await counter.post(f"{path}/counts", twice),
        await counter.post(f"{path}/counts", command(counted=[])),
        await counter.post("shifts", command(float=-1)),
        await counter.get(unknown),
        await counter.post(f"{unknown}/close", counted(cash=1)),
    ]
    assert ([answer.status_code for answer in answers], await counter.rows()) == ([400, 400, 400, 400, 404, 404], rows)
    closing = counted(cash=20_000)
    await counter.post(f"{path}/close", closing)
    for action, body in (("cash", command(amount=1, reason="x")), ("counts", counted(cash=1)), ("close", counted(cash=1))):
        assert (await counter.post(f"{path}/{action}", body)).status_code == 409
    assert (await counter.post(f"{path}/counts", closing)).status_code == 422
