"""Each mutation over HTTP: what it does to a cart."""

from uuid import uuid4

import pytest

from api.customer_tokens import customer_tokens
from spoina.clock import utc_now
from tests.api.carts.cart_shop import MUG, PLATE, POSTER_VARIANT, gid, insert_mug, of, refusal_of, restock
from tests.api.conftest import key_of


async def test_a_cart_is_made_filled_and_read_again(web) -> None:
    made = await web.create(lines=[of(MUG, 2)], note="na prezent", buyerIdentity={"email": "anna@example.com", "countryCode": "PL"})
    assert (made["version"], made["totalQuantity"], made["note"]) == (3, 2, "na prezent")
    told = await web.add(of(PLATE), of(MUG))
    cart = told["cart"]
    assert [(line["quantity"], line["merchandise"]["id"]) for line in cart["lines"]["nodes"]] == [
        (3, "gid://spoina/ProductVariant/1"),
        (1, "gid://spoina/ProductVariant/2"),
    ]
    assert cart["cost"] == {
        "subtotalAmount": {"amount": "159.99", "currencyCode": "PLN"},
        "totalAmount": {"amount": "178.44"},
        "totalTaxAmount": {"amount": "33.37"},
        "checkoutChargeAmount": {"amount": "159.99"},
        "totalAmountEstimated": True,
    }
    assert await web.look() == cart


async def test_lines_are_changed_and_removed(web) -> None:
    made = await web.create(lines=[of(MUG, 2), of(PLATE)])
    mug, plate = made["lines"]["nodes"]
    told = await web.update(
        {"id": mug["id"], "quantity": 5, "attributes": [{"key": "napis", "value": "Ania"}]}, {"id": plate["id"], "quantity": 0}
    )
    [left] = told["cart"]["lines"]["nodes"]
    assert (left["id"], left["quantity"], left["attributes"]) == (mug["id"], 5, [{"key": "napis", "value": "Ania"}])
    told = await web.change("cartLinesRemove", lineIds=("[ID!]!", [mug["id"]]))
    assert (told["cart"]["lines"]["nodes"], told["userErrors"]) == ([], [])
    gone = await web.update({"id": mug["id"], "quantity": 1})
    assert refusal_of(gone) == ("LINE_REMOVED", ["lines", "0"])


async def test_an_open_option_needs_a_choice(web) -> None:
    await web.create()
    assert refusal_of(await web.add(of(POSTER_VARIANT))) == ("MISSING_OPTION", ["lines", "0", "selectedOptions"])
    wrong = await web.add(of(POSTER_VARIANT, selectedOptions=[{"name": "Kolor", "value": "różowy"}]))
    assert refusal_of(wrong) == ("INVALID_OPTION", ["lines", "0", "selectedOptions"])
    right = await web.add(of(POSTER_VARIANT, selectedOptions=[{"name": "Kolor", "value": "biały"}]))
    assert right["cart"]["lines"]["nodes"][0]["selectedOptions"] == [{"name": "Kolor", "value": "biały"}]


async def test_note_and_attributes(web) -> None:
    await web.create()
    told = await web.change("cartNoteUpdate", note=("String!", "zadzwonić"))
    assert told["cart"]["note"] == "zadzwonić"
    assert (await web.change("cartNoteUpdate", note=("String!", "")))["cart"]["note"] is None
    told = await web.change("cartAttributesUpdate", attributes=("[AttributeInput!]!", [{"key": "źródło", "value": "ulotka"}]))
    assert told["cart"]["attributes"] == [{"key": "źródło", "value": "ulotka"}]
    assert refusal_of(await web.change("cartNoteUpdate", note=("String!", "x" * 5001))) == ("NOTE_TOO_LONG", ["note"])


async def test_discounts_add_up_and_what_is_not_taken_is_warned_of(web) -> None:
    await web.create(lines=[of(MUG, 2), of(PLATE)])
    told = await web.change("cartDiscountCodesUpdate", discountCodes=("[String!]", ["TEN", "fiver", "old", "none"]))
    cart = told["cart"]
    assert cart["discountCodes"] == [{"code": "ten", "applicable": True}, {"code": "fiver", "applicable": True}]
    assert {(each["code"], each["target"] == cart["id"]) for each in told["warnings"]} == {
        ("DISCOUNT_CURRENTLY_INACTIVE", True),
        ("DISCOUNT_NOT_FOUND", True),
    }
    off = [[(each["code"], each["discountedAmount"]["amount"]) for each in line["discountAllocations"]] for line in cart["lines"]["nodes"]]
    assert off == [[("ten", "4.00")], [("ten", "10.00")]]
    assert [line["cost"]["totalAmount"]["amount"] for line in cart["lines"]["nodes"]] == ["36.00", "89.99"]
    assert (cart["cost"]["subtotalAmount"]["amount"], cart["discountAllocations"]) == ("125.99", [{"discountedAmount": {"amount": "5.00"}}])
    assert cart["cost"]["totalAmount"]["amount"] == "139.44"
    emptied = await web.change("cartDiscountCodesUpdate", discountCodes=("[String!]", []))
    assert (emptied["cart"]["discountCodes"], emptied["cart"]["cost"]["subtotalAmount"]["amount"]) == ([], "139.99")


