import asyncio
from uuid import uuid4

import pytest

from tests.api.pos.till import Counter, give_back, line, sale, stock_up

PROBLEM = "urn:spoina:problem:"


@pytest.fixture
async def sold(counter: Counter) -> dict:
    """Three of product 1 and one of product 2."""
    document = sale(line(1, 3), line(2))
    assert (await counter.post("sales", document)).status_code == 201
    return document


async def test_goods_come_back_and_can_be_sold_again(counter: Counter, sold: dict):
    answer = await counter.post("returns", give_back(sold, (0, 2, 2000)))
    assert (answer.status_code, answer.json()["kind"], answer.json()["total"], answer.json()["sequence"]) == (201, "return", 2000, 2)
    assert await counter.on_hand() == {1: 9, 2: 9, 3: 10}
    assert [row[0] for row in await counter.pool.fetch("select returned from pos_sale_line order by line")] == [2, 0]
    assert tuple(await counter.pool.fetchrow("select v.* from pos_sale_vat v join pos_sale s on s.id = sale_id where kind = 'return'"))[
        1:
    ] == (
        "A",
        2300,
        1626,
        374,
        2000,
    )


async def test_broken_goods_come_back_and_cannot(counter: Counter, sold: dict):
    assert (await counter.post("returns", give_back(sold, (0, 1, 1000), restock=False))).status_code == 201
    assert await counter.on_hand() == {1: 7, 2: 9, 3: 10}


async def test_another_place_takes_them_back_into_its_own_stock(counter: Counter, elsewhere: Counter, sold: dict):
    await stock_up(counter.pool, {1: 0}, 11)
    assert (await elsewhere.post("returns", give_back(sold, (0, 1, 1000), sequence=1))).status_code == 201
    assert (await counter.on_hand(), await counter.on_hand(11)) == ({1: 7, 2: 9, 3: 10}, {1: 1})


async def test_what_lies_at_woocommerces_is_not_put_back(counter: Counter, sold: dict):
    online = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-W", 1)
    answer = await online.post("returns", give_back(sold, (0, 1, 1000), sequence=1))
    assert (answer.status_code, answer.json()["differences"]) == (201, [{"field": "lines", "kind": "stock"}])
    assert await counter.on_hand(1) == {}


async def test_sent_again_it_counts_once(counter: Counter, sold: dict):
    back = give_back(sold, (0, 2, 2000))
    first, again = await counter.post("returns", back), await counter.post("returns", back)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await counter.on_hand() == {1: 9, 2: 9, 3: 10}


async def test_no_more_comes_back_than_was_sold(counter: Counter, sold: dict):
    await counter.post("returns", give_back(sold, (0, 2, 2000)))
    rows = await counter.rows()
    for lines in ([(0, 2, 1000)], [(1, 1, 2001)], [(0, 1, 1001)], [(1, 1, 2000), (0, 2, 1000)]):
        answer = await counter.post("returns", give_back(sold, *lines, sequence=3))
        assert (answer.status_code, answer.json()["type"]) == (409, PROBLEM + "returned-too-much"), lines
    assert answer.json()["lines"] == [0]
    assert (await counter.rows(), await counter.on_hand()) == (rows, {1: 9, 2: 9, 3: 10})
    assert (await counter.post("returns", give_back(sold, (0, 1, 1000), (1, 1, 2000), sequence=3))).status_code == 201


async def test_two_tills_cannot_take_back_the_same_piece(counter: Counter, elsewhere: Counter, sold: dict):
    backs = [(counter, give_back(sold, (1, 1, 2000))), (elsewhere, give_back(sold, (1, 1, 2000), sequence=1))]
    answers = await asyncio.gather(*(till.post("returns", back) for till, back in backs))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize(
    ("case", "lines", "more", "status", "field"),
    [
        ("a line the sale has not", [(2, 1, 100)], {}, 400, "lines[0].line"),
        ("a line twice", [(0, 1, 1000), (0, 1, 1000)], {}, 400, "lines"),
        ("nothing", [], {}, 400, "lines"),
        ("no pieces", [(0, 0, 0)], {}, 400, "lines[0].quantity"),
        ("another total", [(0, 1, 1000)], {"total": 999}, 422, "total"),
        ("less paid out", [(0, 1, 1000)], {"payments": []}, 422, "payments"),
        ("another's register", [(0, 1, 1000)], {"register": "KASA-2"}, 403, "register"),
    ],
)
async def test_returns_that_cannot_be(counter: Counter, sold: dict, case, lines, more, status, field):
    rows = await counter.rows()
    answer = await counter.post("returns", give_back(sold, *lines, **more))
    named = answer.json().get("field") or answer.json()["errors"][0]["key"]
    assert (answer.status_code, named, await counter.rows()) == (status, field, rows)


