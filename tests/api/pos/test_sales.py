import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.pos.requests import ANSWERS_ARE_KEPT, forget_old_requests
from spoina.pos.service import Till
from spoina.pos.types import Sale, Terminal
from tests.api.pos.till import Counter, line, sale, stock_up
from tests.sql_statements import count_statements

PROBLEM = "urn:spoina:problem:"


async def sold(pool: Pool, document: dict) -> dict:
    return dict(await pool.fetchrow("select * from pos_sale where id = $1", document["id"]))


async def test_a_sale_is_recorded_as_it_was_printed_and_lowers_the_stock(counter: Counter):
    document = sale(line(1, 2), line(2), occurredAt="2026-11-20T18:30:00+01:00", buyerNip="526-104-08-28", catalogueVersion=7)
    answer = await counter.post("sales", document)
    body = answer.json()
    assert answer.status_code == 201
    assert (body["id"], body["kind"], body["register"], body["location"], body["sequence"]) == (document["id"], "sale", "KASA-1", 10, 1)
    assert (body["total"], body["currency"], body["missing"], body["oversold"]) == (4000, "PLN", [], [])
    assert body["occurredAt"] == "2026-11-20T18:30:00+01:00"
    assert await counter.on_hand() == {1: 8, 2: 9, 3: 10}

    row = await sold(counter.pool, document)
    assert (row["occurred_at"], row["utc_offset"]) == (datetime(2026, 11, 20, 17, 30, tzinfo=UTC), 60)
    assert (row["buyer_nip"], row["fiscal_status"], row["fiscal_receipt_no"], row["catalogue_version"]) == (
        "5261040828",
        "printed",
        "17/2026",
        7,
    )
    lines = await counter.pool.fetch("select line, variant_id, stock_item, quantity, gross, returned from pos_sale_line order by line")
    assert [tuple(each) for each in lines] == [(0, 1, 1, 2, 2000, 0), (1, 2, 2, 1, 2000, 0)]
    assert [tuple(each) for each in await counter.pool.fetch("select letter, rate, net, vat, gross from pos_sale_vat")] == [
        ("A", 2300, 3252, 748, 4000)
    ]
    moves = await counter.pool.fetch("select item_id, delta, reason, source, reference, actor from stock_move order by line")
    assert [tuple(each) for each in moves] == [
        (1, -2, "sale", "pos", document["id"], "Ola"),
        (2, -1, "sale", "pos", document["id"], "Ola"),
    ]
    assert await counter.pool.fetchval("select payload from pgqueuer where entrypoint = 'pos.deliver_document'") == document["id"].encode()


async def test_a_sku_names_a_product_and_something_outside_the_catalogue_needs_none(counter: Counter):
    by_sku, outside = line(1), line(1)
    del by_sku["variantId"], outside["variantId"]
    answer = await counter.post("sales", sale(by_sku | {"sku": "SKU-1"}, outside))
    assert (answer.status_code, answer.json()["differences"]) == (201, [])
    assert await counter.on_hand() == {1: 9, 2: 10, 3: 10}


async def test_a_sale_is_a_fact_when_there_was_less(counter: Counter):
    document = sale(line(1, 12))
    answer = await counter.post("sales", document)
    (short,) = answer.json()["oversold"]
    assert (answer.status_code, short["item"], short["units"]) == (201, 1, 2)
    assert await counter.on_hand() == {1: -2, 2: 10, 3: 10}
    opened = await counter.pool.fetchrow("select id, kind, item_id, location_id, units, source, reference from stock_exception")
    assert tuple(opened) == (short["exceptionId"], "oversold", 1, 10, 2, "pos", document["id"])


async def test_what_the_server_reckons_otherwise_is_told_and_changes_nothing(counter: Counter):
    cheaper = line(1) | {"unitPrice": 900, "net": 732, "vat": 168, "gross": 900}
    reduced = line(2) | {"letter": "B", "rate": 800, "net": 1851, "vat": 149}
    document = sale(cheaper, reduced)
    document["vatLines"] = [
        {"letter": "A", "rate": 2300, "net": 731, "vat": 169, "gross": 900},
        {"letter": "B", "rate": 800, "net": 1852, "vat": 148, "gross": 2000},
    ]
    await counter.pool.execute(
        "insert into price_change (variant_id, valid_from, currency, regular, effective)"
        " values (1, '2026-01-01Z', 'PLN', 1000, 1000), (2, '2026-01-01Z', 'PLN', 2000, 2000) on conflict do nothing"
    )
    answer = (await counter.post("sales", document)).json()
    assert answer["differences"] == [
        {"field": "lines[0].unitPrice", "kind": "price", "given": 900, "expected": 1000},
        {"field": "lines[1].rate", "kind": "vat_rate", "given": 800, "expected": 2300},
        {"field": "vatLines[0].vat", "kind": "vat", "given": 169, "expected": 168},
    ]
    assert (answer["total"], (await sold(counter.pool, document))["total"]) == (2900, 2900)


