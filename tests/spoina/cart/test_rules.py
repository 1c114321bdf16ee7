"""What operations make of a cart, and what each refusal says."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from spoina.cart.operations import (
    AddDeliveries,
    AddLines,
    Applied,
    DeliveryInput,
    LineChange,
    NewLine,
    Park,
    RefusalCode,
    RemoveCoupon,
    RemoveDeliveries,
    ReplaceDeliveries,
    Resume,
    SelectRate,
    SetAttributes,
    SetBilling,
    SetBuyer,
    SetCoupons,
    SetDeliveries,
    SetLines,
    SetNote,
)
from spoina.cart.types import Address, AddressId, Attribute, Cart, CartHold
from spoina.ids import HoldId, OperationId, VariantId
from spoina.pricing.cart.types import CouponRefusalReason, DiscountType, RateId
from tests.spoina.cart.shopping import (
    BOOK,
    CUP,
    DEAR,
    GIFT,
    GROUPED,
    LAMP,
    MUG,
    NOON,
    SHIRT,
    TILL,
    UNPRICED,
    Shelf,
    add,
    cart_with,
    coupon,
    done,
    empty_cart,
    line_id,
    operation_id,
    quantities,
    remove,
    set_quantity,
)

UNKNOWN = 404


def set_line(**change) -> SetLines:
    return SetLines(id=operation_id(), lines=(LineChange(**change),))


def address(name: str, selected: bool | None = None, **fields) -> DeliveryInput:
    return DeliveryInput(id=AddressId(name), address=Address(**fields), selected=selected)


REFUSED = {
    "unknown variant": ((), add(UNKNOWN), RefusalCode.UNKNOWN_VARIANT, None, None),
    "grouped product": ((), add(GROUPED), RefusalCode.NOT_PURCHASABLE, None, None),
    "no price": ((), add(UNPRICED), RefusalCode.NOT_PURCHASABLE, None, None),
    "sold out": ((), add(LAMP), RefusalCode.SOLD_OUT, None, 0),
    "more than there is": ((), add(SHIRT, 6), RefusalCode.NOT_ENOUGH_STOCK, 5, 5),
    "more than is left beside the cart": ((add(SHIRT, 3),), add(SHIRT, 3), RefusalCode.NOT_ENOUGH_STOCK, 5, 2),
    "nothing": ((), add(MUG, 0), RefusalCode.INVALID_QUANTITY, 1, None),
    "less than nothing": ((), add(MUG, -1), RefusalCode.INVALID_QUANTITY, 1, None),
    "a billion": ((), add(MUG, 10**9), RefusalCode.QUANTITY_TOO_LARGE, 9999, None),
    "one too many in a line": ((add(MUG, 9999),), add(MUG), RefusalCode.QUANTITY_TOO_LARGE, 9999, None),
    "another single piece": ((add(GIFT),), add(GIFT), RefusalCode.SOLD_INDIVIDUALLY, 1, None),
    "no choice": ((), add(71), RefusalCode.MISSING_CHOICE, None, None),
    "a choice that is none": ((), add(71, Kolor="zielony"), RefusalCode.INVALID_CHOICE, None, None),
    "a wrong value of a fixed option": ((), add(71, Format="A4", Kolor="biały"), RefusalCode.INVALID_CHOICE, None, None),
    "a choice where there is none": ((), add(MUG, Kolor="biały"), RefusalCode.INVALID_CHOICE, None, None),
    "a name of another line": ((add(MUG, line=1),), add(CUP, line=1), RefusalCode.LINE_ID_TAKEN, None, None),
    "a line that never was": ((), set_quantity(line_id(9), 1), RefusalCode.UNKNOWN_LINE, None, None),
    "removing what never was": ((), remove(line_id(9)), RefusalCode.UNKNOWN_LINE, None, None),
    "a removed line": ((add(MUG, line=1), remove(line_id(1))), set_quantity(line_id(1), 2), RefusalCode.LINE_REMOVED, None, None),
    "set below zero": ((add(MUG, line=1),), set_quantity(line_id(1), -1), RefusalCode.INVALID_QUANTITY, 1, None),
    "set too large": ((add(MUG, line=1),), set_quantity(line_id(1), 10_000), RefusalCode.QUANTITY_TOO_LARGE, 9999, None),
    "set beyond stock": ((add(SHIRT, line=1),), set_quantity(line_id(1), 6), RefusalCode.NOT_ENOUGH_STOCK, 5, 5),
    "set a single piece": ((add(GIFT, line=1),), set_quantity(line_id(1), 2), RefusalCode.SOLD_INDIVIDUALLY, 1, None),
    "no such coupon": ((), coupon("nic"), RefusalCode.COUPON_REFUSED, None, None),
    "a coupon that is not there": ((), RemoveCoupon(id=operation_id(), code="nic"), RefusalCode.UNKNOWN_COUPON, None, None),
    "too many codes": ((), SetCoupons(id=operation_id(), codes=("a",) * 51), RefusalCode.TOO_MANY, 50, None),
    "a long note": ((), SetNote(id=operation_id(), note="x" * 5001), RefusalCode.TOO_LONG, 5000, None),
    "a note with a bell": ((), SetNote(id=operation_id(), note="a\x07b"), RefusalCode.INVALID_TEXT, None, None),
    "an e-mail with a zero byte": ((), SetBuyer(id=operation_id(), email="a\0@b.pl"), RefusalCode.INVALID_TEXT, None, None),
    "no e-mail": ((), SetBuyer(id=operation_id(), email="nobody"), RefusalCode.INVALID_EMAIL, None, None),
    "a wrong NIP": ((), SetBuyer(id=operation_id(), nip="123-456-78-90"), RefusalCode.INVALID_NIP, None, None),
    "a country by name": ((), SetBuyer(id=operation_id(), country="Polska"), RefusalCode.INVALID_COUNTRY, None, None),
    "an address that is not there": (
        (),
        SetDeliveries(id=operation_id(), addresses=(address("x"),)),
        RefusalCode.UNKNOWN_ADDRESS,
        None,
        None,
    ),
    "removing such a one": ((), RemoveDeliveries(id=operation_id(), addresses=(AddressId("x"),)), RefusalCode.UNKNOWN_ADDRESS, None, None),
    "too many addresses": (
        (),
        AddDeliveries(id=operation_id(), addresses=tuple(address(str(n)) for n in range(21))),
        RefusalCode.TOO_MANY,
        20,
        None,
    ),
    "a rate that is not offered": (
        (add(MUG),),
        SelectRate(id=operation_id(), rate=RateId("flat_rate:9")),
        RefusalCode.UNKNOWN_RATE,
        None,
        None,
    ),
    "parking without a till": ((), Park(id=operation_id()), RefusalCode.NOT_AT_A_TILL, None, None),
    "no operation id": ((), SetNote(id=OperationId(""), note=""), RefusalCode.INVALID_TEXT, None, None),
    "an endless operation id": ((), SetNote(id=OperationId("x" * 65), note=""), RefusalCode.TOO_LONG, 64, None),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_has_its_code_and_its_limit_and_changes_nothing(case: str, shelf: Shelf):
    before, operation, code, limit, left = REFUSED[case]
    cart = await cart_with(shelf, *before)
    after, (outcome,) = await done(shelf, cart, operation)
    (refusal,) = outcome.refusals
    assert (refusal.code, refusal.limit, refusal.left) == (code, limit, left)
    assert refusal.message.startswith(f"{refusal.field}: ")
    assert after == cart


async def test_every_wrong_line_is_told_and_none_is_added(shelf: Shelf):
    lines = [NewLine(variant=VariantId(number), quantity=count) for number, count in ((MUG, 1), (UNKNOWN, 1), (SHIRT, 9), (MUG, 0))]
    cart, (outcome,) = await done(shelf, empty_cart(), AddLines(id=operation_id(), lines=tuple(lines)))
    assert [(refusal.code, refusal.field) for refusal in outcome.refusals] == [
        (RefusalCode.UNKNOWN_VARIANT, "lines[1].variant"),
        (RefusalCode.NOT_ENOUGH_STOCK, "lines[2].quantity"),
        (RefusalCode.INVALID_QUANTITY, "lines[3].quantity"),
    ]
    assert cart == empty_cart()


async def test_a_cart_has_five_hundred_lines_at_most(shelf: Shelf):
    def with_text(number: int) -> NewLine:
        return NewLine(variant=VariantId(MUG), attributes=(Attribute("napis", str(number)),))

    full = await cart_with(shelf, AddLines(id=operation_id(), lines=tuple(map(with_text, range(500)))))
    after, (outcome,) = await done(shelf, full, AddLines(id=operation_id(), lines=tuple(map(with_text, range(500, 1000)))))
    assert {(refusal.code, refusal.limit) for refusal in outcome.refusals} == {(RefusalCode.TOO_MANY_LINES, 500)}
    assert after == full
    for lines in (tuple(map(with_text, range(501))), (with_text(1),) * 1000):
        after, (outcome,) = await done(shelf, empty_cart(), AddLines(id=operation_id(), lines=lines))
        assert [(each.code, each.field, each.limit) for each in outcome.refusals] == [(RefusalCode.TOO_MANY_LINES, "lines", 500)]
    after, (outcome,) = await done(shelf, full, AddLines(id=operation_id(), lines=(with_text(7),)))
    assert (isinstance(outcome, Applied), len(after.state.lines), after.quantity) == (True, 500, 501)


async def test_adding_is_commutative(shelf: Shelf):
    operations = [add(MUG, 2, line=1), add(MUG, 3, line=2), add(CUP, 1, line=3), add(71, Kolor="biały"), add(71, 2, Kolor="biały")]
    carts = [await cart_with(shelf, *order) for order in permutations(operations)]
    assert {tuple(sorted(quantities(cart).items())) for cart in carts} == {((MUG, 5), (CUP, 1), (71, 3))}
    for cart in carts:
        mugs = next(line for line in cart.state.lines if line.variant == MUG)
        assert {mugs.id, *mugs.aliases} == {line_id(1), line_id(2)}


async def test_a_line_answers_to_all_its_names(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG, 2, line=1), add(MUG, 3, line=2), set_quantity(line_id(2), 7))
    assert quantities(cart) == {MUG: 7}
    gone = await cart_with(shelf, add(MUG, line=1), add(MUG, line=2), remove(line_id(2)))
    after, (outcome,) = await done(shelf, gone, set_quantity(line_id(1), 3))
    assert outcome.refusals[0].code is RefusalCode.LINE_REMOVED
    assert after.state.lines == ()


async def test_different_choices_or_texts_are_different_lines(shelf: Shelf):
    engraved = AddLines(id=operation_id(), lines=(NewLine(variant=VariantId(MUG), attributes=(Attribute("napis", "Ala"),)),))
    cart = await cart_with(shelf, add(MUG), engraved, add(71, Kolor="biały"), add(71, Kolor="czarny"), add(71, Format="A3", Kolor="biały"))
    assert [line.quantity for line in cart.state.lines] == [1, 1, 2, 1]


async def test_removed_for_good_and_added_again_under_a_new_name(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG, line=1), remove(line_id(1)), remove(line_id(1)), add(MUG, 4, line=1))
    (line,) = cart.state.lines
    assert (line.quantity, line.id != line_id(1)) == (4, True)
    assert line_id(1) in cart.state.removed


async def test_a_quantity_of_zero_removes_the_line(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG, line=1), add(CUP), set_quantity(line_id(1), 0))
    assert (quantities(cart), cart.state.removed) == ({CUP: 1}, (line_id(1),))


async def test_a_line_that_becomes_what_another_one_is_joins_it(shelf: Shelf):
    cart = await cart_with(
        shelf,
        add(71, 2, line=1, Kolor="biały"),
        add(71, 3, line=2, Kolor="czarny"),
        set_line(id=line_id(2), choices=(Attribute("Kolor", "biały"),)),
        set_quantity(line_id(1), 9),
    )
    assert quantities(cart) == {71: 9}


async def test_a_line_may_become_another_variant(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG, 2, line=1), set_line(id=line_id(1), variant=VariantId(CUP)))
    assert [(line.id, line.variant, line.quantity) for line in cart.state.lines] == [(line_id(1), CUP, 2)]


async def test_six_of_what_is_sold_one_at_a_time_are_one(shelf: Shelf):
    assert quantities(await cart_with(shelf, add(GIFT, 6))) == {GIFT: 1}


async def test_backorders_pass(shelf: Shelf):
    assert quantities(await cart_with(shelf, add(BOOK, 6))) == {BOOK: 6}


async def test_a_line_is_lowered_to_what_is_left_and_not_to_more(shelf: Shelf):
    cart = await cart_with(shelf, add(SHIRT, 5, line=1))
    shelf.stock[SHIRT] = 3
    _, (four,) = await done(shelf, cart, set_quantity(line_id(1), 4))
    after, _ = await done(shelf, cart, set_quantity(line_id(1), 3))
    assert (four.refusals[0].left, quantities(after)) == (3, {SHIRT: 3})


async def test_lines_of_one_stock_share_it(shelf: Shelf):
    cart = await cart_with(shelf, add(SHIRT, 3))
    engraved = AddLines(id=operation_id(), lines=(NewLine(variant=VariantId(SHIRT), quantity=3, attributes=(Attribute("napis", "x"),)),))
    _, (outcome,) = await done(shelf, cart, engraved)
    assert (outcome.refusals[0].code, outcome.refusals[0].left) == (RefusalCode.NOT_ENOUGH_STOCK, 2)


async def test_what_the_cart_holds_is_its_own(shelf: Shelf):
    cart = await cart_with(shelf, add(SHIRT, 3, line=1))
    shelf.stock[SHIRT] = 2
    hold = CartHold(HoldId(cart.id), NOON.replace(hour=13))
    held = replace(cart, state=replace(cart.state, hold=hold))
    after, (outcome,) = await done(shelf, held, set_quantity(line_id(1), 5))
    assert (isinstance(outcome, Applied), quantities(after)) == (True, {SHIRT: 5})
    shelf.pass_(hours=1)
    _, (late,) = await done(shelf, held, set_quantity(line_id(1), 5))
    assert late.refusals[0].left == 2


async def test_each_applied_operation_counts_and_slides_the_expiry(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG))
    shelf.pass_(days=3)
    after, _ = await done(shelf, cart, SetNote(id=operation_id(), note="Proszę\nzapakować"), add(UNKNOWN))
    assert (cart.version, after.version, after.updated_at, after.expires_at) == (1, 2, shelf.now, shelf.now.replace(month=4, day=3))
    owned, _ = await done(shelf, replace(cart, customer="anna", expires_at=None), add(MUG))
    assert owned.expires_at is None


async def test_the_buyer(shelf: Shelf):
    first = SetBuyer(id=operation_id(), email=" anna@example.pl ", nip="PL 526-10-40-828", country="de", company="Zakład")
    cart = await cart_with(shelf, first, SetBuyer(id=operation_id(), company="", phone="+48 600 100 200"))
    buyer = cart.state.buyer
    assert (buyer.email, buyer.nip, buyer.country, buyer.company, buyer.phone) == (
        "anna@example.pl",
        "5261040828",
        "DE",
        "",
        "+48 600 100 200",
    )


@pytest.mark.parametrize("text", ["1\u00a0szt.", "👨\u200d👩\u200d👧", "w\u00adóz", "\u202bשלום\u202c", "\ufeffa", "\U000e0067"])
async def test_what_people_paste_is_text(text: str, shelf: Shelf):
    cart = await cart_with(shelf, SetNote(id=operation_id(), note=text), SetBuyer(id=operation_id(), company=text))
    assert (cart.state.note, cart.state.buyer.company) == (text, text)


@pytest.mark.parametrize("text", ["a\x00", "\x1b[31m", "\x85", "\ud83d", "a\nb"])
async def test_control_characters_are_none(text: str, shelf: Shelf):
    _, (outcome,) = await done(shelf, empty_cart(), SetBuyer(id=operation_id(), company=text))
    assert [(each.code, each.field) for each in outcome.refusals] == [(RefusalCode.INVALID_TEXT, "company")]


async def test_addresses_are_replaced_all_together_or_not_at_all(shelf: Shelf):
    home, work = address("dom"), address("praca")
    cart = await cart_with(shelf, AddDeliveries(id=operation_id(), addresses=(home,)))
    replaced, _ = await done(shelf, cart, ReplaceDeliveries(id=operation_id(), addresses=(work,)))
    assert [(each.id, each.selected) for each in replaced.state.deliveries] == [("praca", True)]
    kept, (outcome,) = await done(shelf, cart, ReplaceDeliveries(id=operation_id(), addresses=(address("x", city="x" * 201),)))
    assert ([each.id for each in kept.state.deliveries], outcome.refusals[0].code) == (["dom"], RefusalCode.TOO_LONG)
    full = tuple(address(str(number)) for number in range(20))
    most, _ = await done(shelf, cart, ReplaceDeliveries(id=operation_id(), addresses=full))
    assert len(most.state.deliveries) == 20


async def test_addresses_one_of_which_is_selected(shelf: Shelf):
    def selected(cart: Cart) -> list[tuple[str, bool]]:
        return [(each.id, each.selected) for each in cart.state.deliveries]

    home, work = address("dom", city="Kraków", country="pl"), address("praca", city="Łódź")
    cart = await cart_with(shelf, AddDeliveries(id=operation_id(), addresses=(home, work)))
    assert (selected(cart), cart.state.delivery.country) == ([("dom", True), ("praca", False)], "PL")
    moved, _ = await done(shelf, cart, SetDeliveries(id=operation_id(), addresses=(replace(work, selected=True),)))
    assert selected(moved) == [("dom", False), ("praca", True)]
    left, _ = await done(shelf, moved, RemoveDeliveries(id=operation_id(), addresses=(AddressId("praca"),)))
    assert selected(left) == [("dom", True)]


async def test_the_rate_that_was_chosen_stays_while_the_offers_do(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG), SelectRate(id=operation_id(), rate=RateId("local_pickup:2")))
    assert (cart.state.chosen_rate, cart.state.offered) == ("local_pickup:2", ("flat_rate:1", "local_pickup:2"))
    abroad, _ = await done(shelf, cart, SetBilling(id=operation_id(), address=Address(country="DE")))
    assert (abroad.state.chosen_rate, abroad.state.offered, abroad.state.settled) == (None, (), False)
    again, _ = await done(shelf, abroad, SetNote(id=operation_id(), note="x"))
    assert again.state.settled


async def test_coupons_one_by_one_and_as_a_list(shelf: Shelf):
    shelf.offer("ten", "10")
    shelf.offer("five", "5")
    shelf.offer("rich", "10", minimum="1000.00")
    shelf.offer("alone", "50", individual_use=True)
    cart = await cart_with(shelf, add(MUG), coupon(" TEN "), coupon("five"))
    assert cart.state.coupons == ("ten", "five")
    _, (twice,) = await done(shelf, cart, coupon("ten"))
    assert twice.refusals[0].coupon.reason is CouponRefusalReason.ALREADY_APPLIED
    listed, (outcome,) = await done(shelf, cart, SetCoupons(id=operation_id(), codes=("five", "rich", "nic")))
    assert listed.state.coupons == ("five",)
    assert [(each.code, each.reason) for each in outcome.coupons] == [
        ("rich", CouponRefusalReason.BELOW_MINIMUM),
        ("nic", CouponRefusalReason.UNKNOWN),
    ]
    single, _ = await done(shelf, cart, coupon("alone"))
    assert single.state.coupons == ("alone",)
    none, _ = await done(shelf, cart, SetCoupons(id=operation_id(), codes=()))
    assert none.state.coupons == ()


async def test_a_coupon_falls_out_with_the_operation_that_makes_it_unfit(shelf: Shelf):
    shelf.offer("big", "10", kind=DiscountType.FIXED_CART, minimum="500.00")
    cart = await cart_with(shelf, add(DEAR, line=1), coupon("big"))
    after, _ = await done(shelf, cart, remove(line_id(1)))
    assert after.state.coupons == ()
    assert [(lost.code, lost.reason, lost.limit) for lost in after.state.lost] == [("big", CouponRefusalReason.BELOW_MINIMUM, "500.00")]


async def test_a_coupon_that_the_shop_deleted_falls_out(shelf: Shelf):
    shelf.offer("ten", "10")
    cart = await cart_with(shelf, add(MUG), coupon("ten"))
    shelf.offered.clear()
    after, _ = await done(shelf, cart, add(MUG))
    assert (after.state.coupons, [(lost.code, lost.reason) for lost in after.state.lost]) == ((), [("ten", CouponRefusalReason.UNKNOWN)])


async def test_parked_at_a_till_and_resumed(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG))
    parked, _ = await done(shelf, cart, Park(id=operation_id()), device=TILL)
    resumed, _ = await done(shelf, parked, Resume(id=operation_id()), device=TILL)
    assert (parked.location, resumed.location) == (1, None)


async def test_texts_of_the_cart(shelf: Shelf):
    texts = (Attribute("prezent", "tak"), Attribute("prezent", "nie"), Attribute("bilecik", "Sto lat"))
    cart = await cart_with(shelf, SetAttributes(id=operation_id(), attributes=texts))
    assert cart.state.attributes == texts[1:]


async def test_a_product_that_is_gone_stays_and_can_only_be_removed(shelf: Shelf):
    cart = await cart_with(shelf, add(MUG, 2, line=1), add(CUP))
    del shelf.products[MUG]
    kept, (refused,) = await done(shelf, cart, set_quantity(line_id(1), 3))
    assert (refused.refusals[0].code, quantities(kept)) == (RefusalCode.UNKNOWN_VARIANT, {MUG: 2, CUP: 1})
    after, _ = await done(shelf, cart, remove(line_id(1)))
    assert quantities(after) == {CUP: 1}


async def test_the_same_operation_makes_the_same_cart_anywhere(shelf: Shelf):
    operations = [add(MUG, 2, name="a"), add(CUP, name="b"), add(71, name="c", Kolor="biały")]
    assert await cart_with(shelf, *operations) == await cart_with(shelf, *operations)
    other, _ = await done(shelf, empty_cart(2), *operations)
    assert not {line.id for line in other.state.lines} & {line.id for line in (await cart_with(shelf, *operations)).state.lines}
