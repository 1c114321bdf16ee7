"""Carts in the shape that storefront kits of the dialect ask for: their fields, fragments, variables and directives, in our own words."""

import graphql
import msgspec
import pytest

from spoina.access.types import Scope
from storefront.callers import Caller
from storefront.reuse import is_public
from tests.storefront.catalogue import SCHEMA, garncarnia, storefront

SHOPPER = Caller(frozenset({Scope.STOREFRONT_READ, Scope.CART_WRITE}))

WHOLE = """
fragment Whole on Cart {
  updatedAt id checkoutUrl totalQuantity note
  buyerIdentity { countryCode email phone customer { id email firstName lastName displayName } }
  lines(first: $numCartLines) {
    edges { node {
      id quantity attributes { key value }
      cost { totalAmount { ...Sum } amountPerQuantity { ...Sum } compareAtAmountPerQuantity { ...Sum } }
      merchandise { ... on ProductVariant {
        id availableForSale requiresShipping title compareAtPrice { ...Sum } price { ...Sum } image { id url altText width height }
        product { handle title id vendor } selectedOptions { name value }
      } }
    } }
  }
  cost { subtotalAmount { ...Sum } totalAmount { ...Sum } totalDutyAmount { ...Sum } totalTaxAmount { ...Sum } }
  attributes { key value } discountCodes { applicable code }
  appliedGiftCards { id lastCharacters amountUsed { ...Sum } }
}
fragment Sum on MoneyV2 { currencyCode amount }
"""

OF_LINE = """
  id quantity attributes { key value }
  cost { totalAmount { ...Sum } amountPerQuantity { ...Sum } compareAtAmountPerQuantity { ...Sum } }
  merchandise { ... on ProductVariant { id title product { handle title id vendor } selectedOptions { name value } } }
"""
TEMPLATE = f"""
fragment Sum on MoneyV2 {{ currencyCode amount }}
fragment Line on CartLine {{ {OF_LINE} parentRelationship {{ parent {{ id }} }} }}
fragment Bundle on ComponentizableCartLine {{ {OF_LINE} lineComponents {{ ...Line }} }}
fragment Whole on Cart {{
  updatedAt id checkoutUrl totalQuantity note
  lines(first: $numCartLines) {{ nodes {{ ...Line ...Bundle }} }}
  cost {{ subtotalAmount {{ ...Sum }} totalAmount {{ ...Sum }} }}
  delivery {{ addresses {{ id selected oneTimeUse address {{ ... on CartDeliveryAddress {{ address1 formatted zip }} }} }} }}
}}
"""

BRIEF = """
fragment Brief on Cart { id totalQuantity checkoutUrl }
fragment Wrong on CartUserError { message field code }
fragment Warned on CartWarning { code message target }
"""

PLACE = "$country: CountryCode = ZZ, $language: LanguageCode"
IN = "@inContext(country: $country, language: $language)"
TOLD = "{ cart { ...Brief } userErrors { ...Wrong } warnings { ...Warned } }"

MUTATIONS = {
    "cartCreate": "$input: CartInput!",
    "cartLinesAdd": "$cartId: ID!, $lines: [CartLineInput!]!",
    "cartLinesUpdate": "$cartId: ID!, $lines: [CartLineUpdateInput!]!",
    "cartLinesRemove": "$cartId: ID!, $lineIds: [ID!]!",
    "cartNoteUpdate": "$cartId: ID!, $note: String!",
    "cartAttributesUpdate": "$cartId: ID!, $attributes: [AttributeInput!]!",
    "cartBuyerIdentityUpdate": "$cartId: ID!, $buyerIdentity: CartBuyerIdentityInput!",
    "cartDiscountCodesUpdate": "$cartId: ID!, $discountCodes: [String!]!",
    "cartSelectedDeliveryOptionsUpdate": "$cartId: ID!, $selectedDeliveryOptions: [CartSelectedDeliveryOptionInput!]!",
    "cartDeliveryAddressesAdd": "$cartId: ID!, $addresses: [CartSelectableAddressInput!]!",
    "cartDeliveryAddressesUpdate": "$cartId: ID!, $addresses: [CartSelectableAddressUpdateInput!]!",
    "cartDeliveryAddressesRemove": "$cartId: ID!, $addressIds: [ID!]!",
    "cartDeliveryAddressesReplace": "$cartId: ID!, $addresses: [CartSelectableAddressInput!]!",
    "cartBillingAddressUpdate": "$cartId: ID!, $billingAddress: MailingAddressInput",
}


