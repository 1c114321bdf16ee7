"""A shopper's cart at the till: taken over by its code, filled with the scanner, put aside, taken up, sold."""

from uuid import uuid4

import pytest

from spoina.access.types import KeyKind
from spoina.cart.operations import AddLines, NewLine
from spoina.cart.types import CartAccess, Device
from spoina.ids import Channel, OperationId, VariantId
from tests.api.availability_shop import put, settled
from tests.api.conftest import key_of
from tests.api.pos.till import Counter, line, sale

PHONE = Device(channel=Channel("app"), name="phone")


@pytest.fixture
async def offered(counter: Counter, till_services) -> tuple[CartAccess, str]:
    """A phone's cart with two of product 1, of which the shop can send five, and the code on its screen."""
    await counter.pool.execute("truncate cart, cart_op, cart_merge, cart_handoff, cart_handoff_miss cascade")
    for item in (1, 2, 3):
        await put(counter.pool, item, 1, 5)
        await settled(till_services, item, 5)
    add = AddLines(id=OperationId("first"), lines=(NewLine(variant=VariantId(1), quantity=2),))
    carts = till_services.carts.carts
    made = await carts.create(PHONE, [add])
    access = CartAccess(id=made.cart.id, secret=made.cart.secret)
    return access, (await carts.offer(access, PHONE)).code


async def post(counter: Counter, path: str, body: dict | None = None, key: str = "", **headers: str):
    sent = {**counter.headers, **headers} | ({"cart-key": key} if key else {})
    return await counter.client.post(f"/v1/pos/carts{path}", json=body, headers=sent)


async def claimed(counter: Counter, code: str) -> dict:
    answer = await post(counter, "/claim", {"code": code})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_cart_is_taken_over_with_its_lines_in_the_words_of_a_receipt(counter, offered) -> None:
    cart = await claimed(counter, f"https://sklep.example/?spoina-cart={offered[1]}")
    [only] = cart["lines"]
    assert {name: only[name] for name in ("variantId", "quantity", "unitPrice", "discount", "gross", "net", "vat", "letter", "rate")} == {
        "variantId": 1,
        "quantity": 2,
        "unitPrice": 1000,
        "discount": 0,
        "gross": 2000,
        "net": 1626,
        "vat": 374,
        "letter": "A",
        "rate": 2300,
    }
    assert (cart["total"], cart["currency"], cart["id"]) == (2000, "PLN", str(offered[0].id))


async def test_a_code_is_good_once(counter, elsewhere, offered) -> None:
    await claimed(counter, offered[1])
    again = await post(elsewhere, "/claim", {"code": offered[1]})
    assert (again.status_code, again.json()["state"]) == (409, "claimed")
    wrong = await post(elsewhere, "/claim", {"code": "AAAA-AAAA"})
    assert (wrong.status_code, wrong.json()["kind"]) == (404, "handoff code")


async def test_what_is_scanned_is_added_once_and_the_phone_sees_it(counter, offered, till_services) -> None:
    access, code = offered
    cart = await claimed(counter, code)
    for _ in range(2):
        told = await post(counter, f"/{cart['id']}/lines", {"operationId": "scan-1", "code": "SKU-2"}, cart["key"])
        assert (told.status_code, [each["variantId"] for each in told.json()["lines"]], told.json()["total"]) == (200, [1, 2], 4000)
    assert (await till_services.carts.carts.view(access, Channel("app"))).cart.quantity == 3


@pytest.mark.parametrize(
    ("case", "body", "status", "facts"),
    [
        ("unknown code", {"code": "NONE"}, 404, {"kind": "product with the code"}),
        ("neither code nor variant", {}, 400, {"field": "code or variantId"}),
        ("both", {"code": "SKU-1", "variantId": 1}, 400, {"field": "code or variantId"}),
        (
            "unknown variant",
            {"variantId": 999},
            422,
            {"code": "unknown_variant", "field": "variantId", "detail": "variantId: there is no variant 999 for sale"},
        ),
        ("none of it", {"code": "SKU-1", "quantity": 0}, 422, {"code": "invalid_quantity", "field": "quantity"}),
        ("an endless name", {"code": "SKU-1", "operationId": "x" * 65}, 400, {}),
        ("too many of it", {"code": "SKU-1", "quantity": 10_000}, 422, {"code": "quantity_too_large"}),
    ],
)
async def test_what_a_cart_does_not_take(counter, offered, case, body, status, facts) -> None:
    cart = await claimed(counter, offered[1])
    answer = await post(counter, f"/{cart['id']}/lines", {"operationId": "scan-1", **body}, cart["key"])
    told = answer.json()
    assert (answer.status_code, {name: told[name] for name in facts}) == (status, facts), case