ADDRESS = {
    "deliveryAddress": {
        "firstName": "Anna",
        "lastName": "Nowak",
        "address1": "Długa 1",
        "zip": "30-001",
        "city": "Kraków",
        "countryCode": "PL",
    }
}
BERLIN = {"deliveryAddress": {"address1": "Kurze Str. 2", "zip": "10115", "city": "Berlin", "countryCode": "DE"}}


async def test_where_it_is_to_go_and_how(web) -> None:
    await web.create(lines=[of(MUG)])
    told = await web.change(
        "cartDeliveryAddressesAdd", addresses=("[CartSelectableAddressInput!]!", [{"address": ADDRESS}, {"address": BERLIN}])
    )
    home, berlin = told["cart"]["delivery"]["addresses"]
    assert (home["selected"], berlin["selected"], home["address"]["formatted"]) == (True, False, ["Długa 1", "30-001 Kraków", "PL"])
    [group] = told["cart"]["deliveryGroups"]["nodes"]
    assert [(each["handle"], each["estimatedCost"]["amount"], each["deliveryMethodType"]) for each in group["deliveryOptions"]] == [
        ("flat_rate:1", "18.45", "SHIPPING"),
        ("local_pickup:2", "0.00", "PICK_UP"),
    ]
    assert (group["deliveryAddress"], told["cart"]["cost"]["totalAmountEstimated"]) == ({"zip": "30-001", "countryCodeV2": "PL"}, False)
    chosen = {"deliveryGroupId": group["id"], "deliveryOptionHandle": "local_pickup:2"}
    told = await web.change("cartSelectedDeliveryOptionsUpdate", selectedDeliveryOptions=("[CartSelectedDeliveryOptionInput!]!", [chosen]))
    assert told["cart"]["deliveryGroups"]["nodes"][0]["selectedDeliveryOption"] == {"handle": "local_pickup:2"}
    assert told["cart"]["cost"]["totalAmount"]["amount"] == "20.00"
    told = await web.change(
        "cartDeliveryAddressesUpdate", addresses=("[CartSelectableAddressUpdateInput!]!", [{"id": berlin["id"], "selected": True}])
    )
    assert [(each["selected"], each["address"]["city"]) for each in told["cart"]["delivery"]["addresses"]] == [
        (False, "Kraków"),
        (True, "Berlin"),
    ]
    assert told["cart"]["deliveryGroups"]["nodes"][0]["deliveryOptions"] == []
    told = await web.change("cartDeliveryAddressesRemove", addressIds=("[ID!]!", [berlin["id"]]))
    assert [each["address"]["city"] for each in told["cart"]["delivery"]["addresses"]] == ["Kraków"]
    told = await web.change("cartDeliveryAddressesReplace", addresses=("[CartSelectableAddressInput!]!", [{"address": BERLIN}]))
    assert [(each["selected"], each["address"]["city"]) for each in told["cart"]["delivery"]["addresses"]] == [(True, "Berlin")]


@pytest.mark.parametrize(
    ("case", "name", "arguments", "code", "field"),
    [
        (
            "another group",
            "cartSelectedDeliveryOptionsUpdate",
            {"deliveryGroupId": "gid://spoina/CartDeliveryGroup/2", "deliveryOptionHandle": "flat_rate:1"},
            "INVALID_DELIVERY_GROUP",
            ["selectedDeliveryOptions"],
        ),
        (
            "an option that is not offered",
            "cartSelectedDeliveryOptionsUpdate",
            {"deliveryGroupId": "gid://spoina/CartDeliveryGroup/1", "deliveryOptionHandle": "x:1"},
            "INVALID_DELIVERY_OPTION",
            ["selectedDeliveryOptions", "0", "deliveryOptionHandle"],
        ),
    ],
)
async def test_a_delivery_that_is_not_offered(web, case, name, arguments, code, field) -> None:
    await web.create(lines=[of(MUG)])
    told = await web.change(name, selectedDeliveryOptions=("[CartSelectedDeliveryOptionInput!]!", [arguments]))
    assert refusal_of(told) == (code, field), case


