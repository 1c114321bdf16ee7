"""What a cart's mutations refuse, each with its code and the way to what was wrong."""

from uuid import uuid4

import pytest

from tests.api.carts.cart_shop import LAMP, LAST, MUG, PLATE, gid, of, refusal_of

NOBODYS = "gid://spoina/Cart/00000000-0000-0000-0000-000000000000?key=abc"
MANY = [of(MUG, 1, attributes=[{"key": "n", "value": str(number)}]) for number in range(1000)]


@pytest.mark.parametrize(
    ("case", "lines", "code", "field"),
    [
        ("none of it", [of(MUG, 0)], "MINIMUM_NOT_MET", ["lines", "0", "quantity"]),
        ("less than none", [of(MUG, -1)], "MINIMUM_NOT_MET", ["lines", "0", "quantity"]),
        ("a thousand million", [of(MUG, 10**9)], "MAXIMUM_EXCEEDED", ["lines", "0", "quantity"]),
        ("unknown variant", [of(MUG), of(999)], "MERCHANDISE_NOT_FOUND", ["lines", "1", "merchandiseId"]),
        ("no id", [{"merchandiseId": "mug"}], "MERCHANDISE_NOT_FOUND", ["lines", "0", "merchandiseId"]),
        ("the id of a product", [{"merchandiseId": gid("Product", MUG)}], "MERCHANDISE_NOT_FOUND", ["lines", "0", "merchandiseId"]),
        ("sold out", [of(LAMP)], "MERCHANDISE_OUT_OF_STOCK", ["lines", "0", "quantity"]),
        ("more than there is", [of(LAST, 2)], "MERCHANDISE_NOT_ENOUGH_STOCK", ["lines", "0", "quantity"]),
    ],
)
async def test_what_a_cart_does_not_take_and_then_is_as_it_was(web, case, lines, code, field) -> None:
    made = await web.create(lines=[of(PLATE)])
    told = await web.add(*lines)
    assert refusal_of(told) == (code, field), case
    assert told["cart"] == made == await web.look()


async def test_what_is_no_id_is_not_taken_for_number_zero(web) -> None:
    await web.create()
    [error] = (await web.add({"merchandiseId": "mug"}))["userErrors"]
    assert error["message"] == "there is no such variant for sale"


async def test_a_thousand_lines_are_too_many(web) -> None:
    await web.create()
    told = await web.add(*MANY)
    assert {error["code"] for error in told["userErrors"]} == {"CART_TOO_LARGE"}
    assert told["cart"]["totalQuantity"] == 0


async def test_an_operation_is_done_once_and_its_name_is_its_own(web) -> None:
    await web.create()
    once = ("ID", "dodaj-1")
    first = await web.add(of(MUG), operationId=once)
    again = await web.add(of(MUG), operationId=once)
    assert (first["cart"], again["userErrors"]) == (again["cart"], [])
    other = await web.add(of(MUG, 2), operationId=once)
    assert refusal_of(other)[0] == "OPERATION_REUSED"
    assert other["cart"]["totalQuantity"] == 1


@pytest.mark.parametrize("name", ["unknown", "wrong key", "no key", "no cart", "nothing", "of a customer's forged token"])
async def test_a_cart_that_is_not_ones_own_is_the_same_as_one_that_is_not_there(web, name) -> None:
    made = await web.create(lines=[of(MUG)])
    own = made["id"]
    wrong = {
        "unknown": NOBODYS,
        "wrong key": own[:-3] + ("abc" if not own.endswith("abc") else "abd"),
        "no key": own.partition("?")[0],
        "no cart": "gid://spoina/Product/1?key=abc",
        "nothing": "",
        "of a customer's forged token": own.partition("=")[0] + "=a.b.c",
    }[name]
    assert await web.look(wrong) is None
    web.cart = wrong
    told = await web.add(of(MUG))
    assert (told["cart"], told["userErrors"]) == (
        None,
        [{"code": "CART_NOT_FOUND", "field": ["cartId"], "message": "There is no such cart."}],
    )
    assert (await web.look(own))["totalQuantity"] == 1


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ({"operationId": "2"}, ["operations"]),
        ({"operationId": "2", "note": "a", "discountCodeAdd": "ten"}, ["operations"]),
        ({"operationId": "2", "buyerIdentity": {"email": "a@b.pl", "customerAccessToken": "x"}}, ["buyerIdentity", "customerAccessToken"]),
        ({"operationId": "", "note": "a"}, ["operationId"]),
    ],
)
async def test_an_operation_of_a_queue_that_makes_no_sense_is_refused_by_itself(web, operation, field) -> None:
    await web.create()
    queue = [{"operationId": "1", "note": "po"}, operation, {"operationId": "3", "linesAdd": [of(MUG)]}]
    told = await web.do(
        "cartOperationsApply",
        "cart { note totalQuantity } results { operationId applied userErrors { code field } }",
        cartId=("ID!", web.cart),
        operations=("[CartOperationInput!]!", queue),
    )
    assert told["cart"] == {"note": "po", "totalQuantity": 1}
    assert [(each["operationId"], each["applied"]) for each in told["results"]] == [
        ("1", True),
        (operation["operationId"], False),
        ("3", True),
    ]
    assert told["results"][1]["userErrors"] == [{"code": "INVALID", "field": field}]


