"""A shop with terms of sale, and shoppers who talk to it over HTTP."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx

from api.services import Services
from spoina.catalog import frame
from spoina.catalog.facts import TaxClass, TaxRate
from spoina.catalog.types import Kind, Option, SelectedOption, StockPolicy, StockStatus
from spoina.db import Pool, transaction
from spoina.ids import StockItemId
from spoina.pricing.cart.types import (
    Coupon,
    CouponCode,
    CouponId,
    DiscountType,
    FlatRate,
    LocalPickup,
    Place,
    Zone,
    ZoneId,
)
from spoina.terms import sql as terms_sql
from spoina.terms.types import CouponFacts, SaleSettings
from tests.spoina.catalog.builders import NOON, insert_products, insert_stock, product, variant

MUG, PLATE, LAMP, POSTER, LAST = 1, 2, 3, 4, 5
"""20 zł, not counted; 99.99 zł, five left; sold out; 49 zł in any colour; 10 zł, one left."""
POSTER_VARIANT = 41
SETTINGS = SaleSettings(base=Place(country="PL"), cart_url="https://sklep.example/koszyk/", as_of=NOON)
COURIER = FlatRate(instance=1, title="Kurier", cost="15")
PICKUP = LocalPickup(instance=2, title="Odbiór osobisty")
VAT = TaxRate(id=1, tax_class="standard", country="PL", rate="23.0000", name="VAT", priority=1, shipping=True, as_of=NOON)
COUPONS = (
    Coupon(id=CouponId(1), code=CouponCode("ten"), type=DiscountType.PERCENT, amount="10"),
    Coupon(id=CouponId(2), code=CouponCode("fiver"), type=DiscountType.FIXED_CART, amount="5"),
    Coupon(id=CouponId(3), code=CouponCode("old"), type=DiscountType.PERCENT, amount="10", expires_at=datetime(2020, 1, 1, tzinfo=UTC)),
)
TABLES = "cart, cart_op, cart_merge, cart_handoff, cart_handoff_miss, api_key, hold"


def shop_products() -> list:
    sold_out = variant(LAMP, price=12000, stock=StockPolicy(status=StockStatus.OUT_OF_STOCK))
    colours = Option("Kolor", ("biały", "czarny"))
    open_variant = variant(POSTER_VARIANT, POSTER, price=4900, options=(SelectedOption("Format", "A3"),))
    return [
        product(MUG, price=2000, handle="kubek", title="Kubek"),
        product(PLATE, price=9999, counted=True),
        product(LAMP, variants=(sold_out,)),
        product(POSTER, kind=Kind.VARIABLE, options=(Option("Format", ("A3",)), colours), variants=(open_variant,)),
        product(LAST, price=1000, counted=True),
    ]


async def furnish(pool: Pool) -> None:
    async with transaction(pool) as db:
        await frame.save_taxes(db, [TaxClass(slug="standard", name="Standard", as_of=NOON)], [VAT])
        await terms_sql.save_settings(db, SETTINGS)
        zone = Zone(id=ZoneId(1), countries=frozenset({"PL"}), methods=(COURIER, PICKUP))
        await terms_sql.save_zones(db, [zone], NOON)
        await terms_sql.save_coupons(db, [CouponFacts(coupon=each, published=True) for each in COUPONS], NOON)
        await db.execute("select pg_notify('shop_changed', '')")
    await insert_products(pool, shop_products(), {PLATE: 5, LAST: 1})


async def restock(services: Services, **levels: int) -> None:
    """Until this process knows."""
    await insert_stock(services.pool, {PLATE: levels.get("plate", 5), LAST: levels.get("last", 1)})
    async with asyncio.timeout(30):
        while services.offers.left(StockItemId(PLATE), "web") != levels.get("plate", 5):  # noqa: ASYNC110 - it is on its way
            await asyncio.sleep(0.002)


def gid(kind: str, number: object) -> str:
    return f"gid://spoina/{kind}/{number}"


def of(number: int, quantity: int = 1, **more: object) -> dict[str, object]:
    """A line to be added."""
    return {"merchandiseId": gid("ProductVariant", number), "quantity": quantity, **more}


CART = """
fragment C on Cart {
  id version totalQuantity note checkoutUrl createdAt updatedAt expiresAt holdExpiresAt
  lines(first: 250) { nodes { id quantity merchandise { ... on ProductVariant { id title product { id title } } } attributes { key value }
    cost { amountPerQuantity { amount } subtotalAmount { amount } totalAmount { amount } }
    discountAllocations { discountedAmount { amount } ... on CartCodeDiscountAllocation { code } }
    ... on CartLine { quantityAvailable selectedOptions { name value } } } }
  cost { subtotalAmount { amount currencyCode } totalAmount { amount } totalTaxAmount { amount } checkoutChargeAmount { amount }
    totalAmountEstimated }
  discountCodes { code applicable } discountAllocations { discountedAmount { amount } }
  buyerIdentity { email phone countryCode company nip customer { id displayName } }
  attributes { key value }
  delivery { addresses { id selected address { ... on CartDeliveryAddress { address1 zip city countryCode name formatted } } } }
  deliveryGroups(first: 5) { nodes { id cartLines(first: 250) { nodes { id } } deliveryAddress { zip countryCodeV2 }
    deliveryOptions { handle title estimatedCost { amount } deliveryMethodType } selectedDeliveryOption { handle } } }
  warnings { code target }
  changes { changes { key __typename ... on CartPriceChange { before { amount } now { amount } up lineId merchandiseId }
    ... on CartDiscountCodeGoneChange { code reason } ... on CartLimitedQuantityChange { wanted left } } }
}
"""
PAYLOAD = "cart { ...C } userErrors { code field message } warnings { code target message }"


class Shopper:
    """One device of a customer."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers
        self.cart = ""

    async def answer(self, query: str, **variables: object) -> dict[str, Any]:
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=self.headers)
        assert response.headers["cache-control"] == "no-store"
        return response.json()

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        told = await self.answer(query, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def do(self, name: str, selection: str = PAYLOAD, **arguments: tuple[str, object]) -> dict[str, Any]:
        """A mutation with arguments as (type, value); its payload."""
        declared = ", ".join(f"${each}: {kind}" for each, (kind, _) in arguments.items())
        given = ", ".join(f"{each}: ${each}" for each in arguments)
        head = f"mutation({declared}) {{ {name}({given})" if arguments else f"mutation {{ {name}"
        query = f"{head} {{ {selection} }} }} {CART if '...C' in selection else ''}"
        return (await self.ask(query, **{each: value for each, (_, value) in arguments.items()}))[name]

    async def create(self, **given: object) -> dict[str, Any]:
        told = await self.do("cartCreate", input=("CartInput", given))
        assert told["userErrors"] == []
        self.cart = told["cart"]["id"]
        return told["cart"]

    async def change(self, name: str, **arguments: tuple[str, object]) -> dict[str, Any]:
        return await self.do(name, cartId=("ID!", self.cart), **arguments)

    async def add(self, *lines: dict[str, object], **arguments: tuple[str, object]) -> dict[str, Any]:
        return await self.change("cartLinesAdd", lines=("[CartLineInput!]!", list(lines)), **arguments)

    async def update(self, *lines: dict[str, object]) -> dict[str, Any]:
        return await self.change("cartLinesUpdate", lines=("[CartLineUpdateInput!]!", list(lines)))

    async def look(self, cart: str | None = None) -> dict[str, Any] | None:
        return (await self.ask(f"query($id: ID!) {{ cart(id: $id) {{ ...C }} }} {CART}", id=self.cart if cart is None else cart))["cart"]


def refusal_of(told: dict[str, Any]) -> tuple[str, list[str] | None]:
    [error] = told["userErrors"]
    return error["code"], error["field"]


async def insert_mug(services: Services, *, price: int) -> None:
    """Until this process knows."""
    version = await insert_products(services.pool, [product(MUG, price=price, handle="kubek", title="Kubek")])
    async with asyncio.timeout(30):
        await services.reader.settled(version)