async def test_a_return_of_what_nobody_sold(counter: Counter, sold: dict):
    back = give_back(sold, (0, 1, 1000))
    await counter.post("returns", back)
    rows = await counter.rows()
    unknown = await counter.post("returns", give_back(sold, (0, 1, 1000), saleId=str(uuid4())))
    of_a_return = await counter.post("returns", give_back(back, (0, 1, 1000)))
    assert (unknown.status_code, of_a_return.status_code, of_a_return.json()["type"]) == (404, 409, PROBLEM + "wrong-state")
    assert await counter.rows() == rows


def void(of: dict, **more) -> dict:
    facts = {"id": str(uuid4()), "sequence": 2, "occurredAt": of["occurredAt"], "cashier": "Ola", "saleId": of["id"], "reason": "mistake"}
    return facts | more


async def test_a_sale_whose_receipt_was_never_printed_can_be_voided(counter: Counter):
    document = sale(line(1, 3), line(2), fiscal={"required": True, "status": "failed"})
    await counter.post("sales", document)
    undone = void(document)
    answer, again = await counter.post("voids", undone), await counter.post("voids", undone)
    assert (answer.status_code, answer.json()["kind"], answer.json()["total"], again.content) == (201, "void", 5000, answer.content)
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}
    kinds = await counter.pool.fetch("select kind, total, fiscal_status from pos_sale order by sequence")
    assert [tuple(each) for each in kinds] == [("sale", 5000, "failed"), ("void", 5000, "not_required")]
    assert (await counter.post("voids", void(document, sequence=3))).status_code == 409


async def test_a_printed_sale_and_one_partly_returned_cannot(counter: Counter, elsewhere: Counter, sold: dict):
    unprinted = sale(line(3, 2), sequence=2, fiscal={"required": False, "status": "not_required"})
    await counter.post("sales", unprinted)
    await counter.post("returns", give_back(unprinted, (0, 1, 3000), sequence=3))
    rows = await counter.rows()
    for till, of, status in ((counter, sold, 409), (counter, unprinted, 409), (elsewhere, unprinted, 404)):
        assert (await till.post("voids", void(of, sequence=4))).status_code == status
    assert await counter.rows() == rows


async def test_a_void_frees_what_was_held_of_woocommerces_stock(counter: Counter):
    await stock_up(counter.pool, {1: 5}, 1)
    online = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-W", 1)
    document = sale(line(1, 2), fiscal={"required": True, "status": "failed"})
    await online.post("sales", document)
    shelf = "select on_hand, held from stock where item_id = 1 and location_id = 1"
    assert tuple(await counter.pool.fetchrow(shelf)) == (5, 2)
    answer = await online.post("voids", void(document))
    assert (answer.status_code, answer.json()["differences"], tuple(await counter.pool.fetchrow(shelf))) == (201, [], (5, 0))


async def test_a_cashier_finds_the_sale_by_its_receipt_and_sees_what_came_back(counter: Counter, elsewhere: Counter, sold: dict):
    await counter.post("returns", give_back(sold, (0, 2, 1500)))
    (found,) = (await elsewhere.get("sales", params={"receiptNo": "17/2026"})).json()
    assert (found["register"], found["location"], found["sale"]["id"], found["sale"]["total"]) == ("KASA-1", 10, sold["id"], 5000)
    assert [(each["line"], each["quantity"], each["returned"], each["gross"], each["returnedGross"]) for each in found["lines"]] == [
        (0, 3, 2, 3000, 1500),
        (1, 1, 0, 2000, 0),
    ]
    assert (await elsewhere.get(f"sales/{sold['id']}")).json() == found
    assert (await elsewhere.get("sales", params={"receiptNo": "18/2026"})).json() == []
    assert (await elsewhere.get(f"sales/{uuid4()}")).status_code == 404
    assert (await elsewhere.get("sales", params={"receiptNo": ""})).status_code == 400


async def test_two_tills_cannot_pay_back_more_than_was_paid(counter: Counter, elsewhere: Counter, sold: dict):
    """The first waits for the shelf with the sale in its hands; the second must wait for the sale."""
    async with counter.pool.acquire() as other:
        shelf = other.transaction()
        await shelf.start()
        await other.execute("select from stock where item_id = 1 for update")
        first = asyncio.create_task(counter.post("returns", give_back(sold, (0, 1, 2000))))
        await asyncio.sleep(0.2)
        second = asyncio.create_task(elsewhere.post("returns", give_back(sold, (0, 1, 2000), sequence=1, restock=False)))
        await asyncio.sleep(0.2)
        await shelf.rollback()
    assert [(await each).status_code for each in (first, second)] == [201, 409]