async def test_a_zero_byte_in_an_operations_id_is_refused_like_other_controls(web) -> None:
    await web.create()
    for name in ("a\0b", "\x1b"):
        told = await web.add(of(MUG), operationId=("ID", name))
        assert (refusal_of(told), told["cart"]["totalQuantity"]) == (("INVALID", ["operationId"]), 0)


async def test_an_error_in_a_queue_names_the_way_inside_its_operation(web) -> None:
    await web.create()
    wrong = {
        "linesAdd": ([of(999)], ["linesAdd", "0", "merchandiseId"]),
        "linesRemove": ([LINE], ["linesRemove", "0"]),
        "note": ("x" * 5001, ["note"]),
        "discountCodeAdd": ("none", ["discountCodeAdd"]),
        "discountCodes": (["x" * 101], ["discountCodes", "0"]),
        "buyerIdentity": ({"nip": "1"}, ["buyerIdentity", "nip"]),
        "deliveryAddressesAdd": ([{"address": LONG}], ["deliveryAddressesAdd", "0", "address", "deliveryAddress", "city"]),
        "deliveryOptionHandle": ("x:1", ["deliveryOptionHandle"]),
    }
    queue = [{"operationId": member, member: value} for member, (value, _) in wrong.items()]
    selection = "results { operationId userErrors { field } }"
    told = await web.do("cartOperationsApply", selection, cartId=("ID!", web.cart), operations=("[CartOperationInput!]!", queue))
    assert {each["operationId"]: each["userErrors"] for each in told["results"]} == {
        member: [{"field": field}] for member, (_, field) in wrong.items()
    }


LONG = {"deliveryAddress": {"city": "x" * 201}}
LINE = gid("CartLine", uuid4())


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("cartNoteUpdate", {"note": ("String!", ""), "operationId": ("ID", "x" * 65)}, ["operationId"]),
        (
            "cartBuyerIdentityUpdate",
            {"buyerIdentity": ("CartBuyerIdentityInput!", {"email": "a@b.pl"}), "operationId": ("ID", "x" * 65)},
            ["operationId"],
        ),
        ("cartLinesRemove", {"lineIds": ("[ID!]!", [LINE])}, ["lineIds", "0"]),
        ("cartLinesUpdate", {"lines": ("[CartLineUpdateInput!]!", [{"id": LINE, "quantity": 1}])}, ["lines", "0"]),
        (
            "cartDeliveryAddressesAdd",
            {"addresses": ("[CartSelectableAddressInput!]!", [{"address": LONG}])},
            ["addresses", "0", "address", "deliveryAddress", "city"],
        ),
        ("cartDeliveryAddressesRemove", {"addressIds": ("[ID!]!", ["x"])}, ["addressIds", "0"]),
        ("cartDiscountCodesUpdate", {"discountCodes": ("[String!]", ["x" * 101])}, ["discountCodes", "0"]),
        ("cartBillingAddressUpdate", {"billingAddress": ("MailingAddressInput", {"zip": "x" * 201})}, ["billingAddress", "zip"]),
    ],
)
async def test_an_error_names_the_way_to_what_was_wrong_in_the_arguments(web, name, arguments, field) -> None:
    await web.create()
    [error] = (await web.change(name, **arguments))["userErrors"]
    assert (error["field"], error["message"].partition(":")[1]) == (field, "")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lines": [of(999)]}, ["input", "lines", "0", "merchandiseId"]),
        ({"buyerIdentity": {"nip": "1"}}, ["input", "buyerIdentity", "nip"]),
        ({"delivery": {"addresses": [{"address": LONG}]}}, ["input", "delivery", "addresses", "0", "address", "deliveryAddress", "city"]),
        ({"note": "x" * 5001}, ["input", "note"]),
    ],
)
async def test_so_does_one_of_a_new_cart(web, given, field) -> None:
    told = await web.do("cartCreate", input=("CartInput", given))
    assert refusal_of(told)[1] == field
