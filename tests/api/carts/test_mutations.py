"""Each mutation over HTTP: what it does to a cart, and what it costs."""

from tests.api.carts.cart_shop import MUG, PLATE, of


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
