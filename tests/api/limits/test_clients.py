"""Who counts as one client."""

import logging
from datetime import UTC, datetime

import pytest

from api.authentication import BUYER, caller_of
from api.limits.clients import ClientLimits
from api.limits.refusals import QUIET_SECONDS
from spoina.access.types import Key, KeyKind
from spoina.errors import Throttled
from spoina.ids import KeyId
from spoina.usage.types import UNNAMED
from tests.api.limits.limited import ADDRESS, OTHER_ADDRESS, Seconds, ledger


def key(kind: KeyKind, number: int = 7) -> Key:
    return Key(id=KeyId(number), name="kasa 3", kind=kind, hint="abcd", created_at=datetime(2026, 3, 1, tzinfo=UTC))


def scope(address: str | None) -> dict:
    return {"client": None if address is None else (address, 50_000)}


def limits(seconds: Seconds, *, address: int = 1, key: int = 2) -> ClientLimits:
    return ClientLimits(None, ledger(seconds), address_rate=address, key_rate=key)


@pytest.mark.parametrize(
    ("case", "kind", "address", "headers", "name", "of", "rate"),
    [
        ("a shopper's page", KeyKind.WEB, ADDRESS, {}, f"address:{ADDRESS}/32", "address", 1),
        ("an app", KeyKind.APP, ADDRESS, {}, f"address:{ADDRESS}/32", "address", 1),
        ("nobody's key", None, ADDRESS, {}, f"address:{ADDRESS}/32", "address", 1),
        ("a till", KeyKind.POS, ADDRESS, {}, "key:7", "pos", 2),
        ("a program of the staff's", KeyKind.STAFF, ADDRESS, {}, "key:7", "staff", 2),
        ("the frontend's server", KeyKind.SERVER, ADDRESS, {}, "key:7", "server", 2),
        ("its shopper", KeyKind.SERVER, ADDRESS, {BUYER: b" 212.77.98.10 "}, f"address:{OTHER_ADDRESS}/32", "address", 1),
        ("its shopper, left empty", KeyKind.SERVER, ADDRESS, {BUYER: b""}, "key:7", "server", 2),
        ("a page that names somebody else", KeyKind.WEB, ADDRESS, {BUYER: b"212.77.98.10"}, f"address:{ADDRESS}/32", "address", 1),
        ("a till that names somebody else", KeyKind.POS, ADDRESS, {BUYER: b"212.77.98.10"}, "key:7", "pos", 2),
        ("a subscriber by IPv6", KeyKind.WEB, "2a01:110:1:2:3:4:5:6", {}, "address:2a01:110:1:2::/64", "address", 1),
        ("IPv4 in IPv6", KeyKind.WEB, f"::ffff:{ADDRESS}", {}, f"address:{ADDRESS}/32", "address", 1),
        ("the same machine", KeyKind.WEB, "127.0.0.1", {}, "own", "own", 0),
        ("the same network", KeyKind.WEB, "10.3.2.1", {}, "own", "own", 0),
        ("a Unix socket", KeyKind.WEB, None, {}, "own", "own", 0),
        ("no address at all", KeyKind.WEB, "<script>", {}, "address:unreadable", "address", 1),
    ],
)
def test_a_client_is_told_from_others(case, kind, address, headers, name, of, rate):
    known = limits(Seconds())
    asked = None if kind is None else key(kind)
    budget = known.of(asked, scope(address), headers)
    assert (budget.name, budget.allowance.of, budget.allowance.per_second) == (name, of, rate)
    assert known.of(asked, scope(address), headers) is budget


def test_two_of_one_subscribers_addresses_share_a_budget():
    known = limits(Seconds())
    first, second = (known.of(None, scope(f"2a01:110:1:2::{each}"), {}) for each in (1, 2))
    assert first is second


def test_both_classes_can_be_switched_off_by_themselves():
    off = limits(Seconds(), address=0)
    off.of(key(KeyKind.WEB), scope(ADDRESS), {}).pay(10**9)
    till = off.of(key(KeyKind.POS), scope(ADDRESS), {})
    till.pay(120)
    with pytest.raises(Throttled):
        till.pay(1)


def test_who_asks_too_much_stops_nobody_else():
    known = limits(Seconds())
    known.of(key(KeyKind.WEB), scope(ADDRESS), {}).pay(60)
    with pytest.raises(Throttled):
        known.of(key(KeyKind.APP, 8), scope(ADDRESS), {}).pay(1)
    for asked, address in ((key(KeyKind.WEB), OTHER_ADDRESS), (key(KeyKind.POS), ADDRESS), (key(KeyKind.SERVER, 9), ADDRESS)):
        known.of(asked, scope(address), {}).pay(1)


def test_guesses_of_a_shopper_are_counted_where_the_server_says():
    named = {BUYER: b"212.77.98.10"}
    kinds = (KeyKind.SERVER, KeyKind.WEB, KeyKind.STAFF)
    told = [caller_of(key(kind), scope(ADDRESS), named, UNNAMED, lambda _: None).address for kind in kinds]
    assert told == [OTHER_ADDRESS, ADDRESS, ADDRESS]
    assert caller_of(key(KeyKind.WEB), scope(None), {}, UNNAMED, lambda _: None).address == "key 7"


def test_a_refused_client_is_told_of_once_a_minute_and_never_by_its_whole_address(caplog):
    seconds = Seconds()
    known = limits(seconds)
    clients = [known.of(key(KeyKind.WEB), scope(address), {}) for address in (ADDRESS, "2a01:110:1:2:3:4:5:6")]
    clients.append(known.of(key(KeyKind.POS), scope(ADDRESS), {}))
    with caplog.at_level(logging.WARNING, "api.limits"):
        for moved in (0.0, 0.0, QUIET_SECONDS):
            seconds.now += moved
            for each in clients:
                each.learn(each.allowance.at_once)
                with pytest.raises(Throttled):
                    each.pay(1)
    lines = ["throttled: an address in 212.77.98.0/24", "throttled: an address in 2a01:110:1::/48", "throttled: key 7 (kasa 3)"]
    assert [record.getMessage() for record in caplog.records] == lines * 2
    counted = {sample.labels["client"]: sample.value for sample in _samples(known)}
    assert counted == {"address": 6.0, "pos": 3.0}


def _samples(known: ClientLimits) -> list:
    (family,) = known._ledger.refusals.counter.collect()
    return [each for each in family.samples if each.name.endswith("_total")]
