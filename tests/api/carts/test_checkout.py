"""The checkout over HTTP: a cart becomes an order once, or the shopper is told all that is wrong."""

import asyncio

import httpx
import pytest

from api.services import Services
from spoina.access.types import KeyKind
from spoina.checkout import service
from spoina.db import transaction
from spoina.inventory.keeping import sweep_expired
from spoina.orders.types import Origin, PaymentWay
from spoina.terms import sql as terms_sql
from spoina.terms.types import PaymentMethod
from tests.api.carts.buying import EMPTIED, HOME, Buyer, offer, placed, stock_of
from tests.api.carts.cart_shop import COUPONS, LAST, MUG, PLATE, POSTER_VARIANT, insert_mug, of, restock
from tests.api.conftest import key_of


async def test_a_guest_buys(buyer: Buyer, checkout_shop: Services) -> None:
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
    [kept] = await placed(checkout_shop)
    assert (kept.content.origin, kept.content.channel, kept.content.total) == (Origin.WEB, "web", 23843)
    assert [(line.stock_item, line.quantity, line.gross) for line in kept.content.lines] == [(PLATE, 2, 19998), (None, 1, 2000)]
    assert (await stock_of(checkout_shop.pool, PLATE), await buyer.look()) == ((5, 2), None)
    assert await checkout_shop.pool.fetchval("select kind from order_task") == "create"


async def test_the_same_token_is_the_same_order_and_another_content_is_told(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill()
    first = await buyer.buy("once", payment={"way": "TRANSFER"})
    assert (first["paymentTitle"], first["state"]) == ("Przelew", "ON_HOLD")
    assert (await buyer.buy("once", payment={"way": "TRANSFER"}))["id"] == first["id"]
    assert await buyer.problems(token="once", payment={"way": "ONLINE"}) == [("ATTEMPT_TOKEN_REUSED", ["attemptToken"])]
    other = (await buyer.submit("twice", payment={"way": "TRANSFER"}))["result"]
    assert (other["__typename"], other["order"]["id"]) == ("SubmitAlreadyAccepted", first["id"])
    assert (len(await placed(checkout_shop)), await stock_of(checkout_shop.pool, PLATE)) == (1, (5, 2))


async def test_two_devices_at_once_make_one_order(buyer: Buyer, phone: Buyer, checkout_shop: Services) -> None:
    for _ in range(5):
        await checkout_shop.pool.execute(f"truncate {EMPTIED} cascade")
        await checkout_shop.pool.execute("update stock set held = 0")
        await buyer.fill()
        phone.cart = buyer.cart
        answers = await asyncio.gather(*(each.submit() for each in (buyer, phone, buyer, phone)))
        kinds = sorted(answer["result"]["__typename"] for answer in answers)
        assert kinds == ["SubmitAlreadyAccepted"] * 3 + ["SubmitSuccess"]
        assert len({answer["result"]["order"]["id"] for answer in answers}) == 1
        assert (len(await placed(checkout_shop)), await stock_of(checkout_shop.pool, PLATE)) == (1, (5, 2))


async def test_all_that_is_missing_is_named_at_once(buyer: Buyer, checkout_shop: Services) -> None:
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
    assert (await placed(checkout_shop), await stock_of(checkout_shop.pool, PLATE)) == ([], (5, 0))


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


async def test_a_cart_that_moved_on_is_refused_with_what_changed(buyer: Buyer, phone: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG))
    seen = (await buyer.look())["version"]
    phone.cart = buyer.cart
    await phone.add(of(PLATE))
    told = (await buyer.submit(version=seen))["result"]
    assert [error["code"] for error in told["errors"]] == ["CART_VERSION_OUTDATED"]
    assert (told["changes"]["since"], told["changes"]["version"], told["changes"]["complete"]) == (seen, seen + 1, True)
    assert [each["kind"] for each in told["changes"]["operations"]] == ["add_lines"]
    assert (told["cart"]["version"], await placed(checkout_shop)) == (seen + 1, [])
    assert (await buyer.buy(version=seen + 1))["totalPrice"]["amount"] == "138.44"