async def test_who_buys_with_company_and_nip(web) -> None:
    await web.create(lines=[of(MUG)])
    buyer = {"email": "anna@example.com", "phone": "+48123456789", "company": "Garncarnia", "nip": "PL 526-104-08-28"}
    told = await web.change("cartBuyerIdentityUpdate", buyerIdentity=("CartBuyerIdentityInput!", buyer))
    assert told["cart"]["buyerIdentity"] == {**buyer, "nip": "5261040828", "countryCode": "PL", "customer": None}
    wrong = await web.change("cartBuyerIdentityUpdate", buyerIdentity=("CartBuyerIdentityInput!", {"nip": "1234567890"}))
    assert refusal_of(wrong) == ("INVALID", ["buyerIdentity", "nip"])


async def test_the_checkout_link_has_the_same_products_and_the_first_code(web) -> None:
    made = await web.create()
    assert made["checkoutUrl"] == "https://sklep.example/koszyk/"
    cart = (await web.add(of(MUG, 2), of(PLATE), of(MUG, 1, attributes=[{"key": "napis", "value": "A"}])))["cart"]
    assert cart["checkoutUrl"] == "https://sklep.example/checkout-link/?products=1:3,2:1"
    cart = (await web.change("cartDiscountCodesUpdate", discountCodes=("[String!]", ["fiver", "ten"])))["cart"]
    assert cart["checkoutUrl"].endswith("&coupon=fiver")


async def test_a_queue_is_taken_one_by_one(web) -> None:
    await web.create(lines=[of(MUG)])
    line = str(uuid4())
    queue = [
        {"operationId": "1", "linesAdd": [of(PLATE, 2, id=line)]},
        {"operationId": "2", "linesUpdate": [{"id": gid("CartLine", line), "quantity": 3}]},
        {"operationId": "3", "linesAdd": [of(999)]},
        {"operationId": "4", "discountCodeAdd": "ten"},
        {"operationId": "5", "note": "po południu"},
    ]
    selection = """cart { version totalQuantity note discountCodes { code } }
      results { operationId applied repeated version lineIds userErrors { code } }"""
    told = await web.do("cartOperationsApply", selection, cartId=("ID!", web.cart), operations=("[CartOperationInput!]!", queue))
    assert [(each["operationId"], each["applied"], [error["code"] for error in each["userErrors"]]) for each in told["results"]] == [
        ("1", True, []),
        ("2", True, []),
        ("3", False, ["MERCHANDISE_NOT_FOUND"]),
        ("4", True, []),
        ("5", True, []),
    ]
    assert told["results"][0]["lineIds"] == [gid("CartLine", line)]
    assert told["cart"] == {"version": 5, "totalQuantity": 4, "note": "po południu", "discountCodes": [{"code": "ten"}]}
    again = await web.do("cartOperationsApply", selection, cartId=("ID!", web.cart), operations=("[CartOperationInput!]!", queue))
    assert ([each["repeated"] for each in again["results"]], again["cart"]) == ([True, True, False, True, True], told["cart"])


async def test_addresses_that_are_replaced_again_are_replaced_once(web) -> None:
    await web.create(lines=[of(MUG)])
    replacing = {"addresses": ("[CartSelectableAddressInput!]!", [{"address": ADDRESS}]), "operationId": ("ID", "adres-1")}
    first = await web.change("cartDeliveryAddressesReplace", **replacing)
    again = await web.change("cartDeliveryAddressesReplace", **replacing)
    assert (len(first["cart"]["delivery"]["addresses"]), again["cart"], again["userErrors"]) == (1, first["cart"], [])
    too_long = {"deliveryAddress": {"city": "x" * 201}}
    wrong = await web.change("cartDeliveryAddressesReplace", addresses=("[CartSelectableAddressInput!]!", [{"address": too_long}]))
    assert (refusal_of(wrong)[0], wrong["cart"]["delivery"]) == ("LESS_THAN", first["cart"]["delivery"])


async def test_a_changed_price_is_shown_until_it_is_acknowledged(web, shop) -> None:
    await web.create(lines=[of(MUG)])
    await insert_mug(shop, price=2500)
    [change] = (await web.look())["changes"]["changes"]
    assert (change["__typename"], change["before"]["amount"], change["now"]["amount"], change["up"]) == (
        "CartPriceChange",
        "20.00",
        "25.00",
        True,
    )
    told = await web.change("cartChangesAcknowledge", keys=("[ID!]!", [change["key"]]))
    assert (told["userErrors"], told["cart"]["changes"]["changes"]) == ([], [])
    await insert_mug(shop, price=2000)
    assert [each["up"] for each in (await web.look())["changes"]["changes"]] == [False]


