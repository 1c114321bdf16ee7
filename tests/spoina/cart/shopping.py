"""A small shop and carts in it: products by number, a device for each channel, operations with ids of their own."""

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

from spoina.cart.operations import AddLines, Applied, EnterCoupon, LineChange, NewLine, RemoveLines, SetLines
from spoina.cart.policies import CartPolicy
from spoina.cart.pricing import Totals
from spoina.cart.rules import apply, codes_in, variants_in
from spoina.cart.service import Carts, Claimed, Created
from spoina.cart.types import Attribute, Cart, CartAccess, CartGroup, CartState, CartStatus, Device
from spoina.cart.worlds import Worlds
from spoina.cart.writing import CartWriter
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Backorders, Kind, Option, Product, SelectedOption, StockPolicy, StockStatus
from spoina.db import Pool, connect
from spoina.ids import CartId, CartLineId, Channel, HoldId, OperationId, StockItemId, VariantId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.pricing.cart import types as pricing
from spoina.terms.types import code_of
from tests.spoina.catalog.builders import product, variant

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEB, APP, POS, ALLEGRO = (Channel(name) for name in ("web", "app", "pos", "allegro"))
PHONE, LAPTOP, TILL = Device(channel=APP, name="phone"), Device(channel=WEB, name="laptop"), Device(channel=POS, name="till", location=1)
HOME = pricing.Place(country="PL")
VAT = pricing.TaxRate(
    id=pricing.TaxRateId(1), tax_class=pricing.STANDARD, percent=23.0, name="VAT", priority=1, country="PL", shipping=True
)
COURIER = pricing.FlatRate(instance=1, title="Kurier", cost="15")
PICKUP = pricing.LocalPickup(instance=2, title="Odbiór")
SHOP = pricing.Shop(
    base=HOME,
    rates=(VAT,),
    zones=(pricing.Zone(id=pricing.ZoneId(1), countries=frozenset({"PL"}), methods=(COURIER, PICKUP)),),
)

MUG, SHIRT, BOOK, GIFT, LAMP, CUP, POSTER = 1, 2, 3, 4, 5, 6, 7
"""Uncounted; counted with 5; 5 and backorders; sold one at a time; sold out; counted with 1000; with an option that any variant has."""
GROUPED, DEAR, UNPRICED = 8, 9, 10


def shop_products() -> list[Product]:
    colours = Option("Kolor", ("biały", "czarny"))
    open_variant = variant(71, POSTER, options=(SelectedOption("Format", "A3"),))
    on_order = StockPolicy(item=StockItemId(BOOK), backorders=Backorders.YES)
    return [
        product(MUG, price=2000),
        product(SHIRT, price=9999, counted=True),
        product(BOOK, variants=(variant(BOOK, price=4000, stock=on_order),)),
        product(GIFT, price=500, sold_individually=True),
        product(LAMP, variants=(variant(LAMP, price=12000, stock=StockPolicy(status=StockStatus.OUT_OF_STOCK)),)),
        product(CUP, price=1000, counted=True),
        product(POSTER, kind=Kind.VARIABLE, options=(Option("Format", ("A3",)), colours), variants=(open_variant,)),
        product(GROUPED, kind=Kind.GROUPED),
        product(DEAR, price=100000),
        product(UNPRICED, price=None),
    ]


class Shelf:
    """The catalogue, stock and coupons of the shop, in memory: tests change them as they like."""

    def __init__(self) -> None:
        self.products = {each.id: each for each in shop_products()}
        self.stock: dict[int, int] = {SHIRT: 5, BOOK: 5, CUP: 1000}
        self.offered: dict[str, pricing.Coupon] = {}
        self.shop_settings = SHOP
        self.categories = CategoryTree(())
        self.now = NOON
        self.shop = _Currency()

    async def variants(self, ids: Sequence[VariantId]):
        found = {each.id: (one, each) for one in self.products.values() for each in one.variants}
        return [found.get(each) for each in ids]

    def left(self, item: StockItemId, channel: Channel) -> int | None:
        return self.stock.get(item)

    def offer(self, code: str, amount: str, kind: pricing.DiscountType = pricing.DiscountType.PERCENT, **more) -> None:
        number = pricing.CouponId(len(self.offered) + 1)
        self.offered[code] = pricing.Coupon(id=number, code=pricing.CouponCode(code), type=kind, amount=amount, **more)

    def terms(self) -> "_Terms":
        return _Terms(self)

    def clock(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)

    def worlds(self) -> Worlds:
        return Worlds(self, self.terms(), self.left, self.clock)


