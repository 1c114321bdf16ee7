"""Devices of one customer at several servers, in PostgreSQL: the cart is its history, and every operation is in it once."""

import asyncio
from contextlib import AsyncExitStack
from random import Random
from uuid import uuid4

import pytest

from spoina.cart import sql
from spoina.cart.operations import AddLines, AnyOperation, Applied, LineChange, NewLine, RefusalCode, RemoveLines, SetCoupons, SetLines
from spoina.cart.policies import CartPolicy
from spoina.cart.pricing import Totals
from spoina.cart.rules import apply, codes_in, variants_in
from spoina.cart.service import Carts
from spoina.cart.types import CartAccess
from spoina.cart.writing import CartWriter
from spoina.db import Pool, connect
from spoina.ids import CartLineId, HoldId, OperationId, VariantId
from tests.spoina.cart.shopping import CUP, LAPTOP, MUG, PHONE, TILL, WEB, Shelf, add, empty_cart

DEVICES = (LAPTOP, PHONE, TILL)
EACH = 500
"""Operations of a device: PROMISE 1."""


class Shopper:
    """A device that offers lines, sets and removes what it or others have put in, in batches, and sends some of them twice."""

    def __init__(self, number: int, writer: CartWriter, access: CartAccess, lines: list[CartLineId]) -> None:
        self.chance, self.writer, self.access, self.lines = Random(number), writer, access, lines
        self.device, self.number, self.sent = DEVICES[number % 3], number, 0
        self.applied: set[str] = set()

    def operation(self) -> AnyOperation:
        self.sent += 1
        name, chance = OperationId(f"{self.number}-{self.sent}"), self.chance
        if chance.random() < 0.6 or not self.lines:
            line = CartLineId(uuid4())
            self.lines.append(line)
            return AddLines(id=name, lines=(NewLine(variant=VariantId(chance.choice((MUG, CUP))), quantity=1, id=line),))
        line = chance.choice(self.lines[-20:])
        match chance.randrange(6):
            case 0:
                return RemoveLines(id=name, lines=(line,))
            case 1:
                return SetCoupons(id=name, codes=tuple(chance.sample(("ten", "five", "nic"), 2)))
            case _:
                return SetLines(id=name, lines=(LineChange(id=line, quantity=chance.randrange(9)),))

    async def shop(self) -> None:
        last: list[AnyOperation] = []
        while self.sent < EACH:
            batch = [self.operation() for _ in range(self.chance.randint(1, 12))]
            again = self.chance.sample(last, min(3, len(last)))
            answers = await asyncio.gather(
                self.writer.submit(self.access, [*again, *batch], self.device), self.writer.submit(self.access, batch, self.device)
            )
            for answered in answers:
                self.applied |= {outcome.operation for outcome in answered.outcomes if isinstance(outcome, Applied)}
            last = batch


async def test_three_devices_at_two_servers_end_with_the_cart_of_the_history(carts: Carts, pool: Pool, database: str, shelf: Shelf):
    shelf.offer("ten", "10")
    shelf.offer("five", "5", minimum="60.00")
    shelf.stock[CUP] = 10**6
    made = await carts.create(LAPTOP)
    access, worlds = CartAccess(id=made.cart.id, secret=made.cart.secret), shelf.worlds()
    async with AsyncExitStack() as closing:
        writers = [CartWriter(lambda: connect(database), worlds, CartPolicy(), lambda: HoldId(uuid4())) for _ in range(2)]
        for writer in writers:
            closing.push_async_callback(writer.stop)
        lines: list[CartLineId] = []
        shoppers = [Shopper(number, writers[number % 2], access, lines) for number in range(3)]
        await asyncio.gather(*(shopper.shop() for shopper in shoppers))
    stored = await sql.find(pool, made.cart.id)
    recalled = await sql.history(pool, made.cart.id, 0)
    assert [entry.entry.version for entry in recalled] == list(range(1, stored.cart.version + 1))
    assert {entry.entry.operation for entry in recalled} == set().union(*(shopper.applied for shopper in shoppers))
    assert sql.encode_state(await replayed(shelf, stored.cart.id, recalled)) == stored.body
    assert len(recalled) > EACH


async def replayed(shelf: Shelf, cart_id, recalled: list[sql.Recalled]):
    worlds, totals = shelf.worlds(), Totals()
    cart = empty_cart()
    cart = type(cart)(**{**{name: getattr(cart, name) for name in cart.__struct_fields__}, "id": cart_id})
    for entry in recalled:
        knowledge = await worlds.know(variants_in(cart.state, [entry.operation]), codes_in(cart.state, [entry.operation]))
        done = apply(cart, entry.operation, worlds.world(knowledge, WEB), LAPTOP, totals)
        assert done.outcome == entry.outcome
        cart = done.cart
    return cart.state


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_same_operation_at_the_same_time_is_applied_once(carts: Carts, database: str, shelf: Shelf, processes: int):
    made = await carts.create(LAPTOP)
    access, operation = CartAccess(id=made.cart.id, secret=made.cart.secret), add(MUG, 2)
    writers = [CartWriter(lambda: connect(database), shelf.worlds(), CartPolicy(), lambda: HoldId(uuid4())) for _ in range(processes)]
    answers = await asyncio.gather(*(writers[number % processes].submit(access, [operation], PHONE) for number in range(20)))
    for writer in writers:
        await writer.stop()
    outcomes = [answered.outcomes[0] for answered in answers]
    assert {(type(outcome), outcome.version) for outcome in outcomes} == {(Applied, 1)}
    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 19
    assert (await carts.view(access, WEB)).cart.quantity == 2


async def test_an_operation_with_the_id_of_another_is_refused(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG, 2, name="mine")])
    access = CartAccess(id=made.cart.id, secret=made.cart.secret)
    answered = await carts.apply(access, [add(MUG, 3, name="mine"), add(MUG, 2, name="mine"), add(CUP, name="new")], PHONE)
    refused, repeated, applied = answered.outcomes
    assert refused.refusals[0].code is RefusalCode.OPERATION_REUSED
    assert (repeated.version, repeated.repeated, applied.version, applied.repeated) == (1, True, 2, False)
    assert answered.view.cart.quantity == 3