async def test_what_is_sold_out_meanwhile_is_said_once(web, shop) -> None:
    await web.create(lines=[of(PLATE, 2)])
    await restock(shop, plate=1)
    query = "query($id: ID!) { cart(id: $id) { warnings { code message } } }"
    assert (await web.ask(query, id=web.cart))["cart"]["warnings"] == [
        {"code": "MERCHANDISE_NOT_ENOUGH_STOCK", "message": "There is not enough of it. 1 left."}
    ]
    await restock(shop, plate=0)
    assert (await web.ask(query, id=web.cart))["cart"]["warnings"] == [{"code": "MERCHANDISE_OUT_OF_STOCK", "message": "It is sold out."}]


async def test_history_tells_what_happened_since(web, app) -> None:
    made = await web.create(lines=[of(MUG)])
    app.cart = made["id"]
    await app.add(of(PLATE))
    query = """query($id: ID!, $since: Int) { cart(id: $id) { changes(since: $since) { since version complete
      operations { operationId version kind channel device added changed removed } } } }"""
    told = (await web.ask(query, id=made["id"], since=1))["cart"]["changes"]
    [seen] = told["operations"]
    assert (told["since"], told["version"], told["complete"], seen["kind"], seen["channel"], len(seen["added"])) == (
        1,
        2,
        True,
        "add_lines",
        "app",
        1,
    )


MERGE = """cart { id totalQuantity buyerIdentity { customer { id } } } userErrors { code field }
merge { policy guestCartId added { merchandiseId quantity } raised { before now } undone }"""


def token(settings, subject: str) -> str:
    return customer_tokens(settings, utc_now).issue(subject)


async def test_signing_in_brings_the_guests_cart_along_once_and_can_be_undone(web, app, settings) -> None:
    anna = token(settings, f"anna-{uuid4()}")
    await web.create(lines=[of(MUG)], buyerIdentity={"customerAccessToken": anna})
    await app.create(lines=[of(MUG, 2), of(PLATE)])
    guest = app.cart
    signing = ("CartBuyerIdentityInput!", {"customerAccessToken": anna})
    told = await app.do("cartBuyerIdentityUpdate", MERGE, cartId=("ID!", guest), buyerIdentity=signing)
    assert (told["userErrors"], told["cart"]["totalQuantity"], told["merge"]["policy"]) == ([], 4, "ADD_UP")
    assert told["merge"]["added"] == [{"merchandiseId": gid("ProductVariant", PLATE), "quantity": 1}]
    assert told["merge"]["raised"] == [{"before": 1, "now": 3}]
    assert (await web.look())["totalQuantity"] == 4
    mine = (await app.ask("query($t: String!) { customerCart(customerAccessToken: $t) { id totalQuantity } }", t=anna))["customerCart"]
    assert mine == {"id": told["cart"]["id"], "totalQuantity": 4}
    again = await app.do("cartBuyerIdentityUpdate", MERGE, cartId=("ID!", guest), buyerIdentity=signing)
    assert again["cart"]["totalQuantity"] == 4
    undone = await web.do(
        "cartMergeUndo",
        "cart { totalQuantity } userErrors { code }",
        cartId=("ID!", told["cart"]["id"]),
        guestCartId=("ID!", told["merge"]["guestCartId"]),
    )
    assert undone == {"cart": {"totalQuantity": 1}, "userErrors": []}
    assert (await app.look(guest))["totalQuantity"] == 3


async def test_a_merged_cart_is_gone_and_says_so(web, app, settings) -> None:
    anna = token(settings, f"anna-{uuid4()}")
    await web.create(buyerIdentity={"customerAccessToken": anna})
    await app.create(lines=[of(MUG)])
    await app.change("cartBuyerIdentityUpdate", buyerIdentity=("CartBuyerIdentityInput!", {"customerAccessToken": anna}))
    assert refusal_of(await app.add(of(MUG))) == ("CART_MERGED", ["cartId"])
    assert await app.look() is None


