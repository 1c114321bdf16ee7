from datetime import UTC, datetime

import pytest

from spoina.access.rules import SCOPES, digest_of, may, token_for
from spoina.access.service import REMEMBERED_SECONDS, KeyRing, create_key, list_keys, revoke_key
from spoina.access.types import KeyKind, Scope
from spoina.db import Pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from spoina.ids import KeyId
from tests.spoina.access.rings import Seconds

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def clock() -> datetime:
    return NOON


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_token_says_its_kind_and_carries_all_its_randomness(kind):
    assert token_for(kind, bytes(range(32))) == f"sp_{kind}_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_only_staff_may_look_into_the_machinery():
    assert SCOPES.keys() == set(KeyKind)
    assert [kind for kind in KeyKind if may(kind, Scope.QUARANTINE_WRITE)] == [KeyKind.STAFF]
    assert [kind for kind in KeyKind if may(kind, Scope.SYNC_READ)] == [KeyKind.STAFF]
    assert all(may(kind, Scope.STOREFRONT_READ) for kind in KeyKind)


def test_the_frontends_server_may_what_its_pages_may():
    assert SCOPES[KeyKind.SERVER] == SCOPES[KeyKind.WEB]


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_a_key_of_every_kind_is_found_again(pool: Pool, kind):
    made = await create_key(pool, "a key", kind, clock)
    assert await KeyRing(pool, Seconds()).find(made.token) == made.key


async def test_the_database_keeps_a_digest_and_never_the_token(pool: Pool):
    made = await create_key(pool, "  shop window ", KeyKind.WEB, clock)
    row = dict(await pool.fetchrow("select name, kind, digest, hint, created_at, revoked_at from api_key"))
    assert row == {
        "name": "shop window",
        "kind": "web",
        "digest": digest_of(made.token),
        "hint": made.token[-4:],
        "created_at": NOON,
        "revoked_at": None,
    }
    assert made.token not in repr(made)


async def test_two_keys_of_the_same_name_differ(pool: Pool):
    first, second = [await create_key(pool, "till", KeyKind.POS, clock) for _ in range(2)]
    assert first.token != second.token
    assert [key.id for key in await list_keys(pool)] == [first.key.id, second.key.id]


@pytest.mark.parametrize(("name", "error"), [("", InvalidInput), ("   ", InvalidInput), ("x" * 101, LimitExceeded)])
async def test_a_name_that_is_no_name_makes_no_key(pool: Pool, name, error):
    with pytest.raises(error):
        await create_key(pool, name, KeyKind.WEB, clock)
    assert await list_keys(pool) == []


async def test_a_key_is_revoked_once(pool: Pool):
    made = await create_key(pool, "till", KeyKind.POS, clock)
    assert (await revoke_key(pool, made.key.id, clock)).revoked_at == NOON
    with pytest.raises(NotFound):
        await revoke_key(pool, made.key.id, clock)
    with pytest.raises(NotFound):
        await revoke_key(pool, KeyId(999), clock)


async def test_a_known_key_is_recognised_without_asking_again_until_it_is_time_to(pool: Pool):
    seconds = Seconds()
    keys = KeyRing(pool, seconds)
    made = await create_key(pool, "shop window", KeyKind.WEB, clock)
    assert await keys.find(made.token) == made.key

    await revoke_key(pool, made.key.id, clock)
    seconds.now += REMEMBERED_SECONDS - 0.1
    assert await keys.find(made.token) == made.key
    seconds.now += 0.2
    assert await keys.find(made.token) is None


@pytest.mark.parametrize("token", ["", "sp_web_", "sp_web_" + "a" * 42, "sp_web_" + "a" * 44, "sp_boss_" + "a" * 43, "sp_web_" + "ż" * 43])
async def test_what_is_no_token_is_refused_without_a_question_to_the_database(token):
    assert await KeyRing(None, Seconds()).find(token) is None


async def test_an_unknown_key_is_none(pool: Pool):
    assert await KeyRing(pool, Seconds()).find("sp_web_" + "a" * 43) is None