async def test_the_price_that_counts_is_that_of_the_moment(counter: Counter):
    await counter.pool.execute(
        "insert into price_change (variant_id, valid_from, currency, regular, effective) values (3, '2026-01-01Z', 'PLN', 3000, 3000),"
        " (3, '2026-06-01Z', 'PLN', 3500, 3500)"
    )
    before = await counter.post("sales", sale(line(3), occurredAt="2026-05-31T12:00:00+02:00"))
    after = await counter.post("sales", sale(line(3), sequence=2, occurredAt="2026-06-01T12:00:00+02:00"))
    await counter.pool.execute("delete from price_change where variant_id = 3")
    assert before.json()["differences"] == []
    assert after.json()["differences"] == [{"field": "lines[0].unitPrice", "kind": "price", "given": 3000, "expected": 3500}]


async def test_what_the_catalogue_had_once_may_have_been_sold(counter: Counter):
    await counter.pool.execute("insert into price_change (variant_id, valid_from, currency, regular) values (77, '2026-01-01Z', 'PLN', 1)")
    answer = await counter.post("sales", sale(line(1) | {"variantId": 77}))
    await counter.pool.execute("delete from price_change where variant_id = 77")
    assert (answer.status_code, answer.json()["differences"]) == (201, [{"field": "lines[0]", "kind": "gone"}])
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}


@pytest.mark.parametrize(
    ("case", "included", "calculated", "kinds"),
    [
        ("prices with tax", True, True, []),
        ("tax on top: the line is short of it", False, True, ["price"]),
        ("taxes switched off: nothing comes on top", False, False, []),
    ],
)
async def test_a_price_is_compared_as_the_till_was_told_it(counter: Counter, case, included, calculated, kinds):
    await counter.pool.execute(
        "insert into price_change (variant_id, valid_from, currency, regular, effective) values (1, '2026-01-01Z', 'PLN', 1000, 1000)"
        " on conflict do nothing"
    )
    await counter.pool.execute("update shop set prices_include_tax = $1, calc_taxes = $2", included, calculated)
    answer = await counter.post("sales", sale(line(1)))
    await counter.pool.execute("update shop set prices_include_tax = true, calc_taxes = true")
    assert [each["kind"] for each in answer.json()["differences"]] == kinds


async def test_sent_again_it_is_answered_the_same_and_counts_once(counter: Counter):
    document = sale(line(1, 2))
    first = await counter.post("sales", document)
    rows = await counter.rows()
    again = await counter.post("sales", document)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (await counter.rows(), await counter.on_hand()) == (rows, {1: 8, 2: 10, 3: 10})


async def test_the_same_id_with_another_body_is_refused(counter: Counter, elsewhere: Counter):
    document = sale(line(1))
    await counter.post("sales", document)
    rows = await counter.rows()
    for till, other in ((counter, document | {"cashier": "Jan"}), (elsewhere, document)):
        answer = await till.post("sales", other)
        assert (answer.status_code, answer.json()["type"], answer.json()["field"]) == (422, PROBLEM + "reused-key", "idempotency-key")
    assert await counter.rows() == rows


async def test_while_it_is_being_recorded_it_is_busy(counter: Counter):
    document = sale(line(1))
    async with counter.pool.acquire() as other, other.transaction():
        await other.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", document["id"])
        answer = await counter.post("sales", document)
    assert (answer.status_code, answer.json()["type"]) == (409, PROBLEM + "busy")
    assert set((await counter.rows()).values()) == {0}
    assert (await counter.post("sales", document)).status_code == 201


async def test_numbers_that_did_not_arrive_are_told_until_they_do(counter: Counter):
    missing = []
    for sequence in (1, 5, 3, 9, 4, 2, 8, 6, 7):
        answer = await counter.post("sales", sale(line(1), sequence=sequence))
        missing.append([(gap["first"], gap["last"]) for gap in answer.json()["missing"]])
    assert missing == [[], [(2, 4)], [(2, 2), (4, 4)], [(2, 2), (4, 4), (6, 8)], [(2, 2), (6, 8)], [(6, 8)], [(6, 7)], [(7, 7)], []]


async def test_a_number_used_twice_is_told_and_both_sales_stand(counter: Counter):
    await counter.post("sales", sale(line(1)))
    answer = await counter.post("sales", sale(line(1)))
    assert answer.json()["differences"] == [{"field": "sequence", "kind": "sequence", "given": 1}]
    assert await counter.on_hand() == {1: 8, 2: 10, 3: 10}