async def test_a_cart_is_put_aside_and_taken_up_at_the_same_location_only(counter, elsewhere, offered) -> None:
    cart = await claimed(counter, offered[1])
    parked = await post(counter, f"/{cart['id']}/park", {"operationId": "park-1"}, cart["key"])
    assert (parked.status_code, parked.json()["parked"]) == (200, True)
    [waiting] = (await counter.client.get("/v1/pos/carts", headers=counter.headers)).json()
    assert (waiting["id"], waiting["quantity"]) == (cart["id"], 2)
    assert (await elsewhere.client.get("/v1/pos/carts", headers=elsewhere.headers)).json() == []
    assert (await post(elsewhere, f"/{cart['id']}/resume")).status_code == 404
    resumed = await post(counter, f"/{cart['id']}/resume")
    assert (resumed.status_code, resumed.json()["total"], resumed.json()["key"] != cart["key"]) == (200, 2000, True)
    assert (await counter.client.get("/v1/pos/carts", headers=counter.headers)).json() == []


async def test_a_cart_begun_at_the_counter_is_filled_there(counter, offered) -> None:
    begun = (await post(counter, "")).json()
    told = await post(counter, f"/{begun['id']}/lines", {"operationId": "scan-1", "variantId": 3, "quantity": 2}, begun["key"])
    assert (begun["total"], told.json()["total"]) == (0, 6000)


async def test_a_sold_cart_is_ordered_with_its_sale_and_sold_once(counter, offered, till_services) -> None:
    access, code = offered
    cart = await claimed(counter, code)
    document = sale(line(1, 2))
    for _ in range(2):
        told = await post(counter, f"/{cart['id']}/sale", document, cart["key"], **{"idempotency-key": document["id"]})
        assert (told.status_code, told.json()["id"]) == (201, document["id"])
    status, version = await counter.pool.fetchrow("select status, version from cart where id = $1", access.id)
    assert (status, version, await counter.pool.fetchval("select count(*) from pos_sale")) == ("ordered", 4, 1)
    assert await counter.pool.fetchval("select on_hand from stock where item_id = 1 and location_id = 10") == 8
    gone = await counter.client.get(f"/v1/pos/carts/{cart['id']}", headers={**counter.headers, "cart-key": cart["key"]})
    assert (gone.status_code, gone.json()["reason"]) == (410, "ordered")


async def test_selling_a_cart_frees_what_it_held(counter, offered, till_services) -> None:
    access, code = offered
    await till_services.carts.carts.begin_checkout(access, PHONE)
    held = await counter.pool.fetchval("select sum(held) from stock where item_id = 1")
    cart = await claimed(counter, code)
    document = sale(line(1, 2))
    told = await post(counter, f"/{cart['id']}/sale", document, cart["key"], **{"idempotency-key": document["id"]})
    assert (held, told.status_code) == (2, 201)
    assert await counter.pool.fetchval("select sum(held) from stock where item_id = 1") == 0


async def test_a_sale_that_is_refused_leaves_the_cart_as_it_was(counter, offered) -> None:
    cart = await claimed(counter, offered[1])
    wrong = sale(line(1, 2), total=1)
    unknown = sale(line(77, sku="NONE") | {"variantId": 77})
    for document in (wrong, unknown):
        told = await post(counter, f"/{cart['id']}/sale", document, cart["key"], **{"idempotency-key": document["id"]})
        assert told.status_code == 422
    assert await counter.pool.fetchval("select status from cart where id = $1", offered[0].id) == "active"


async def test_a_cart_that_is_gone_does_not_stop_a_sale_but_another_key_does(counter, offered) -> None:
    cart = await claimed(counter, offered[1])
    first, second, third = (sale(line(1), sequence=number) for number in (1, 2, 2))
    assert (await post(counter, f"/{cart['id']}/sale", first, cart["key"], **{"idempotency-key": first["id"]})).status_code == 201
    refused = await post(counter, f"/{cart['id']}/sale", second, "wrong", **{"idempotency-key": second["id"]})
    assert (refused.status_code, await counter.pool.fetchval("select count(*) from pos_sale")) == (404, 1)
    assert (await post(counter, f"/{cart['id']}/sale", third, cart["key"], **{"idempotency-key": third["id"]})).status_code == 201


async def test_only_terminals_have_carts_here(counter, offered) -> None:
    staff = await counter.client.get("/v1/pos/carts", headers=counter.staff)
    web = await counter.client.get("/v1/pos/carts", headers=await key_of(counter.pool, KeyKind.WEB))
    unknown = await counter.client.get(f"/v1/pos/carts/{uuid4()}", headers={**counter.headers, "cart-key": "x"})
    assert (staff.status_code in {403, 404}, web.status_code, unknown.status_code) == (True, 403, 404)