@pytest.mark.parametrize("name", ["cartCreate", "cartBuyerIdentityUpdate"])
async def test_a_customers_token_that_is_none_is_refused(web, name) -> None:
    await web.create(lines=[of(MUG)])
    buyer = {"customerAccessToken": "a.b.c"}
    arguments = (
        {"input": ("CartInput", {"buyerIdentity": buyer})}
        if name == "cartCreate"
        else {"cartId": ("ID!", web.cart), "buyerIdentity": ("CartBuyerIdentityInput!", buyer)}
    )
    told = await web.do(name, **arguments)
    assert (told["cart"], refusal_of(told)) == (None, ("INVALID_CUSTOMER_ACCESS_TOKEN", ["buyerIdentity", "customerAccessToken"]))


HANDOFF = "handoff { code expiresAt url qrCode } userErrors { code }"


async def test_a_cart_goes_on_at_another_device_by_a_code_that_is_good_once(web, app, shop) -> None:
    made = await web.create(lines=[of(MUG)])
    handoff = (await web.do("cartHandoffCreate", HANDOFF, cartId=("ID!", made["id"])))["handoff"]
    assert handoff["url"] == f"https://sklep.example/?spoina-cart={handoff['code']}"
    assert (handoff["qrCode"][:4], "<script" in handoff["qrCode"]) == ("<svg", False)
    claimed = await app.do("cartHandoffClaim", code=("String!", handoff["code"].lower()))
    app.cart = claimed["cart"]["id"]
    assert (claimed["userErrors"], app.cart.partition("?")[0], app.cart != made["id"]) == ([], made["id"].partition("?")[0], True)
    assert (await app.add(of(MUG)))["cart"]["totalQuantity"] == (await web.look())["totalQuantity"] == 2
    assert refusal_of(await app.do("cartHandoffClaim", code=("String!", handoff["code"]))) == ("HANDOFF_CLAIMED", None)
    scanned = (await web.do("cartHandoffCreate", HANDOFF, cartId=("ID!", made["id"])))["handoff"]["url"]
    assert (await app.do("cartHandoffClaim", code=("String!", scanned)))["cart"]["totalQuantity"] == 2


async def test_a_code_that_ran_out_and_one_that_never_was(web, app, shop) -> None:
    made = await web.create(lines=[of(MUG)])
    handoff = (await web.do("cartHandoffCreate", HANDOFF, cartId=("ID!", made["id"])))["handoff"]
    await shop.pool.execute("update cart_handoff set expires_at = now() - interval '1 second', created_at = now() - interval '121 seconds'")
    assert refusal_of(await app.do("cartHandoffClaim", code=("String!", handoff["code"]))) == ("HANDOFF_EXPIRED", None)
    assert refusal_of(await app.do("cartHandoffClaim", code=("String!", "AAAA-AAAA"))) == ("HANDOFF_NOT_FOUND", ["code"])


async def test_guessing_codes_is_slowed_down(web) -> None:
    codes = [(await web.do("cartHandoffClaim", code=("String!", f"AAAA-AAA{number}")))["userErrors"][0]["code"] for number in range(2, 40)]
    assert (codes[0], codes[-1]) == ("HANDOFF_NOT_FOUND", "TOO_MANY_ATTEMPTS")


async def test_a_checkout_holds_what_is_in_the_cart(web, shop) -> None:
    await web.create(lines=[of(PLATE, 3)])
    told = await web.change("cartCheckoutStart")
    assert (told["userErrors"], told["cart"]["holdExpiresAt"] is not None) == ([], True)
    assert await shop.pool.fetchval("select held from stock where item_id = $1", PLATE) == 3


async def test_the_country_of_the_document_is_the_carts_where_nothing_else_is_said(web) -> None:
    query = "mutation @inContext(country: DE) { cartCreate(input: {}) { cart { buyerIdentity { countryCode } } } }"
    assert (await web.ask(query))["cartCreate"]["cart"] == {"buyerIdentity": {"countryCode": "DE"}}


async def test_several_mutations_are_done_in_their_order(web) -> None:
    made = await web.create()
    query = """mutation($id: ID!, $mug: [CartLineInput!]!) {
      first: cartLinesAdd(cartId: $id, lines: $mug) { cart { version } }
      second: cartNoteUpdate(cartId: $id, note: "po pierwszym") { cart { version note } }
      third: cartLinesAdd(cartId: $id, lines: $mug) { cart { version totalQuantity } }
    }"""
    told = await web.ask(query, id=made["id"], mug=[of(MUG)])
    assert [each["cart"]["version"] for each in told.values()] == [1, 2, 3]


async def test_every_kind_of_key_writes_carts(web, shop) -> None:
    for kind in ("web", "app", "pos", "staff"):
        web.headers = await key_of(shop.pool, kind)
        assert (await web.create())["version"] == 0
