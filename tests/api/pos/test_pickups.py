from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import httpx
import pytest

from spoina.clock import utc_now
from spoina.db import connect
from spoina.errors import ShortLines
from spoina.ids import LocationId, PickupId, StockItemId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.pos.pickups import Pickup, PickupLine, PickupRequest, create
from tests.api.pos.till import Counter, line, sale
from tests.sql_statements import count_statements

PROBLEM = "urn:spoina:problem:"


@pytest.fixture
async def holds(counter: Counter, till_database: str) -> AsyncIterator[Holds]:
    batcher = HoldBatcher(partial(connect, till_database), utc_now)
    yield Holds(counter.pool, batcher, utc_now)
    await batcher.stop()


def request(*, quantity: int = 2, paid: bool = True, reference: str = "1001", location: int = 10) -> PickupRequest:
    lines = (PickupLine(title="Product 1", quantity=quantity, item=StockItemId(1)), PickupLine(title="Card", quantity=1, item=None))
    return PickupRequest(
        id=PickupId(uuid4()),
        location=LocationId(location),
        reference=reference,
        customer="Jan K.",
        lines=lines,
        paid=paid,
        promised_at=utc_now() + timedelta(hours=2),
    )


async def shelf(counter: Counter) -> tuple[int, int]:
    """What lies there of product 1, and what of it is held."""
    return tuple(await counter.pool.fetchrow("select on_hand, held from stock where item_id = 1 and location_id = 10"))


@pytest.fixture
async def pickup(counter: Counter, holds: Holds) -> Pickup:
    return await create(counter.pool, holds, request(), utc_now)


async def made_ready(counter: Counter, pickup: Pickup) -> str:
    await counter.post(f"pickups/{pickup.id}/pick", {})
    answer = await counter.post(f"pickups/{pickup.id}/ready", {})
    assert (answer.status_code, answer.json()["pickup"]["status"]) == (200, "ready")
    return answer.json()["code"]


def by(code: str, **more) -> dict:
    return {"code": code, "cashier": "Ola"} | more


async def test_from_the_order_to_the_customers_hands(counter: Counter, elsewhere: Counter, pickup: Pickup):
    assert await shelf(counter) == (10, 2)
    (listed,) = (await counter.get("pickups")).json()
    assert (listed["id"], listed["status"], listed["lines"][0]) == (
        str(pickup.id),
        "accepted",
        {"title": "Product 1", "quantity": 2, "item": 1},
    )
    assert (await elsewhere.get("pickups")).json() == []
    code = await made_ready(counter, pickup)
    spoken = f"{code[:4].lower()} - {code[4:]}"
    answer = await counter.post(f"pickups/{pickup.id}/collect", by(spoken))
    assert (answer.status_code, answer.json()["status"], answer.json()["endedBy"]) == (200, "collected", "Ola")
    assert (await shelf(counter), (await counter.get("pickups")).json()) == ((8, 0), [])
    assert (await counter.post(f"pickups/{pickup.id}/collect", by(code))).status_code == 409
    assert await shelf(counter) == (8, 0)


def ordered(**changes) -> dict:
    lines = [{"title": "Product 1", "code": "SKU-1", "quantity": 2}, {"title": "Card", "quantity": 1}]
    asked = {"id": str(uuid4()), "location": 10, "reference": "tel. 17", "customer": "Jan K.", "lines": lines}
    return asked | {"promisedAt": (utc_now() + timedelta(days=1)).isoformat()} | changes


async def accepted(counter: Counter, document: dict, headers: dict | None = None) -> httpx.Response:
    return await counter.client.post("/v1/pos/pickups", json=document, headers=headers or counter.staff)


async def test_staff_put_goods_aside_for_somebody(counter: Counter):
    asked = ordered()
    first, again = await accepted(counter, asked), await accepted(counter, asked)
    assert (first.status_code, again.json(), await shelf(counter)) == (201, first.json(), (10, 2))
    (listed,) = (await counter.get("pickups")).json()
    assert (listed["id"], listed["reference"], listed["paid"]) == (asked["id"], "tel. 17", False)
    assert [(each["title"], each["item"]) for each in listed["lines"]] == [("Product 1", 1), ("Card", None)]