def given(declared: str) -> str:
    names = [each.strip().partition(":")[0].removeprefix("$") for each in declared.split(", ")]
    return ", ".join(f"{name}: ${name}" for name in names)


def documents() -> dict[str, str]:
    read = f"query Read($cartId: ID!, $numCartLines: Int = 100, {PLACE}) {IN} {{ cart(id: $cartId) {{ ...Whole }} }}"
    changes = {
        name: f"mutation Do({declared}, {PLACE}) {IN} {{ {name}({given(declared)}) {TOLD} }} {BRIEF}"
        for name, declared in MUTATIONS.items()
    }
    return {"a kit's cart": read + WHOLE, "a template's cart": read + TEMPLATE, **changes}


@pytest.mark.parametrize("text", documents().values(), ids=documents())
def test_a_kits_document_is_valid_here(text) -> None:
    assert graphql.validate(SCHEMA, graphql.parse(text)) == []


async def test_a_kit_that_lost_its_cart_is_told_null() -> None:
    served = storefront(garncarnia())
    asked = {"query": documents()["a kit's cart"], "variables": {"cartId": "gid://shopify/Cart/c1-abc?key=def", "country": "PL"}}
    response = await served.post(msgspec.json.encode(asked))
    assert (msgspec.json.decode(response.body)["data"], response.header("cache-control")) == ({"cart": None}, "no-store")


async def test_a_kit_that_adds_to_a_lost_cart_is_told_so() -> None:
    served = storefront(garncarnia())
    asked = {"query": documents()["cartLinesAdd"], "variables": {"cartId": "gid://shopify/Cart/c1-abc?key=def", "lines": []}}
    response = await served.post(msgspec.json.encode(asked), caller=SHOPPER)
    error = {"message": "There is no such cart.", "field": ["cartId"], "code": "CART_NOT_FOUND"}
    assert msgspec.json.decode(response.body)["data"] == {"cartLinesAdd": {"cart": None, "userErrors": [error], "warnings": []}}


async def test_a_key_without_the_scope_changes_nothing() -> None:
    served = storefront(garncarnia())
    response = await served.post(b'{"query": "mutation { cartCreate { cart { id } } }"}')
    told = msgspec.json.decode(response.body)
    assert (told["data"], told["errors"][0]["extensions"]) == ({"cartCreate": None}, {"code": "FORBIDDEN"})


@pytest.mark.parametrize(("count", "code"), [(10, None), (11, "LIMIT_EXCEEDED")])
async def test_a_document_has_at_most_ten_mutations(count, code) -> None:
    served = storefront(garncarnia())
    query = "mutation {" + " ".join(f"m{each}: cartCreate {{ cart {{ id }} }}" for each in range(count)) + "}"
    told = msgspec.json.decode((await served.post(msgspec.json.encode({"query": query}), caller=SHOPPER)).body)
    if code is None:
        assert list(told["data"]) == [f"m{each}" for each in range(10)]
    else:
        [error] = told["errors"]
        assert (error["extensions"]["code"], error["message"]) == (code, "query: at most 10 mutations, this document has 11")


@pytest.mark.parametrize("name", ["cartLinesAdd", "cartCreate"])
def test_root_fields_of_mutations_are_read_as_their_resolvers_say(name) -> None:
    field = SCHEMA.mutation_type.fields[name]
    assert (field.extensions["projection"].parent, field.extensions["projection"].info) == (False, True)


def test_a_query_that_opens_carts_is_never_public() -> None:
    document = graphql.parse("query($id: ID!) { shop { name } cart(id: $id) { id } }")
    assert not is_public(document, document.definitions[0])
