"""A cart goes on at another device: by a code, once, within two minutes; or from where it is parked."""

import asyncio

import pytest
from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.handing import MOST_ATTEMPTS
from spoina.cart.limits import MOST_SECRETS
from spoina.cart.operations import Park
from spoina.cart.service import Carts, Claimed
from spoina.db import Pool
from spoina.errors import NotFound, TooManyAttempts, WrongState
from spoina.ids import LocationId
from tests.spoina.cart.shopping import LAPTOP, MUG, PHONE, TILL, WEB, Shelf, access, add, operation_id


async def test_a_code_gives_the_same_cart_to_another_device_once(carts: Carts, pool: Pool):
    made = await carts.create(PHONE, [add(MUG, 2)])
    offered = await carts.offer(access(made), PHONE)
    claimed = await carts.claim(offered.code, TILL, "till")
    assert (claimed.cart.id, claimed.cart.secret != made.cart.secret, claimed.view.cart.quantity) == (made.cart.id, True, 2)
    await carts.apply(access(claimed), [add(MUG)], TILL)
    assert (await carts.view(access(made), WEB)).cart.quantity == 3
    with pytest.raises(WrongState) as refused:
        await carts.claim(offered.code, LAPTOP, "laptop")
    assert refused.value.state == "claimed"
    history = [(each.entry.kind, each.entry.device) for each in await sql.history(pool, made.cart.id, 1)]
    assert history == [("offer", "phone"), ("claim", "till"), ("add_lines", "till")]


async def test_of_many_who_claim_at_once_one_gets_it(carts: Carts):
    made = await carts.create(PHONE, [add(MUG)])
    code = (await carts.offer(access(made), PHONE)).code
    answers = await asyncio.gather(*(carts.claim(code, TILL, f"till {n}") for n in range(8)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Claimed"] + ["WrongState"] * 7


async def test_a_code_is_read_as_people_type_it(carts: Carts, pool: Pool):
    made = await carts.create(PHONE, [add(MUG)])
    offered = await carts.offer(access(made), PHONE)
    assert len(offered.code) == 9
    assert set(offered.code.replace("-", "")) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert offered.code not in repr(offered) + str(await pool.fetch("select * from cart_handoff"))
    typed = offered.code.lower().replace("-", " \u2013 ").replace("0", "o").replace("1", "l")
    assert isinstance(await carts.claim(typed, TILL, "till"), Claimed)


async def test_a_code_expires_after_two_minutes(carts: Carts, shelf: Shelf):
    made = await carts.create(PHONE, [add(MUG)])
    offered = await carts.offer(access(made), PHONE)
    assert (offered.expires_at - shelf.now).total_seconds() == 120
    shelf.pass_(seconds=120)
    with pytest.raises(WrongState) as refused:
        await carts.claim(offered.code, TILL, "till")
    assert refused.value.state == "expired"


async def test_a_new_code_makes_the_old_one_void(carts: Carts):
    made = await carts.create(PHONE, [add(MUG)])
    first, second = await carts.offer(access(made), PHONE), await carts.offer(access(made), PHONE)
    with pytest.raises(NotFound):
        await carts.claim(first.code, TILL, "till")
    assert (await carts.claim(second.code, TILL, "till")).cart.id == made.cart.id


async def test_guessing_is_slowed_down(carts: Carts, shelf: Shelf):
    made = await carts.create(PHONE, [add(MUG)])
    for number in range(MOST_ATTEMPTS):
        with pytest.raises(NotFound):
            await carts.claim(f"0000-000{number}", TILL, "guesser")
    code = (await carts.offer(access(made), PHONE)).code
    with pytest.raises(TooManyAttempts) as refused:
        await carts.claim(code, TILL, "guesser")
    assert (refused.value.limit, refused.value.retry_after) == (10, 61)
    shelf.pass_(minutes=1)
    assert (await carts.claim(code, TILL, "guesser")).cart.id == made.cart.id


async def test_only_who_has_a_cart_can_offer_it(carts: Carts):
    made = await carts.create(PHONE, [add(MUG)])
    with pytest.raises(NotFound):
        await carts.offer(replace(access(made), secret="guess"), PHONE)


async def test_the_oldest_of_too_many_devices_loses_its_access(carts: Carts, shelf: Shelf):
    made = await carts.create(PHONE, [add(MUG)])
    given = [made]
    for _ in range(MOST_SECRETS):
        shelf.pass_(minutes=1)
        given.append(await carts.claim((await carts.offer(access(given[-1]), PHONE)).code, TILL, "till"))
    with pytest.raises(NotFound):
        await carts.view(access(given[0]), WEB)
    for each in given[1:]:
        assert (await carts.view(access(each), WEB)).cart.quantity == 1


async def test_a_cart_is_parked_at_a_till_and_resumed_by_another(carts: Carts):
    made = await carts.create(PHONE, [add(MUG)])
    await carts.apply(access(made), [Park(id=operation_id())], TILL)
    assert [cart.id for cart in await carts.parked(LocationId(1))] == [made.cart.id]
    for stranger in (PHONE, replace(TILL, location=LocationId(2))):
        with pytest.raises(NotFound):
            await carts.resume(made.cart.id, stranger)
    resumed = await carts.resume(made.cart.id, TILL)
    assert (resumed.view.cart.location, await carts.parked(LocationId(1))) == (None, [])
    assert (await carts.apply(access(resumed), [add(MUG)], TILL)).view.cart.quantity == 2
    with pytest.raises(NotFound):
        await carts.resume(made.cart.id, TILL)