async def test_a_price_that_changed_has_to_be_acknowledged_first(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG))
    await insert_mug(checkout_shop, price=2500)
    try:
        told = (await buyer.submit())["result"]
        [change] = told["changes"]["changes"]
        assert [error["code"] for error in told["errors"]] == ["CHANGES_NOT_ACKNOWLEDGED"]
        assert (change["__typename"], change["before"]["amount"], change["now"]["amount"]) == ("CartPriceChange", "20.00", "25.00")
        assert await placed(checkout_shop) == []
        await buyer.change("cartChangesAcknowledge", keys=("[ID!]!", [change["key"]]))
        assert (await buyer.buy())["totalPrice"]["amount"] == "43.45"
    finally:
        await insert_mug(checkout_shop, price=2000)


async def test_a_code_that_fell_out_has_to_be_acknowledged_first(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG), discountCodes=["ten"])
    await publish(checkout_shop, "ten", published=False)
    try:
        told = (await buyer.submit())["result"]
        [change] = told["changes"]["changes"]
        assert (told["errors"][0]["code"], change["code"], change["reason"]) == ("CHANGES_NOT_ACKNOWLEDGED", "ten", "DISCOUNT_NOT_FOUND")
        await buyer.change("cartChangesAcknowledge", keys=("[ID!]!", [change["key"]]))
        assert (await buyer.buy())["totalPrice"]["amount"] == "38.45"
    finally:
        await publish(checkout_shop, "ten", published=True)


async def publish(services: Services, code: str, *, published: bool) -> None:
    coupon = next(each for each in COUPONS if each.code == code)
    async with transaction(services.pool) as db:
        facts = terms_sql.CouponFacts(coupon=coupon, published=published)
        await terms_sql.save_coupons(db, [facts], services.clock())
        await terms_sql.announce_coupons(db)
    async with asyncio.timeout(30):
        while (await services.terms.coupon(code) is not None) is not published:  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_another_total_than_the_shopper_was_told(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG))
    assert await buyer.problems(totalAmount="38.44") == [("PAYMENTS_UNACCEPTABLE_PAYMENT_AMOUNT", ["totalAmount"])]
    assert (await placed(checkout_shop), (await buyer.buy(totalAmount="38.45"))["totalPrice"]["amount"]) == ([], "38.45")


async def test_a_discount_is_the_orders_too(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(PLATE), discountCodes=["ten"])
    order = await buyer.buy()
    assert (order["subtotalPrice"]["amount"], order["discounts"]) == ("89.99", [{"code": "ten", "amount": {"amount": "10.00"}}])
    [kept] = await placed(checkout_shop)
    [coupon] = kept.content.coupons
    assert (coupon.code, coupon.discount + coupon.discount_tax, kept.content.lines[0].gross) == ("ten", 1000, 8999)


