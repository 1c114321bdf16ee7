"""Two carts become one, once; it is told what became of everything; and it can be undone."""

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.merging import Added, Dropped, DropReason, MergePolicy, Raised
from spoina.cart.operations import SetBuyer, SetNote
from spoina.cart.service import Carts, Merged
from spoina.cart.types import CartAccess
from spoina.db import Pool
from spoina.errors import CartGone, InvalidInput, NotFound, WrongState
from spoina.ids import CartId, CustomerId
from tests.spoina.cart.shopping import (
    CUP,
    GIFT,
    LAPTOP,
    MUG,
    PHONE,
    SHIRT,
    WEB,
    Shelf,
    access,
    add,
    coupon,
    line_id,
    operation_id,
    quantities,
    set_quantity,
)

ANNA = CustomerId("anna")


async def both(carts: Carts, guests: list, customers: list) -> tuple[CartAccess, CartAccess]:
    """A guest's cart and Anna's."""
    guest, hers = await carts.create(PHONE, guests), await carts.create(LAPTOP, customers, ANNA)
    return access(guest), access(hers)


async def test_a_guests_cart_becomes_the_customers_who_has_none(carts: Carts, shelf: Shelf):
    made = await carts.create(PHONE, [add(MUG)])
    for _ in range(2):
        signed = await carts.sign_in(access(made), ANNA, PHONE)
        assert (signed.report, signed.view.cart.id, signed.view.cart.customer, signed.view.cart.version) == (None, made.cart.id, ANNA, 2)
    shelf.pass_(days=40)
    assert (await carts.of_customer(ANNA, WEB)).cart.quantity == 1
    with pytest.raises(NotFound):
        await carts.sign_in(access(made), CustomerId("ewa"), PHONE)


@pytest.mark.parametrize(
    ("chosen", "mugs", "lost"),
    [
        (None, 5, 0),
        (MergePolicy.ADD_UP, 5, 0),
        (MergePolicy.KEEP_LARGER, 3, 2),
        (MergePolicy.GUEST_WINS, 2, 3),
        (MergePolicy.CUSTOMER_WINS, 3, 2),
    ],
)
async def test_signing_in_merges_by_the_policy_and_tells_it(carts: Carts, chosen: MergePolicy | None, mugs: int, lost: int):
    guest, hers = await both(carts, [add(MUG, 2, line=1), add(CUP, 4, line=2)], [add(MUG, 3, line=3), add(SHIRT, line=4)])
    merged = await carts.sign_in(guest, ANNA, PHONE, chosen)
    assert merged.view.cart.id == hers.id
    assert quantities(merged.view.cart) == {MUG: mugs, SHIRT: 1, CUP: 4}
    report = merged.report
    assert (report.guest, report.target, report.policy, report.version) == (guest.id, hers.id, chosen or MergePolicy.ADD_UP, 3)
    assert report.added == (Added(line=line_id(2), variant=CUP, quantity=4),)
    assert report.raised == (() if mugs == 3 else (Raised(line=line_id(3), variant=MUG, before=3, now=mugs),))
    assert report.dropped == ((Dropped(reason=DropReason.POLICY, variant=MUG, quantity=lost),) if lost else ())
    # The guest's device goes on with its own names of lines.
    changed = await carts.apply(CartAccess(id=hers.id, customer=ANNA), [set_quantity(line_id(1), 1), set_quantity(line_id(2), 1)], PHONE)
    assert quantities(changed.view.cart) == {MUG: 1, SHIRT: 1, CUP: 1}


async def test_what_cannot_come_along_is_told_with_its_reason(carts: Carts, shelf: Shelf):
    shelf.offer("alone", "10", individual_use=True)
    shelf.offer("ten", "10")
    guest, _ = await both(carts, [add(GIFT), add(MUG, 9000), coupon("ten")], [add(GIFT), add(MUG, 9000), coupon("alone")])
    merged = await carts.sign_in(guest, ANNA, PHONE)
    assert quantities(merged.view.cart) == {GIFT: 1, MUG: 9999}
    assert merged.report.dropped == (
        Dropped(reason=DropReason.SOLD_INDIVIDUALLY, variant=GIFT, quantity=1),
        Dropped(reason=DropReason.QUANTITY_LIMIT, variant=MUG, quantity=8001),
        Dropped(reason=DropReason.COUPON_REFUSED, coupon="ten"),
    )