async def test_a_sale_from_woocommerces_stock_stays_held_until_the_shop_has_it(counter: Counter):
    await stock_up(counter.pool, {1: 5}, 1)
    online = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-W", 1)
    document = sale(line(1, 2))
    answer = await online.post("sales", document)
    assert answer.status_code == 201
    assert tuple(await counter.pool.fetchrow("select on_hand, held from stock where item_id = 1 and location_id = 1")) == (5, 2)
    assert await counter.pool.fetchval("select holder from hold where status = 'sold_pending'") == f"pos:{document['id']}"


async def test_two_tills_that_sell_the_same_things_in_another_order_do_not_stop_each_other(counter: Counter):
    other = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-3", 10)
    sales = [
        till.post("sales", sale(*map(line, items), sequence=number))
        for number in range(1, 13)
        for till, items in ((counter, (1, 2, 3)), (other, (3, 2, 1)))
    ]
    answers = await asyncio.gather(*sales)
    assert {answer.status_code for answer in answers} == {201}
    assert await counter.on_hand() == {1: -14, 2: -14, 3: -14}


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def with_line(**more) -> dict:
    return sale(line(1) | more)


BAD = [
    ("no pieces", with_line(quantity=0), 400, "lines[0].quantity"),
    ("negative pieces", with_line(quantity=-1), 400, "lines[0].quantity"),
    ("absurdly many", with_line(quantity=100_001), 400, "lines[0].quantity"),
    ("half a piece", with_line(quantity=1.5), 400, "lines[0].quantity"),
    ("a negative price", with_line(unitPrice=-1), 400, "lines[0].unitPrice"),
    ("an absurd price", with_line(unitPrice=10**11), 400, "lines[0].unitPrice"),
    ("no such letter", with_line(letter="Q"), 400, "lines[0].letter"),
    ("a member nobody knows", with_line(amount=1), 400, "lines[0].amount"),
    ("no lines", sale(), 400, "lines"),
    ("no offset", sale(line(1), occurredAt="2026-11-21T12:00:00"), 400, "occurredAt"),
    ("no cashier", sale(line(1), cashier=""), 400, "cashier"),
    ("a clock never set", sale(line(1), occurredAt="0001-01-01T00:00:00+14:00"), 400, "occurredAt"),
    (
        "a printer's clock never set",
        sale(line(1), fiscal={"required": True, "status": "failed", "printedAt": "1970-01-01T00:00:00Z"}),
        400,
        "fiscal.printedAt",
    ),
    ("a NUL in a text", sale(line(1), cashier="O\0la"), 400, "cashier"),
    ("a NUL in a title", with_line(title="\0"), 400, "lines[0].title"),
    ("an id beyond all ids", with_line(variantId=2**63), 400, "lines[0].variantId"),
    ("number zero", sale(line(1), sequence=0), 400, "sequence"),
    ("a wrong NIP", sale(line(1), buyerNip="5261040829"), 400, "buyerNip"),
    ("a NIP of zeros", sale(line(1), buyerNip="0000000000"), 400, "buyerNip"),
    ("consent to nowhere", sale(line(1), eReceipt={"consent": True}), 400, "eReceipt"),
    ("printed without a number", sale(line(1), fiscal={"required": True, "status": "printed"}), 400, "fiscal.deviceNo"),
    ("not required, but required", sale(line(1), fiscal={"required": True, "status": "not_required"}), 400, "fiscal.status"),
    ("a line that does not add up", with_line(vat=188), 422, "lines[0].gross"),
    ("a total that does not add up", sale(line(1), total=1001), 422, "total"),
    ("less paid", sale(line(1), payments=[{"method": "card", "amount": 999}]), 422, "payments"),
    ("wrong change", sale(line(1), payments=[{"method": "cash", "amount": 1000, "tendered": 2000}]), 422, "payments[0].amount"),
    ("change of nothing", sale(line(1), payments=[{"method": "card", "amount": 1000, "change": 5}]), 400, "payments[0].change"),
    (
        "VAT that does not add up",
        sale(line(1), vatLines=[{"letter": "A", "rate": 2300, "net": 813, "vat": 186, "gross": 1000}]),
        422,
        "vatLines[0].gross",
    ),
    (
        "VAT of another sum",
        sale(line(1), vatLines=[{"letter": "A", "rate": 2300, "net": 814, "vat": 187, "gross": 1001}]),
        422,
        "vatLines[0].gross",
    ),
    (
        "VAT of another letter",
        sale(line(1), vatLines=[{"letter": "B", "rate": 800, "net": 926, "vat": 74, "gross": 1000}]),
        400,
        "vatLines[0].letter",
    ),
    ("another's register", sale(line(1), register="KASA-2"), 403, "register"),
    ("another location", sale(line(1), location=11), 403, "location"),
]


