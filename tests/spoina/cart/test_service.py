"""Carts in PostgreSQL: made, changed, read, and given only to those who may have them."""

import asyncio
import secrets
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from spoina.cart.operations import AddLines, Applied, NewLine, RefusalCode, SetNote
from spoina.cart.policies import CartPolicy
from spoina.cart.service import Carts
from spoina.cart.types import Attribute, CartAccess, Device
from spoina.cart.views import CouponGone, WarningKind
from spoina.cart.writing import CartWriter
from spoina.db import Pool, connect, connect_pool
from spoina.errors import CartGone, DependencyUnavailable, LimitExceeded, NotFound
from spoina.ids import CartId, CustomerId, HoldId
from tests.journeys.working import until
from tests.spoina.cart.shopping import (
    ALLEGRO,
    APP,
    LAPTOP,
    MUG,
    PHONE,
    POS,
    SHIRT,
    WEB,
    Shelf,
    access,
    add,
    coupon,
    line_id,
    operation_id,
    quantities,
    remove,
    set_quantity,
)
from tests.sql_statements import count_statements


async def test_a_cart_is_made_changed_and_read(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG, 2)])
    line = made.answered.outcomes[0].lines[0]
    changed = await carts.apply(access(made), [set_quantity(line, 3), add(SHIRT)], PHONE)
    seen = await carts.view(access(made), WEB)
    assert (seen.cart.version, quantities(seen.cart)) == (3, {MUG: 3, SHIRT: 1})
    assert seen == changed.view
    assert (seen.answer.totals.items + seen.answer.totals.items_tax, seen.currency) == (3 * 2000 + 9999, "PLN")
    assert seen.lines[0].totals.subtotal + seen.lines[0].totals.subtotal_tax == 6000


async def test_a_wrong_secret_is_answered_as_an_unknown_cart(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG)])
    wrong, unknown = replace(access(made), secret="0" * 22), CartAccess(id=CartId(UUID(int=7)), secret="x")
    for attempt in (wrong, unknown, replace(wrong, secret=""), replace(wrong, secret="", customer=CustomerId("somebody"))):
        for asked in (carts.view(attempt, WEB), carts.apply(attempt, [add(MUG)], LAPTOP), carts.changes(attempt, 0, WEB)):
            with pytest.raises(NotFound) as refused:
                await asked
            assert (refused.value.kind, refused.value.reference) == ("cart", str(attempt.id))
    assert quantities((await carts.view(access(made), WEB)).cart) == {MUG: 1}


async def test_the_database_keeps_no_secret(carts: Carts, pool: Pool):
    made = await carts.create(LAPTOP, [add(MUG)])
    assert len(made.cart.secret) >= 22
    assert made.cart.secret not in str(await pool.fetch("select * from cart, cart_op"))
    assert made.cart.secret not in repr(made) + repr(access(made))


async def test_reading_takes_two_statements_and_adding_a_line_four(carts: Carts, pool: Pool, database: str, shelf: Shelf):
    """BEGIN and COMMIT are two of the four."""
    made = await carts.create(LAPTOP, [add(MUG)])
    async with count_statements(pool) as statements:
        await carts.view(access(made), WEB)
    assert len(statements) == 1
    async with count_statements(pool) as statements:
        await carts.changes(access(made), 0, WEB)
    assert len(statements) == 2
    sent: list[str] = []

    async def logged():
        connection = await connect(database)
        connection.add_query_logger(lambda query: sent.append(query.query.split(maxsplit=1)[0]))
        return connection

    writer = CartWriter(logged, shelf.worlds(), CartPolicy(), lambda: HoldId(uuid4()))
    await writer.submit(access(made), [add(MUG)], PHONE)
    sent.clear()
    await writer.submit(access(made), [add(SHIRT, 2)], PHONE)
    await asyncio.sleep(0)
    assert sent == ["BEGIN;", "select", "with", "COMMIT;"]
    sent.clear()
    await asyncio.gather(*(writer.submit(access(made), [add(MUG)], PHONE) for _ in range(20)))
    await writer.stop()
    assert len(sent) == 4