async def test_a_company_with_its_tax_number(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(identity={"company": "Próba sp. z o.o.", "nip": "PL 526-025-09-95", "phone": "+48 600 000 000"})
    order = await buyer.buy()
    assert (order["nip"], order["billingAddress"]["company"], order["phone"]) == ("5260250995", "Próba sp. z o.o.", "+48 600 000 000")
    [kept] = await placed(checkout_shop)
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


async def test_what_is_collected_needs_no_address_and_is_paid_there(buyer: Buyer, checkout_shop: Services) -> None:
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
    [kept] = await placed(checkout_shop)
    assert (kept.content.payment.way, kept.content.payment.method) == (PaymentWay.AT_PICKUP, "cod")


async def test_payment_on_delivery_where_the_shop_allows_it(buyer: Buyer, checkout_shop: Services) -> None:
    await offer(checkout_shop, PaymentMethod(id="cod", title="Za pobraniem", rates=("local_pickup",)))
    await buyer.fill()
    assert await buyer.problems(payment={"way": "ON_DELIVERY", "methodId": "cod"}) == [("PAYMENTS_METHOD_UNAVAILABLE", ["payment"])]
    await offer(checkout_shop, PaymentMethod(id="cod", title="Za pobraniem", rates=("flat_rate:1",)))
    order = await buyer.buy(payment={"way": "ON_DELIVERY", "methodId": "cod"})
    assert (order["state"], order["paymentTitle"], order["financialStatus"]) == ("PROCESSING", "Za pobraniem", "PENDING")


async def test_consents_are_kept_in_the_words_that_were_shown(buyer: Buyer, checkout_shop: Services) -> None:
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
    [kept] = await placed(checkout_shop)
    assert {each.text for each in kept.content.consents} == {each["text"] for each in consents}
    assert all(each.at is not None for each in kept.content.consents)


async def test_a_hold_that_was_taken_at_the_start_is_sold(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(LAST))
    await buyer.change("cartCheckoutStart")
    assert await stock_of(checkout_shop.pool, LAST) == (1, 1)
    await buyer.buy(version=(await buyer.look())["version"])
    rows = await checkout_shop.pool.fetch("select status from hold")
    assert ([row[0] for row in rows], await stock_of(checkout_shop.pool, LAST)) == (["sold_pending"], (1, 1))


async def test_a_hold_that_expired_is_anybodys(buyer: Buyer, phone: Buyer, checkout_shop: Services) -> None:
    """Whoever comes first then has the last one; the other is told."""
    await phone.fill(of(LAST))
    await buyer.fill(of(LAST))
    await buyer.change("cartCheckoutStart")
    await checkout_shop.pool.execute("update hold set expires_at = now() - interval '1 second'")
    await sweep_expired(checkout_shop.pool, checkout_shop.clock())
    await phone_sees_it(phone)
    await phone.buy()
    told = await buyer.problems()
    assert told[0][0] in {"MERCHANDISE_OUT_OF_STOCK", "CHANGES_NOT_ACKNOWLEDGED"}
    assert (len(await placed(checkout_shop)), await stock_of(checkout_shop.pool, LAST)) == (1, (1, 1))


async def phone_sees_it(phone: Buyer) -> None:
    async with asyncio.timeout(30):
        while (await phone.look())["warnings"]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_fifty_buyers_of_ten_plates_make_ten_orders(checkout_shop: Services, cart_client: httpx.AsyncClient) -> None:
    await restock(checkout_shop, plate=10)
    headers = await key_of(checkout_shop.pool, KeyKind.WEB)
    buyers = [Buyer(cart_client, headers) for _ in range(50)]
    for each in buyers:
        await each.fill(of(PLATE))
    answers = [answer["result"] for answer in await asyncio.gather(*(each.submit() for each in buyers))]
    lost = [answer for answer in answers if answer["__typename"] == "SubmitFailed"]
    assert (len(lost), len(await placed(checkout_shop)), await stock_of(checkout_shop.pool, PLATE)) == (40, 10, (10, 10))
    assert {error["code"] for answer in lost for error in answer["errors"]} <= {"MERCHANDISE_OUT_OF_STOCK", "CHANGES_NOT_ACKNOWLEDGED"}


async def test_a_line_says_what_was_chosen(buyer: Buyer) -> None:
    poster = of(POSTER_VARIANT, selectedOptions=[{"name": "Kolor", "value": "czarny"}], attributes=[{"key": "napis", "value": "Ala"}])
    await buyer.fill(poster)
    [item] = (await buyer.buy())["lineItems"]["nodes"]
    assert item["customAttributes"] == [{"key": "Kolor", "value": "czarny"}, {"key": "napis", "value": "Ala"}]


async def test_without_a_key_there_is_no_checkout(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill()
    buyer.headers = {}
    answer = await buyer.client.post("/graphql", json={"query": "mutation { __typename }"})
    assert answer.status_code == 401


async def test_who_waits_too_long_is_told_to_ask_again(buyer: Buyer, checkout_shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    await buyer.fill()
    monkeypatch.setattr(service, "ANSWER_SECONDS", 0.3)
    async with checkout_shop.pool.acquire() as db, db.transaction():
        await db.execute("select from cart for update")
        told = await buyer.submit("once")
    assert (told["result"]["__typename"], told["userErrors"], await placed(checkout_shop)) == ("SubmitThrottled", [], [])
    monkeypatch.undo()
    assert (await buyer.buy("once"))["state"] == "PENDING_PAYMENT"