@pytest.mark.parametrize(("case", "document", "status", "field"), BAD)
async def test_bad_input_names_its_field_and_writes_nothing(counter: Counter, case, document, status, field):
    answer = await counter.post("sales", document)
    body = answer.json()
    named = body.get("field") or body["errors"][0]["key"]
    assert (answer.status_code, answer.headers["content-type"], named) == (status, "application/problem+json", field)
    assert set((await counter.rows()).values()) == {0}
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}


async def test_a_clock_two_days_ahead_is_refused(counter: Counter):
    refused = await counter.post("sales", sale(line(1), occurredAt=in_hours(48.1)))
    body = refused.json()
    assert (refused.status_code, body["type"], body["field"], body["limit"], body["unit"]) == (
        422,
        PROBLEM + "clock-ahead",
        "occurredAt",
        48,
        "hours",
    )
    assert set((await counter.rows()).values()) == {0}
    assert (await counter.post("sales", sale(line(1), occurredAt=in_hours(47.9)))).status_code == 201


async def test_unknown_codes_are_listed_all_of_them(counter: Counter):
    by_sku = line(1) | {"sku": "NO-SUCH"}
    del by_sku["variantId"]
    answer = await counter.post("sales", sale(line(1), by_sku, line(1) | {"variantId": 98765}))
    assert (answer.status_code, answer.json()["type"], answer.json()["codes"]) == (422, PROBLEM + "unknown-codes", ["NO-SUCH", "98765"])
    assert set((await counter.rows()).values()) == {0}
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}


async def test_a_variant_that_is_unknown_is_named_and_not_its_known_sku(counter: Counter):
    answer = await counter.post("sales", sale(line(1, variantId=98765, sku="SKU-1")))
    assert (answer.status_code, answer.json()["codes"]) == (422, ["98765"])


@pytest.mark.parametrize("header", [None, "", "nonsense", "7d1e2f30-55aa-4c1b-9a53-0f4c7b1d2e3f"])
async def test_the_idempotency_key_is_the_sales_id(counter: Counter, header):
    document = sale(line(1))
    headers = counter.headers | ({} if header is None else {"idempotency-key": header})
    answer = await counter.client.post("/v1/pos/sales", headers=headers, json=document)
    assert (answer.status_code, answer.json()["field"]) == (400, "idempotency-key")
    assert set((await counter.rows()).values()) == {0}


async def test_a_body_too_large(counter: Counter):
    answer = await counter.post("sales", sale(line(1) | {"title": "x" * 300_000}))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert (answer.json()["limit"], answer.json()["unit"]) == (262144, "bytes")
    assert set((await counter.rows()).values()) == {0}


async def test_too_many_lines(counter: Counter):
    answer = await counter.post("sales", sale(*[line(1)] * 201))
    assert (answer.status_code, answer.json()["errors"][0]["key"]) == (400, "lines")


async def test_a_sale_costs_this_many_statements(counter: Counter, till_database: str):
    """Beside the ledger's COPY: the key, the variants, the register, the document, nine of stock, the job, the answer, begin, end."""
    pool = await connect_pool(till_database, size=1)  # of its own: the process follows the stock over the other one
    till, terminal = Till(pool, utc_now), msgspec.convert(counter.terminal, Terminal)
    first, second = (msgspec.convert(sale(line(1), line(2), sequence=number), Sale) for number in (1, 2))
    await till.sell(terminal, first)
    async with count_statements(pool) as statements:
        await till.sell(terminal, second)
    async with count_statements(pool) as repeated:
        await till.sell(terminal, second)
    await pool.close()
    assert (len(statements), len(repeated)) == (17, 3)


async def test_an_answer_is_kept_for_thirty_days_and_the_sale_for_ever(counter: Counter):
    old, young = sale(line(1)), sale(line(2), sequence=2)
    for document in (old, young):
        await counter.post("sales", document)
    await counter.pool.execute("update pos_request set recorded_at = now() - $2::interval where key = $1", old["id"], ANSWERS_ARE_KEPT)
    await forget_old_requests(counter.pool, utc_now)
    assert [str(row[0]) for row in await counter.pool.fetch("select key from pos_request")] == [young["id"]]
    again = await counter.post("sales", old)
    assert (again.status_code, again.json()["type"]) == (409, PROBLEM + "wrong-state")
    assert "30 days" in again.json()["detail"]
    assert (await counter.post("sales", young)).status_code == 201
    assert await counter.on_hand() == {1: 9, 2: 9, 3: 10}
    assert await counter.pool.fetchval("select count(*) from pos_sale") == 2
