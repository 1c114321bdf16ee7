"""The checkout over HTTP: a cart becomes an order once, or the shopper is told all that is wrong."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from api.services import Services
from spoina.access.types import KeyKind
from spoina.db import transaction
from spoina.inventory.keeping import sweep_expired
from spoina.orders.types import Origin, PaymentWay
from spoina.terms import sql as terms_sql
from spoina.terms.types import PaymentMethod
from tests.api.carts.buying import EMPTIED, HOME, Buyer, placed, returns_of, stock_of
from tests.api.carts.cart_shop import COUPONS, LAST, MUG, PLATE, POSTER_VARIANT, insert_mug, of
from tests.api.carts.test_mutations import token
from tests.api.conftest import key_of
from tests.spoina.catalog.builders import NOON

METHODS = (
    PaymentMethod(id="payu", title="PayU"),
    PaymentMethod(id="bacs", title="Przelew"),
    PaymentMethod(id="cod", title="Za pobraniem"),
)


async def offer(services: Services, *methods: PaymentMethod) -> None:
    """Until this process knows."""
    async with transaction(services.pool) as db:
        await terms_sql.save_payment_methods(db, methods, NOON)
        await db.execute("select pg_notify('shop_changed', '')")
    async with asyncio.timeout(30):
        while services.terms.terms.payment_methods != methods:  # noqa: ASYNC110 - it is on its way
            await asyncio.sleep(0.002)


@pytest.fixture
async def till_free(shop: Services) -> AsyncIterator[Services]:
    await shop.pool.execute(f"truncate {EMPTIED} cascade")
    await offer(shop, *METHODS)
    yield shop
    await shop.pool.execute(f"truncate {EMPTIED} cascade")
    await offer(shop)


@pytest.fixture
async def buyer(till_free: Services, cart_client: httpx.AsyncClient) -> Buyer:
    return Buyer(cart_client, await key_of(till_free.pool, KeyKind.WEB))


@pytest.fixture
async def phone(till_free: Services, cart_client: httpx.AsyncClient) -> Buyer:
    return Buyer(cart_client, await key_of(till_free.pool, KeyKind.APP))


async def test_a_guest_buys(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(PLATE, 2), of(MUG), note="Proszę dzwonić", attributes=[{"key": "prezent", "value": "tak"}])
    cart = await buyer.look()
    order = await buyer.buy(version=cart["version"], totalAmount=cart["cost"]["totalAmount"]["amount"])
    assert cart["cost"]["totalAmount"]["amount"] == order["totalPrice"]["amount"] == "238.43"
    assert (order["state"], order["financialStatus"], order["fulfillmentStatus"]) == ("PENDING_PAYMENT", "PENDING", "ON_HOLD")
    assert (order["email"], order["note"], order["paymentWay"], order["paymentUrl"]) == (
        "jan@example.test",
        "Proszę dzwonić",
        "ONLINE",
        None,
    )
    assert order["shippingAddress"] == {
        "name": "Jan Próbny",
        "address1": "ul. Cicha 1",
        "zip": "81-001",
        "city": "Gdynia",
        "countryCodeV2": "PL",
        "phone": None,
    }
    assert [(item["title"], item["quantity"]) for item in order["lineItems"]["nodes"]] == [(f"Product {PLATE}", 2), ("Kubek", 1)]
    assert (order["shippingTitle"], order["totalShippingPrice"]["amount"]) == ("Kurier", "18.45")
    assert order["customAttributes"] == [{"key": "prezent", "value": "tak"}]
    [kept] = await placed(till_free)
    assert (kept.content.origin, kept.content.channel, kept.content.total) == (Origin.WEB, "web", 23843)
    assert [(line.stock_item, line.quantity, line.gross) for line in kept.content.lines] == [(PLATE, 2, 19998), (None, 1, 2000)]
    assert (await stock_of(till_free.pool, PLATE), await buyer.look()) == ((5, 2), None)
    assert await till_free.pool.fetchval("select kind from order_task") == "create"


async def test_the_same_token_is_the_same_order_and_another_content_is_told(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill()
    first = await buyer.buy("once", payment={"way": "TRANSFER"})
    assert (first["paymentTitle"], first["state"]) == ("Przelew", "ON_HOLD")
    assert (await buyer.buy("once", payment={"way": "TRANSFER"}))["id"] == first["id"]
    assert await buyer.problems(token="once", payment={"way": "ONLINE"}) == [("ATTEMPT_TOKEN_REUSED", ["attemptToken"])]
    other = (await buyer.submit("twice", payment={"way": "TRANSFER"}))["result"]
    assert (other["__typename"], other["order"]["id"]) == ("SubmitAlreadyAccepted", first["id"])
    assert (len(await placed(till_free)), await stock_of(till_free.pool, PLATE)) == (1, (5, 2))


async def test_two_devices_at_once_make_one_order(buyer: Buyer, phone: Buyer, till_free: Services) -> None:
    for _ in range(5):
        await till_free.pool.execute(f"truncate {EMPTIED} cascade")
        await till_free.pool.execute("update stock set held = 0")
        await buyer.fill()
        phone.cart = buyer.cart
        answers = await asyncio.gather(*(each.submit() for each in (buyer, phone, buyer, phone)))
        kinds = sorted(answer["result"]["__typename"] for answer in answers)
        assert kinds == ["SubmitAlreadyAccepted"] * 3 + ["SubmitSuccess"]
        assert len({answer["result"]["order"]["id"] for answer in answers}) == 1
        assert (len(await placed(till_free)), await stock_of(till_free.pool, PLATE)) == (1, (5, 2))


async def test_all_that_is_missing_is_named_at_once(buyer: Buyer, till_free: Services) -> None:
    await buyer.create(lines=[of(PLATE)], buyerIdentity={"nip": "5260250995"})
    assert await buyer.problems(
        consents=[{"key": "terms", "text": "Akceptuję regulamin.", "given": False, "required": True}], payment={"way": "AT_PICKUP"}
    ) == [
        ("BUYER_IDENTITY_EMAIL_REQUIRED", ["buyerIdentity", "email"]),
        ("DELIVERY_ADDRESS_REQUIRED", ["delivery", "address"]),
        ("PAYMENTS_COMPANY_REQUIRED", ["buyerIdentity", "company"]),
        ("PAYMENTS_ADDRESS1_REQUIRED", ["billingAddress", "address1"]),
        ("PAYMENTS_CITY_REQUIRED", ["billingAddress", "city"]),
        ("PAYMENTS_POSTAL_CODE_REQUIRED", ["billingAddress", "zip"]),
        ("PAYMENTS_METHOD_UNAVAILABLE", ["payment"]),
        ("CONSENT_REQUIRED", ["consents", "0", "given"]),
    ]
    assert (await placed(till_free), await stock_of(till_free.pool, PLATE)) == ([], (5, 0))


@pytest.mark.parametrize(
    ("case", "address", "wrong"),
    [
        ("nothing but a country", {"countryCode": "PL"}, ["LAST_NAME", "ADDRESS1", "CITY", "POSTAL_CODE"]),
        ("a postcode of nowhere", {**HOME, "zip": "1234"}, ["INVALID_POSTAL_CODE_FOR_COUNTRY"]),
        ("no street", {**HOME, "address1": " "}, ["ADDRESS1"]),
        ("a company needs no surname", {**HOME, "lastName": "", "company": "Próba sp. z o.o.", "address1": ""}, ["ADDRESS1"]),
    ],
)
async def test_an_address_that_nothing_can_be_sent_to(buyer: Buyer, case, address, wrong) -> None:
    await buyer.fill(address=address)
    found = [code.removeprefix("DELIVERY_").removesuffix("_REQUIRED") for code, _ in await buyer.problems()]
    assert found == wrong, case


async def test_an_empty_cart(buyer: Buyer) -> None:
    await buyer.create()
    assert await buyer.problems() == [("CART_EMPTY", ["lines"])]


async def test_a_cart_that_moved_on_is_refused_with_what_changed(buyer: Buyer, phone: Buyer, till_free: Services) -> None:
    await buyer.fill(of(MUG))
    seen = (await buyer.look())["version"]
    phone.cart = buyer.cart
    await phone.add(of(PLATE))
    told = (await buyer.submit(version=seen))["result"]
    assert [error["code"] for error in told["errors"]] == ["CART_VERSION_OUTDATED"]
    assert (told["changes"]["since"], told["changes"]["version"], told["changes"]["complete"]) == (seen, seen + 1, True)
    assert [each["kind"] for each in told["changes"]["operations"]] == ["add_lines"]
    assert (told["cart"]["version"], await placed(till_free)) == (seen + 1, [])
    assert (await buyer.buy(version=seen + 1))["totalPrice"]["amount"] == "138.44"


async def test_a_price_that_changed_has_to_be_acknowledged_first(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(MUG))
    await insert_mug(till_free, price=2500)
    try:
        told = (await buyer.submit())["result"]
        [change] = told["changes"]["changes"]
        assert [error["code"] for error in told["errors"]] == ["CHANGES_NOT_ACKNOWLEDGED"]
        assert (change["__typename"], change["before"]["amount"], change["now"]["amount"]) == ("CartPriceChange", "20.00", "25.00")
        assert await placed(till_free) == []
        await buyer.change("cartChangesAcknowledge", keys=("[ID!]!", [change["key"]]))
        assert (await buyer.buy())["totalPrice"]["amount"] == "43.45"
    finally:
        await insert_mug(till_free, price=2000)


async def test_a_code_that_fell_out_has_to_be_acknowledged_first(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(MUG), discountCodes=["ten"])
    await publish(till_free, "ten", published=False)
    try:
        told = (await buyer.submit())["result"]
        [change] = told["changes"]["changes"]
        assert (told["errors"][0]["code"], change["code"], change["reason"]) == ("CHANGES_NOT_ACKNOWLEDGED", "ten", "DISCOUNT_NOT_FOUND")
        await buyer.change("cartChangesAcknowledge", keys=("[ID!]!", [change["key"]]))
        assert (await buyer.buy())["totalPrice"]["amount"] == "38.45"
    finally:
        await publish(till_free, "ten", published=True)


async def publish(services: Services, code: str, *, published: bool) -> None:
    coupon = next(each for each in COUPONS if each.code == code)
    async with transaction(services.pool) as db:
        facts = terms_sql.CouponFacts(coupon=coupon, published=published)
        await terms_sql.save_coupons(db, [facts], services.clock())
        await terms_sql.announce_coupons(db)
    async with asyncio.timeout(30):
        while (await services.terms.coupon(code) is not None) is not published:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_another_total_than_the_shopper_was_told(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(MUG))
    assert await buyer.problems(totalAmount="38.44") == [("PAYMENTS_UNACCEPTABLE_PAYMENT_AMOUNT", ["totalAmount"])]
    assert (await placed(till_free), (await buyer.buy(totalAmount="38.45"))["totalPrice"]["amount"]) == ([], "38.45")


async def test_a_discount_is_the_orders_too(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(PLATE), discountCodes=["ten"])
    assert (await buyer.buy())["subtotalPrice"]["amount"] == "89.99"
    [kept] = await placed(till_free)
    [coupon] = kept.content.coupons
    assert (coupon.code, coupon.discount + coupon.discount_tax, kept.content.lines[0].gross) == ("ten", 1000, 8999)


async def test_a_company_with_its_tax_number(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(identity={"company": "Próba sp. z o.o.", "nip": "PL 526-025-09-95", "phone": "+48 600 000 000"})
    order = await buyer.buy()
    assert (order["nip"], order["billingAddress"]["company"], order["phone"]) == ("5260250995", "Próba sp. z o.o.", "+48 600 000 000")
    [kept] = await placed(till_free)
    assert (kept.content.nip, kept.content.billing.company, kept.content.delivery.company) == ("5260250995", "Próba sp. z o.o.", "")


async def test_a_parcel_locker_needs_a_telephone_and_no_street(buyer: Buyer) -> None:
    await buyer.fill(address={"countryCode": "PL"})
    point = {"provider": "inpost", "code": "GDY12M", "name": "Paczkomat GDY12M"}
    assert await buyer.problems(pickupPoint={**point, "code": ""}) == [
        ("PICKUP_POINT_REQUIRED", ["pickupPoint", "code"]),
        ("DELIVERY_PHONE_NUMBER_REQUIRED", ["buyerIdentity", "phone"]),
    ]
    await buyer.change("cartBuyerIdentityUpdate", buyerIdentity=("CartBuyerIdentityInput!", {"phone": "600100200"}))
    order = await buyer.buy(pickupPoint=point)
    assert (order["pickupPoint"], order["phone"]) == (point, "600100200")


async def test_what_is_collected_needs_no_address_and_is_paid_there(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(address={"countryCode": "PL"})
    chosen = [{"deliveryGroupId": "gid://spoina/CartDeliveryGroup/1", "deliveryOptionHandle": "local_pickup:2"}]
    await buyer.change("cartSelectedDeliveryOptionsUpdate", selectedDeliveryOptions=("[CartSelectedDeliveryOptionInput!]!", chosen))
    query = "query($id: ID!) { cart(id: $id) { paymentMethods { id title way } } }"
    assert (await buyer.ask(query, id=buyer.cart))["cart"]["paymentMethods"] == [
        {"id": "payu", "title": "PayU", "way": "ONLINE"},
        {"id": "bacs", "title": "Przelew", "way": "TRANSFER"},
        {"id": "cod", "title": "Za pobraniem", "way": "AT_PICKUP"},
    ]
    assert await buyer.problems(payment={"way": "ON_DELIVERY"}) == [("PAYMENTS_METHOD_UNAVAILABLE", ["payment"])]
    order = await buyer.buy(payment={"way": "AT_PICKUP"})
    assert (order["state"], order["totalShippingPrice"]["amount"], order["shippingTitle"]) == ("PROCESSING", "0.00", "Odbiór osobisty")
    [kept] = await placed(till_free)
    assert (kept.content.payment.way, kept.content.payment.method) == (PaymentWay.AT_PICKUP, "cod")


async def test_payment_on_delivery_where_the_shop_allows_it(buyer: Buyer, till_free: Services) -> None:
    await offer(till_free, PaymentMethod(id="cod", title="Za pobraniem", rates=("local_pickup",)))
    await buyer.fill()
    assert await buyer.problems(payment={"way": "ON_DELIVERY", "methodId": "cod"}) == [("PAYMENTS_METHOD_UNAVAILABLE", ["payment"])]
    await offer(till_free, PaymentMethod(id="cod", title="Za pobraniem", rates=("flat_rate:1",)))
    order = await buyer.buy(payment={"way": "ON_DELIVERY", "methodId": "cod"})
    assert (order["state"], order["paymentTitle"], order["financialStatus"]) == ("PROCESSING", "Za pobraniem", "PENDING")


async def test_consents_are_kept_in_the_words_that_were_shown(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill()
    consents = [
        {"key": "terms", "text": "Akceptuję regulamin.", "given": True, "required": True, "version": "2026-11", "language": "pl"},
        {"key": "newsletter", "text": "Chcę dostawać newsletter e-mailem.", "given": False},
    ]
    order = await buyer.buy(consents=consents)
    assert [(each["key"], each["given"], each["version"], each["language"]) for each in order["consents"]] == [
        ("terms", True, "2026-11", "pl"),
        ("newsletter", False, "", ""),
    ]
    [kept] = await placed(till_free)
    assert {each.text for each in kept.content.consents} == {each["text"] for each in consents}
    assert all(each.at is not None for each in kept.content.consents)


async def test_a_hold_that_was_taken_at_the_start_is_sold(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(LAST))
    await buyer.change("cartCheckoutStart")
    assert await stock_of(till_free.pool, LAST) == (1, 1)
    await buyer.buy(version=(await buyer.look())["version"])
    rows = await till_free.pool.fetch("select status from hold")
    assert ([row[0] for row in rows], await stock_of(till_free.pool, LAST)) == (["sold_pending"], (1, 1))


async def test_a_hold_that_expired_is_anybodys(buyer: Buyer, phone: Buyer, till_free: Services) -> None:
    """Whoever comes first then has the last one; the other is told."""
    await phone.fill(of(LAST))
    await buyer.fill(of(LAST))
    await buyer.change("cartCheckoutStart")
    await till_free.pool.execute("update hold set expires_at = now() - interval '1 second'")
    await sweep_expired(till_free.pool, till_free.clock())
    await phone_sees_it(phone)
    await phone.buy()
    told = await buyer.problems()
    assert told[0][0] in {"MERCHANDISE_OUT_OF_STOCK", "CHANGES_NOT_ACKNOWLEDGED"}
    assert (len(await placed(till_free)), await stock_of(till_free.pool, LAST)) == (1, (1, 1))


async def phone_sees_it(phone: Buyer) -> None:
    async with asyncio.timeout(30):
        while (await phone.look())["warnings"]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_fifty_buyers_of_five_plates_make_five_orders(till_free: Services, cart_client: httpx.AsyncClient) -> None:
    headers = await key_of(till_free.pool, KeyKind.WEB)
    buyers = [Buyer(cart_client, headers) for _ in range(50)]
    for each in buyers:
        await each.fill(of(PLATE))
    answers = [answer["result"] for answer in await asyncio.gather(*(each.submit() for each in buyers))]
    lost = [answer for answer in answers if answer["__typename"] == "SubmitFailed"]
    assert (len(lost), len(await placed(till_free)), await stock_of(till_free.pool, PLATE)) == (45, 5, (5, 5))
    assert {error["code"] for answer in lost for error in answer["errors"]} <= {"MERCHANDISE_OUT_OF_STOCK", "CHANGES_NOT_ACKNOWLEDGED"}


async def test_an_order_opens_with_its_key_alone(buyer: Buyer) -> None:
    await buyer.fill()
    order = await buyer.buy()
    assert await buyer.order(order["id"]) == order
    name, _, key = order["id"].partition("?key=")
    other = f"gid://spoina/Order/{uuid4()}?key={key}"
    told = [
        await refusal(buyer, number) for number in (f"{name}?key=wrong", name, other, f"{name}?key=a.b.c", "gid://spoina/Order/7?key=x")
    ]
    assert set(told) == {("NOT_FOUND", "there is no order with this id and key")}


async def refusal(buyer: Buyer, number: str) -> tuple[str, str]:
    told = await buyer.answer("query($id: ID!) { order(id: $id) { name } }", id=number)
    [error] = told["errors"]
    return error["extensions"]["code"], error["message"]


async def test_a_customer_sees_his_orders_on_every_device(buyer: Buyer, phone: Buyer, settings, till_free: Services) -> None:
    anna, ola = token(settings, f"anna-{uuid4()}"), token(settings, f"ola-{uuid4()}")
    names = []
    for _ in range(3):
        await buyer.fill(of(MUG), identity={"customerAccessToken": anna})
        names.append((await buyer.buy())["name"])
    query = """query($t: String!, $first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean) {
      customer(customerAccessToken: $t) { id orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse) {
        nodes { id name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**asked) -> dict:
        return (await phone.ask(query, t=anna, **asked))["customer"]["orders"]

    first = await page(first=2, reverse=True)
    assert [each["name"] for each in first["nodes"]] == names[:0:-1]
    rest = await page(first=2, reverse=True, after=first["pageInfo"]["endCursor"])
    assert ([each["name"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"], first["pageInfo"]["hasNextPage"]) == (
        names[:1],
        False,
        True,
    )
    assert [each["name"] for each in (await page(last=2))["nodes"]] == names[1:]
    assert (await phone.order(rest["nodes"][0]["id"]))["name"] == names[0]
    stolen = rest["nodes"][0]["id"].partition("?key=")[0] + f"?key={ola}"
    assert await refusal(phone, stolen) == ("NOT_FOUND", "there is no order with this id and key")
    assert (await phone.ask(query, t=ola, first=5))["customer"]["orders"]["nodes"] == []
    told = await phone.answer(query, t="a.b.c", first=5)
    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_return_is_asked_for_once(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill(of(PLATE, 2))
    order = await buyer.buy(payment={"way": "ON_DELIVERY"})
    [item] = order["lineItems"]["nodes"]
    selection = "orderReturn { id status amount { amount } reason lineItemIds } userErrors { code field }"

    async def back(token: str, quantity: int, line: str = item["id"], number: str = order["id"]) -> dict:
        lines = ("[OrderReturnLineInput!]!", [{"lineItemId": line, "quantity": quantity}])
        arguments = {"requestToken": ("String!", token), "lines": lines, "reason": ("String", "za mały")}
        return await buyer.do("orderReturnRequest", selection, orderId=("ID!", number), **arguments)

    first = await back("once", 1)
    assert first["orderReturn"] == {
        "id": first["orderReturn"]["id"],
        "status": "REQUESTED",
        "amount": {"amount": "99.99"},
        "reason": "za mały",
        "lineItemIds": [item["id"]],
    }
    assert (await back("once", 1))["orderReturn"] == first["orderReturn"]
    assert (await back("more", 3))["userErrors"] == [{"code": "RETURNED_TOO_MUCH", "field": ["lines"]}]
    assert (await back("line", 1, line="gid://spoina/LineItem/1"))["userErrors"] == [
        {"code": "INVALID", "field": ["lines", "0", "lineItemId"]}
    ]
    assert (await back("key", 1, number=order["id"] + "x"))["userErrors"] == [{"code": "ORDER_NOT_FOUND", "field": ["orderId"]}]
    assert [each["id"] for each in await returns_of(buyer, order["id"])] == [first["orderReturn"]["id"]]


async def test_a_line_says_what_was_chosen(buyer: Buyer) -> None:
    poster = of(POSTER_VARIANT, selectedOptions=[{"name": "Kolor", "value": "czarny"}], attributes=[{"key": "napis", "value": "Ala"}])
    await buyer.fill(poster)
    [item] = (await buyer.buy())["lineItems"]["nodes"]
    assert item["customAttributes"] == [{"key": "Kolor", "value": "czarny"}, {"key": "napis", "value": "Ala"}]


async def test_a_staff_key_or_none_opens_no_checkout(buyer: Buyer, till_free: Services) -> None:
    await buyer.fill()
    buyer.headers = {}
    answer = await buyer.client.post("/graphql", json={"query": "mutation { __typename }"})
    assert answer.status_code == 401