async def test_what_the_customers_cart_says_stays(carts: Carts):
    texts = [SetNote(id=operation_id(), note="gość"), SetBuyer(id=operation_id(), email="gosc@example.pl", phone="600")]
    guest, _ = await both(carts, texts, [SetBuyer(id=operation_id(), email="anna@example.pl")])
    state = (await carts.sign_in(guest, ANNA, PHONE)).view.cart.state
    assert (state.note, state.buyer.email, state.buyer.phone) == ("gość", "anna@example.pl", "600")


async def test_the_same_login_five_times_merges_once(carts: Carts):
    guest, hers = await both(carts, [add(MUG, 2)], [add(MUG, 3)])
    answers: list[Merged] = await asyncio.gather(*(carts.sign_in(guest, ANNA, PHONE) for _ in range(5)))
    again = await carts.merge(guest, hers, PHONE)
    assert {answered.report for answered in answers} == {again.report}
    assert (again.view.cart.quantity, again.view.cart.version) == (5, 2)


async def test_the_merged_cart_says_where_its_lines_are_to_whom_it_was(carts: Carts):
    guest, hers = await both(carts, [add(MUG)], [add(MUG)])
    await carts.sign_in(guest, ANNA, PHONE)
    for asked in (carts.view(guest, WEB), carts.apply(guest, [add(MUG)], PHONE), carts.sign_in(guest, CustomerId("ewa"), PHONE)):
        with pytest.raises(CartGone) as gone:
            await asked
        assert (gone.value.reason, gone.value.successor) == ("merged", str(hers.id))
    with pytest.raises(NotFound):
        await carts.sign_in(replace(guest, secret="guess"), ANNA, PHONE)


async def test_undone_both_carts_are_what_they_were(carts: Carts, pool: Pool, shelf: Shelf):
    shelf.offer("ten", "10")
    guest, hers = await both(carts, [add(MUG, 2), add(SHIRT), coupon("ten")], [add(MUG, 3), SetNote(id=operation_id(), note="x")])
    before = {row["id"]: row["body"] for row in await pool.fetch("select id, body from cart")}
    await carts.sign_in(guest, ANNA, PHONE)
    shelf.pass_(minutes=15)
    restored = await carts.undo_merge(CartAccess(id=hers.id, customer=ANNA), guest.id, PHONE)
    assert {row["id"]: row["body"] for row in await pool.fetch("select id, body from cart")} == before
    assert (restored.cart.version, (await carts.view(guest, WEB)).cart.version) == (4, 5)
    kinds = [[entry.entry.kind for entry in await sql.history(pool, cart, 2)] for cart in (hers.id, guest.id)]
    assert kinds == [["merge", "undo_merge"], ["enter_coupon", "merge_away", "undo_merge"]]
    with pytest.raises(WrongState):
        await carts.undo_merge(hers, guest.id, PHONE)
    assert (await carts.sign_in(guest, ANNA, PHONE)).view.cart.quantity == 6


@pytest.mark.parametrize("case", ["late", "changed", "another", "stranger"])
async def test_what_cannot_be_undone(carts: Carts, shelf: Shelf, case: str):
    guest, hers = await both(carts, [add(MUG, 2)], [add(MUG, 3)])
    await carts.sign_in(guest, ANNA, PHONE)
    merged, expected = guest.id, WrongState
    if case == "late":
        shelf.pass_(minutes=15, seconds=1)
    elif case == "changed":
        await carts.apply(hers, [add(CUP)], PHONE)
    elif case == "another":
        merged = CartId(UUID(int=5))
    else:
        hers, expected = replace(hers, secret="guess"), NotFound
    with pytest.raises(expected):
        await carts.undo_merge(hers, merged, PHONE)
    assert (await carts.of_customer(ANNA, WEB)).cart.quantity == (6 if case == "changed" else 5)


async def test_no_cart_is_merged_into_itself_or_taken_from_its_owner(carts: Carts):
    guest, hers = await both(carts, [add(MUG)], [add(MUG)])
    with pytest.raises(InvalidInput):
        await carts.merge(hers, hers, PHONE)
    with pytest.raises(NotFound):
        await carts.merge(hers, guest, PHONE)
    assert (await carts.view(hers, WEB)).cart.quantity == 1