@pytest.mark.parametrize(
    ("case", "changes", "status", "told"),
    [
        ("too many", {"lines": [{"title": "P", "code": "SKU-1", "quantity": 11}]}, 409, "short-lines"),
        ("nothing", {"lines": []}, 400, "lines"),
        ("none of it", {"lines": [{"title": "P", "code": "SKU-1", "quantity": 0}]}, 400, "quantity"),
        ("a code that nothing has", {"lines": [{"title": "P", "code": "nic", "quantity": 1}]}, 400, "lines[0].code"),
        ("no such place", {"location": 99}, 404, "location"),
        ("no place at all", {"location": 10**30}, 400, "location"),
        ("long over", {"promisedAt": "0001-01-01T00:00:00Z"}, 400, "promisedAt"),
        ("yesterday", {"promisedAt": (utc_now() - timedelta(days=1)).isoformat()}, 400, "promisedAt"),
        ("later than it is kept", {"promisedAt": (utc_now() + timedelta(days=15)).isoformat()}, 400, "within the next 14 days"),
        ("at the end of time", {"promisedAt": "9999-12-31T23:59:59-12:00"}, 400, "promisedAt"),
        ("no such place for what nobody counts", {"location": 99, "lines": [{"title": "Card", "quantity": 1}]}, 404, "location"),
    ],
)
async def test_what_cannot_be_put_aside(counter: Counter, case, changes, status, told):
    answer = await accepted(counter, ordered(**changes))
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert (await counter.pool.fetchval("select count(*) from pickup"), await shelf(counter)) == (0, (10, 0))


@pytest.mark.parametrize("change", [{"customer": "Ewa N."}, {"lines": [{"title": "Card", "quantity": 1}]}, {"paid": True}])
async def test_an_id_is_one_pickups(counter: Counter, change):
    asked = ordered()
    assert (await accepted(counter, asked)).status_code == 201
    refused = await accepted(counter, asked | change)
    assert (refused.status_code, refused.json()["field"], await shelf(counter)) == (422, "id", (10, 2))


async def test_it_is_the_same_pickup_when_its_hour_has_passed(counter: Counter):
    asked = ordered()
    first = await accepted(counter, asked)
    await counter.pool.execute("update pickup set promised_at = promised_at - interval '3 days'")
    late = asked | {"promisedAt": (datetime.fromisoformat(asked["promisedAt"]) - timedelta(days=3)).isoformat()}
    again = await accepted(counter, late)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


async def test_many_lines_are_put_aside_by_as_many_statements_as_one(counter: Counter):
    async def statements(lines: int) -> list[str]:
        asked = ordered(lines=[{"title": "P", "code": f"SKU-{1 + place % 3}", "quantity": 1} for place in range(lines)])
        async with count_statements(counter.pool, of_requests=True) as counted:
            assert (await accepted(counter, asked)).status_code == 201
        return [text.split()[0].lower() for text in counted.texts]

    await statements(1)
    assert await statements(1) == await statements(9)


async def test_a_till_puts_nothing_aside(counter: Counter):
    assert (await accepted(counter, ordered(), counter.headers)).status_code == 403


async def test_the_code_is_nowhere_but_in_its_answer(counter: Counter, pickup: Pickup):
    code = await made_ready(counter, pickup)
    row = await counter.pool.fetchval("select row_to_json(pickup)::text from pickup")
    assert code not in row
    assert code not in (await counter.get("pickups")).text


async def test_what_is_paid_at_the_till_leaves_the_stock_once(counter: Counter, holds: Holds):
    pickup = await create(counter.pool, holds, request(paid=False), utc_now)
    code = await made_ready(counter, pickup)
    path = f"pickups/{pickup.id}/collect"
    for wrong in (by(code), by(code, saleId=str(uuid4()))):
        refused = await counter.post(path, wrong)
        assert (refused.status_code, refused.json()["field"]) == (400, "saleId")
    paid = sale(line(1, 2), order=pickup.reference)
    await counter.post("sales", paid)
    assert (await counter.post(path, by(code, saleId=paid["id"]))).status_code == 200
    assert await shelf(counter) == (8, 0)