async def test_reading_does_not_write(carts: Carts, pool: Pool, database: str, shelf: Shelf):
    shelf.offer("ten", "10")
    made = await carts.create(LAPTOP, [add(MUG), coupon("ten")])
    shelf.offered.clear()
    reading = await connect_pool(database)
    for holder in reading._holders:
        holder._setup = _read_only
    readers = Carts(
        pool=reading,
        writer=carts._writer,
        worlds=shelf.worlds(),
        holds=carts._holds,
        policy=CartPolicy(),
        new_id=lambda: CartId(uuid4()),
        randomness=secrets.token_bytes,
    )
    before = await pool.fetch("select xmin, * from cart")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reading.execute("delete from cart")
    seen = await readers.view(access(made), WEB)
    changes = await readers.changes(access(made), 0, WEB)
    assert await readers.of_customer(CustomerId("anna"), WEB) is None
    await reading.close()
    assert [warning.kind for warning in seen.warnings] == [WarningKind.COUPON_DROPPED]
    assert [type(change) for change in changes.changes] == [CouponGone]
    assert await pool.fetch("select xmin, * from cart") == before


async def _read_only(connection) -> None:
    await connection.execute("set default_transaction_read_only = on")


async def test_a_guests_cart_expires_thirty_days_after_its_last_change_and_says_so(carts: Carts, shelf: Shelf):
    made = await carts.create(LAPTOP, [add(MUG)])
    shelf.pass_(days=29)
    await carts.apply(access(made), [add(MUG)], LAPTOP)
    shelf.pass_(days=30, seconds=-1)
    assert (await carts.view(access(made), WEB)).cart.quantity == 2
    shelf.pass_(seconds=1)
    for asked in (carts.view(access(made), WEB), carts.apply(access(made), [add(MUG)], LAPTOP)):
        with pytest.raises(CartGone) as gone:
            await asked
        assert (gone.value.cart, gone.value.reason, gone.value.successor) == (str(made.cart.id), "expired", None)
    with pytest.raises(NotFound):
        await carts.view(replace(access(made), secret="guess"), WEB)


async def test_a_customer_has_one_active_cart_in_each_group(carts: Carts, shelf: Shelf):
    anna = CustomerId("anna")
    made = await carts.create(LAPTOP, [add(MUG)], anna)
    again = await carts.create(PHONE, [add(SHIRT)], anna)
    market = await carts.create(Device(channel=ALLEGRO), [add(MUG)], anna)
    assert (again.cart.id, again.cart.secret, market.cart.id != made.cart.id) == (made.cart.id, "", True)
    shelf.pass_(days=400)
    for channel in (WEB, APP, POS):
        assert quantities((await carts.of_customer(anna, channel)).cart) == {MUG: 1, SHIRT: 1}
    by_name = CartAccess(id=made.cart.id, customer=anna)
    assert (await carts.view(by_name, WEB)).cart.expires_at is None
    with pytest.raises(NotFound):
        await carts.view(replace(by_name, customer=CustomerId("ewa")), WEB)


async def test_a_customers_first_carts_on_many_devices_at_once_are_one(carts: Carts):
    made = await asyncio.gather(*(carts.create(PHONE, [add(MUG)], CustomerId("anna")) for _ in range(8)))
    assert len({each.cart.id for each in made}) == 1
    assert (await carts.of_customer(CustomerId("anna"), APP)).cart.quantity == 8


async def test_a_batch_of_an_offline_device_is_one_transaction_with_a_result_each(carts: Carts, pool: Pool):
    made = await carts.create(LAPTOP)
    batch = [add(MUG), add(404), add(SHIRT, 9), add(MUG, 2), SetNote(id=operation_id(), note="Dzień dobry")]
    answered = await carts.apply(access(made), batch, PHONE)
    codes = [None if isinstance(outcome, Applied) else outcome.refusals[0].code for outcome in answered.outcomes]
    assert codes == [None, RefusalCode.UNKNOWN_VARIANT, RefusalCode.NOT_ENOUGH_STOCK, None, None]
    assert [outcome.operation for outcome in answered.outcomes] == [operation.id for operation in batch]
    assert await pool.fetchval("select count(distinct xmin::text) from cart_op") == 1
    with pytest.raises(LimitExceeded):
        await carts.apply(access(made), [add(MUG)] * 201, PHONE)
    # What was refused left no trace, and may be tried again.
    assert isinstance((await carts.apply(access(made), [add(SHIRT, 5, name=batch[2].id)], PHONE)).outcomes[0], Applied)


