"""Tokens that nobody has: what they cost, how long that is remembered, and how a key that is made meanwhile is found."""

import asyncio
import secrets
from functools import partial

import pytest

from spoina.access import service
from spoina.access.rules import TOKEN_BYTES, token_for
from spoina.access.service import REMEMBERED_SECONDS, UNKNOWN_SECONDS, KeyRing, create_key, revoke_key
from spoina.access.types import KeyKind, NewKey
from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.notifications import Listener
from tests.spoina.access.rings import Seconds, SlowDatabase, token
from tests.sql_statements import count_statements


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


async def hearing(keys: KeyRing) -> KeyRing:
    await keys.resumed()
    return keys


async def test_an_unknown_token_is_looked_for_once_however_often_and_by_however_many_it_is_shown(pool: Pool, seconds: Seconds):
    keys = await hearing(KeyRing(pool, seconds))
    async with count_statements(pool) as sent:
        assert await asyncio.gather(*(keys.find(token(1)) for _ in range(50))) == [None] * 50
        seconds.now += UNKNOWN_SECONDS - 0.1
        assert await keys.find(token(1)) is None
    assert len(sent) == 1
    seconds.now += 0.1
    async with count_statements(pool) as sent:
        assert await keys.find(token(1)) is None
    assert len(sent) == 1


async def test_while_nothing_is_heard_it_is_looked_for_as_soon_as_any_key(pool: Pool, seconds: Seconds):
    keys = await hearing(KeyRing(pool, seconds))
    await keys.find(token(1))
    keys.cut_off()
    async with count_statements(pool) as sent:
        for moved in (0.0, REMEMBERED_SECONDS - 0.1, 0.1):
            seconds.now += moved
            assert await keys.find(token(1)) is None
    assert len(sent) == 2


async def test_a_revoked_key_is_remembered_like_any_other_stranger(pool: Pool, seconds: Seconds):
    keys = await hearing(KeyRing(pool, seconds))
    made = await create_key(pool, "lost", KeyKind.APP, utc_now)
    assert await keys.find(made.token) == made.key
    await revoke_key(pool, made.key.id, utc_now)
    async with count_statements(pool) as sent:
        for moved in (REMEMBERED_SECONDS, REMEMBERED_SECONDS, REMEMBERED_SECONDS):
            seconds.now += moved
            assert await keys.find(made.token) is None
    assert (len(sent), keys.known_until(made.token)) == (1, 0.0)


async def test_strangers_fill_no_memory_and_make_no_key_forgotten(pool: Pool, seconds: Seconds, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "UNKNOWN_TOKENS", 20)
    monkeypatch.setattr(service, "REMEMBERED_KEYS", 2)
    keys = await hearing(KeyRing(pool, seconds))
    made = [await create_key(pool, "a key", KeyKind.WEB, utc_now) for _ in range(3)]
    for each in made:
        await keys.find(each.token)
    for number in range(50):
        await keys.find(token(number))
    assert (list(keys._known), len(keys._unknown)) == ([each.token for each in made[1:]], 20)
    async with count_statements(pool) as sent:
        assert [await keys.find(each.token) for each in made[1:]] == [each.key for each in made[1:]]
        assert await keys.find(token(49)) is None
    assert len(sent) == 0


async def test_strangers_are_looked_for_one_at_a_time(seconds: Seconds):
    database = SlowDatabase()
    keys = KeyRing(database, seconds)
    looking = [asyncio.create_task(keys.find(token(number))) for number in range(10)]
    await database.until_asked()
    assert database.asked == 1
    database.answers.set()
    assert await asyncio.gather(*looking) == [None] * 10
    assert (database.asked, database.at_once) == (10, 1)


async def test_a_stranger_is_who_would_be_looked_for_and_was_never_met(pool: Pool, seconds: Seconds):
    keys = await hearing(KeyRing(pool, seconds))
    made = await create_key(pool, "shop window", KeyKind.WEB, utc_now)
    asked = (made.token, token(1), "sp_web_too-short")
    before = [keys.is_stranger(each) for each in asked]
    for each in asked:
        await keys.find(each)
    after = [keys.is_stranger(each) for each in asked]
    seconds.now += UNKNOWN_SECONDS
    assert (before, after, [keys.is_stranger(each) for each in asked]) == (
        [True, True, False],
        [False, False, False],
        [False, True, False],
    )


async def test_what_was_looked_for_while_a_key_was_made_is_looked_for_again(seconds: Seconds):
    database = SlowDatabase()
    keys = await hearing(KeyRing(database, seconds))
    first = asyncio.create_task(keys.find(token(1)))
    await database.until_asked()
    keys.heard("key_made", "")
    database.answers.set()
    assert (await first, await keys.find(token(1)), database.asked) == (None, None, 2)
    assert (await keys.find(token(1)), database.asked) == (None, 2)


async def test_a_new_key_is_found_at_once_and_one_that_was_tried_before_when_it_is_announced(pool: Pool, database: str, seconds: Seconds):
    """In the process that made it and in another one."""
    randomness = secrets.token_bytes(TOKEN_BYTES)
    tried = token_for(KeyKind.POS, randomness)
    listeners = [Listener(partial(connect, database)) for _ in range(2)]
    rings = [KeyRing(pool, seconds) for _ in listeners]
    try:
        for listener, keys in zip(listeners, rings, strict=True):
            await listener.subscribe(keys)
            await listener.start()
            assert await keys.find(tried) is None

        async def made(**how: object) -> NewKey:
            return await create_key(pool, "kasa 1", KeyKind.POS, utc_now, **how)

        new, known = await made(), await made(randomness=lambda _: randomness)
        assert known.token == tried
        assert [await keys.find(new.token) for keys in rings] == [new.key] * 2
        async with asyncio.timeout(30):
            while [await keys.find(tried) for keys in rings] != [known.key] * 2:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
    finally:
        for listener in listeners:
            await listener.stop()
    assert seconds.now == 100.0, "nothing was found by the mere passing of time"