async def test_wrong_codes_are_counted_and_then_it_is_locked(counter: Counter, pickup: Pickup):
    code = await made_ready(counter, pickup)
    path = f"pickups/{pickup.id}/collect"
    wrong = [await counter.post(path, by("AAAAAAAA")) for _ in range(6)]
    assert [answer.status_code for answer in wrong] == [403] * 5 + [409]
    assert [answer.json()["attempts_left"] for answer in wrong[:5]] == [4, 3, 2, 1, 0]
    locked = await counter.post(path, by(code))
    assert (locked.status_code, locked.json()["state"], await shelf(counter)) == (409, "locked", (10, 2))
    again = await made_ready(counter, pickup)
    assert again != code
    assert (await counter.post(path, by(again))).status_code == 200


async def test_an_old_code_is_void(counter: Counter, pickup: Pickup):
    old = await made_ready(counter, pickup)
    await counter.post(f"pickups/{pickup.id}/ready", {})
    assert (await counter.post(f"pickups/{pickup.id}/collect", by(old))).status_code == 403


async def test_cancelled_goods_are_free_again(counter: Counter, pickup: Pickup):
    answer = await counter.post(f"pickups/{pickup.id}/cancel", {"cashier": "Ola"})
    assert (answer.json()["status"], await shelf(counter)) == ("cancelled", (10, 0))
    again = await counter.post(f"pickups/{pickup.id}/cancel", {"cashier": "Ala"})
    assert (again.status_code, again.json()) == (200, answer.json())
    assert (await counter.post(f"pickups/{pickup.id}/pick", {})).status_code == 409


async def test_what_nobody_collected_in_time_is_over(counter: Counter, holds: Holds, pickup: Pickup):
    code = await made_ready(counter, pickup)
    await counter.pool.execute("update pickup set expires_at = now() - interval '1 second'")
    await counter.pool.execute("update hold set expires_at = now() - interval '1 second'")
    answer = await counter.post(f"pickups/{pickup.id}/collect", by(code))
    assert (answer.status_code, answer.json()["state"], (await counter.get("pickups")).json()) == (409, "expired", [])
    assert await counter.pool.fetchval("select status from pickup") == "expired"
    await create(counter.pool, holds, request(quantity=10, reference="1002"), utc_now)
    assert await shelf(counter) == (10, 10)


async def test_the_same_order_is_accepted_once(counter: Counter, holds: Holds):
    asked = request()
    first, again = [await create(counter.pool, holds, asked, utc_now) for _ in range(2)]
    assert (first, await shelf(counter)) == (again, (10, 2))


async def test_more_than_there_is_is_not_accepted(counter: Counter, holds: Holds):
    with pytest.raises(ShortLines):
        await create(counter.pool, holds, request(quantity=11), utc_now)
    assert (await counter.pool.fetchval("select count(*) from pickup"), await shelf(counter)) == (0, (10, 0))


@pytest.mark.parametrize("action", ["pick", "ready", "collect", "cancel"])
async def test_another_locations_pickup_and_an_order_of_steps(counter: Counter, elsewhere: Counter, pickup: Pickup, action: str):
    body = {"pick": {}, "ready": {}, "collect": by("AAAAAAAA"), "cancel": {"cashier": "Ola"}}[action]
    assert (await elsewhere.post(f"pickups/{pickup.id}/{action}", body)).status_code == 404
    assert (await counter.post(f"pickups/{uuid4()}/{action}", body)).status_code == 404
    if action in {"ready", "collect"}:
        assert (await counter.post(f"pickups/{pickup.id}/{action}", body)).status_code == 409
    assert await shelf(counter) == (10, 2)