async def test_changes_since_a_version(carts: Carts):
    made = await carts.create(LAPTOP, [add(MUG, line=1)])
    await carts.apply(access(made), [add(SHIRT, line=2), set_quantity(line_id(1), 4)], PHONE)
    await carts.apply(access(made), [remove(line_id(2)), set_quantity(line_id(1), 0), SetNote(id=operation_id(), note="x")], LAPTOP)
    found = await carts.changes(access(made), 1, WEB)
    assert [
        (each.entry.version, each.entry.kind, each.entry.device, each.added, each.changed, each.removed) for each in found.operations
    ] == [
        (2, "add_lines", "phone", (line_id(2),), (), ()),
        (3, "set_lines", "phone", (), (line_id(1),), ()),
        (4, "remove_lines", "laptop", (), (), (line_id(2),)),
        (5, "set_lines", "laptop", (), (), (line_id(1),)),
        (6, "set_note", "laptop", (), (), ()),
    ]
    assert (found.since, found.complete, found.view.cart.version) == (1, True, 6)
    assert (await carts.changes(access(made), 6, WEB)).operations == ()


async def test_one_bad_command_does_not_hurt_its_batch(carts: Carts):
    """A text that PostgreSQL does not take, which the edge lets nobody send."""
    made = await carts.create(LAPTOP)
    good = [carts.apply(access(made), [add(MUG)], PHONE) for _ in range(5)]
    bad = carts.apply(access(made), [add(MUG)], Device(channel=APP, name="\0"))
    *answers, failure = await asyncio.gather(*good, bad, return_exceptions=True)
    assert isinstance(failure, asyncpg.CharacterNotInRepertoireError)
    assert sorted(answered.outcomes[0].version for answered in answers) == [1, 2, 3, 4, 5]


async def test_a_lost_connection_is_no_lost_operation(carts: Carts, pool: Pool):
    made = await carts.create(LAPTOP)
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("select from cart for update")
        waiting = asyncio.create_task(carts.apply(access(made), [add(MUG)], PHONE))
        await until(lambda: pool.fetchval("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"))
    assert (await waiting).view.cart.quantity == 1


async def test_a_database_that_is_away_is_told(shelf: Shelf):
    async def refused():
        raise ConnectionRefusedError

    writer = CartWriter(refused, shelf.worlds(), CartPolicy(), lambda: HoldId(uuid4()))
    with pytest.raises(DependencyUnavailable):
        await writer.submit(CartAccess(id=CartId(UUID(int=1)), secret="x"), [add(MUG)], PHONE)
    await writer.stop()


async def test_a_cart_that_would_grow_beyond_all_bounds(carts: Carts, pool: Pool):
    made = await carts.create(LAPTOP)
    texts = tuple(Attribute(f"napis {number}", "x" * 1000) for number in range(100))

    def engraved(number: int) -> AddLines:
        return AddLines(id=operation_id(), lines=(NewLine(variant=MUG, attributes=(*texts[1:], Attribute("numer", str(number)))),))

    answered = await carts.apply(access(made), [engraved(number) for number in range(8)] + [add(SHIRT)], PHONE)
    codes = [None if isinstance(outcome, Applied) else outcome.refusals[0].code for outcome in answered.outcomes]
    assert codes == [None] * 5 + [RefusalCode.TOO_LONG] * 3 + [None]
    assert await pool.fetchval("select length(body) from cart") < 512 * 1024


async def test_signing_in_with_a_cart_of_a_marketplace_leaves_the_main_one_alone(carts: Carts):
    anna, market = CustomerId("anna"), Device(channel=ALLEGRO)
    await carts.create(LAPTOP, [add(MUG)], anna)
    await carts.create(market, [add(MUG, 2)], anna)
    guest = await carts.create(market, [add(SHIRT)])
    merged = await carts.sign_in(access(guest), anna, PHONE)
    assert quantities(merged.view.cart) == {MUG: 2, SHIRT: 1}
    assert quantities((await carts.of_customer(anna, WEB)).cart) == {MUG: 1}
