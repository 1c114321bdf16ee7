"""Who asks: known by key and address for as long as the key is, and never taken for somebody else."""

import pytest

from api import askers as module
from api.askers import Askers
from api.authentication import BUYER
from api.clients import Clients
from api.limits.clients import ClientLimits
from spoina.access.service import REMEMBERED_SECONDS, KeyRing, create_key, revoke_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.errors import Unauthorized
from spoina.ids import Channel
from tests.api.limits.limited import ADDRESS, OTHER_ADDRESS, Seconds, ledger
from tests.sql_statements import count_statements

STOREFRONTS = {Channel(name): f"the storefront of {name}" for name in ("web", "app", "pos")}


def scope(address: str = ADDRESS) -> dict:
    return {"client": (address, 50_000)}


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def askers(pool: Pool, seconds: Seconds) -> Askers:
    keys = KeyRing(pool, seconds)
    return Askers(STOREFRONTS, keys, Clients(), ClientLimits(keys, ledger(seconds), address_rate=1, key_rate=2))


async def bearer(pool: Pool, kind: KeyKind) -> dict[bytes, bytes]:
    return {b"authorization": f"Bearer {(await create_key(pool, f'the {kind} key', kind, utc_now)).token}".encode()}


async def test_who_asked_a_moment_ago_is_known_without_a_statement(askers: Askers, pool: Pool):
    web = await bearer(pool, KeyKind.WEB)
    assert askers.known(scope(), web) is None
    met = await askers.find(scope(), web)
    async with count_statements(pool) as sent:
        assert await askers.find(scope(), web) is met is askers.known(scope(), web)
    assert len(sent) == 0
    assert (met.storefront, met.caller.address, met.caller.client.name) == ("the storefront of web", ADDRESS, "the web key")


async def test_each_key_and_each_address_is_somebody_else(askers: Askers, pool: Pool):
    web, app = await bearer(pool, KeyKind.WEB), await bearer(pool, KeyKind.APP)
    found = [await askers.find(scope(address), key) for key in (web, app) for address in (ADDRESS, OTHER_ADDRESS)]
    again = [await askers.find(scope(address), key) for key in (web, app) for address in (ADDRESS, OTHER_ADDRESS)]
    told = [(each.storefront, each.caller.address, each.budget.name) for each in again]
    assert found == again
    assert told == [
        (f"the storefront of {channel}", address, f"address:{address}/32")
        for channel in ("web", "app")
        for address in (ADDRESS, OTHER_ADDRESS)
    ]


async def test_a_key_that_was_taken_back_is_known_no_longer_than_the_ring_knows_it(askers: Askers, pool: Pool, seconds: Seconds):
    made = await create_key(pool, "window", KeyKind.WEB, utc_now)
    web = {b"authorization": f"Bearer {made.token}".encode()}
    await askers.find(scope(), web)
    await revoke_key(pool, made.key.id, utc_now)
    seconds.now += REMEMBERED_SECONDS - 0.1
    await askers.find(scope(OTHER_ADDRESS), web)
    assert askers.known(scope(), web)
    seconds.now += 0.1
    assert (askers.known(scope(), web), askers.known(scope(OTHER_ADDRESS), web)) == (None, None)
    for address in (ADDRESS, OTHER_ADDRESS):
        with pytest.raises(Unauthorized):
            await askers.find(scope(address), web)


@pytest.mark.parametrize("name", [BUYER, b"x-client-name", b"graphql-client-version"])
async def test_whoever_says_more_of_himself_is_not_taken_for_who_did_not(askers: Askers, pool: Pool, name: bytes):
    server = await bearer(pool, KeyKind.SERVER)
    plain = await askers.find(scope(), server)
    named = await askers.find(scope(), {**server, name: b"212.77.98.10"})
    assert named.caller != plain.caller
    assert await askers.find(scope(), server) is plain


async def test_a_key_in_the_dialects_own_header_is_not_found_by_another_headers_text(askers: Askers, pool: Pool):
    """`Authorization: Basic …` belongs to a proxy: it names no key, whoever sends it."""
    web, app = await bearer(pool, KeyKind.WEB), await bearer(pool, KeyKind.APP)
    asked = [
        {b"authorization": b"Basic c2tsZXA=", b"x-shopify-storefront-access-token": key[b"authorization"].removeprefix(b"Bearer ")}
        for key in (web, app)
    ]
    assert [(await askers.find(scope(), each)).caller.device for each in asked] == ["the web key", "the app key"]


async def test_what_is_known_is_bounded(askers: Askers, pool: Pool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_KNOWN", 3)
    web = await bearer(pool, KeyKind.WEB)
    for number in range(10):
        await askers.find(scope(f"212.77.98.{number}"), web)
    known = [number for number in range(10) if askers.known(scope(f"212.77.98.{number}"), web)]
    assert known == [9]