class _Currency:
    currency = "PLN"


class _Terms:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def shop(self) -> pricing.Shop:
        return self._shelf.shop_settings

    async def coupons(self, entered: Iterable[str]) -> Mapping[pricing.CouponCode, pricing.Coupon]:
        return {code_of(each): self._shelf.offered[code_of(each)] for each in entered if code_of(each) in self._shelf.offered}


@asynccontextmanager
async def opened_carts(shelf: Shelf, pool: Pool, database: str, policy: CartPolicy = CartPolicy()) -> AsyncIterator[Carts]:  # noqa: B008
    """Of a process of their own."""
    worlds = shelf.worlds()
    batcher = HoldBatcher(lambda: connect(database), shelf.clock)
    writer = CartWriter(lambda: connect(database), worlds, policy, lambda: HoldId(uuid4()))
    yield Carts(
        pool=pool,
        writer=writer,
        worlds=worlds,
        holds=Holds(pool, batcher, shelf.clock),
        policy=policy,
        new_id=lambda: CartId(uuid4()),
        randomness=secrets.token_bytes,
    )
    await writer.stop()
    await batcher.stop()


_numbers = count(1)


def operation_id() -> OperationId:
    return OperationId(f"op-{next(_numbers)}")


def line_id(number: int) -> CartLineId:
    return CartLineId(UUID(int=number))


def add(number: int, quantity: int = 1, *, line: int | None = None, name: str | None = None, **choices: str) -> AddLines:
    return AddLines(
        id=OperationId(name) if name else operation_id(),
        lines=(
            NewLine(
                variant=VariantId(number),
                quantity=quantity,
                id=None if line is None else line_id(line),
                choices=tuple(Attribute(key, value) for key, value in choices.items()),
            ),
        ),
    )


def set_quantity(line: CartLineId, quantity: int) -> SetLines:
    return SetLines(id=operation_id(), lines=(LineChange(id=line, quantity=quantity),))


def remove(*lines: CartLineId) -> RemoveLines:
    return RemoveLines(id=operation_id(), lines=lines)


def coupon(code: str) -> EnterCoupon:
    return EnterCoupon(id=operation_id(), code=code)


def empty_cart(number: int = 1, **more) -> Cart:
    facts = {"version": 0, "status": CartStatus.ACTIVE, "group": CartGroup("main"), "channel": WEB, "state": CartState()}
    dates = {"created_at": NOON, "updated_at": NOON, "expires_at": NOON + timedelta(days=30)}
    return Cart(id=CartId(UUID(int=number)), **{**facts, **dates, **more})


def access(created: Created | Claimed) -> CartAccess:
    return CartAccess(id=created.cart.id, secret=created.cart.secret)


def quantities(cart: Cart) -> dict[int, int]:
    """Pieces of each variant."""
    found: dict[int, int] = {}
    for line in cart.state.lines:
        found[line.variant] = found.get(line.variant, 0) + line.quantity
    return found


async def done(shelf: Shelf, cart: Cart, *operations, device: Device = LAPTOP):
    """The cart after all operations, and what came of each."""
    worlds, outcomes = shelf.worlds(), []
    for operation in operations:
        knowledge = await worlds.know(variants_in(cart.state, [operation]), codes_in(cart.state, [operation]))
        result = apply(cart, operation, worlds.world(knowledge, device.channel), device, Totals())
        cart = result.cart
        outcomes.append(result.outcome)
    return cart, outcomes


async def cart_with(shelf: Shelf, *operations) -> Cart:
    cart, outcomes = await done(shelf, empty_cart(), *operations)
    assert all(isinstance(outcome, Applied) for outcome in outcomes), outcomes
    return cart
