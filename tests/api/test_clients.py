"""Who asks: named by its headers, else by its key, and never more of them than are worth telling apart."""

from datetime import UTC, datetime

import pytest

from api.clients import MOST_OF_A_KEY, Clients
from spoina.access.types import Key, KeyKind
from spoina.ids import KeyId
from spoina.usage.types import Client

KEY = Key(id=KeyId(7), name="sklep.example", kind=KeyKind.WEB, hint="abcd", created_at=datetime(2026, 3, 1, tzinfo=UTC))
OTHER_KEY = Key(id=KeyId(8), name="app", kind=KeyKind.APP, hint="efgh", created_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("case", "headers", "expected"),
    [
        ("no header", {}, Client("sklep.example")),
        ("Apollo's", {b"apollographql-client-name": b"ios", b"apollographql-client-version": b"4.1"}, Client("ios", "4.1")),
        ("ours", {b"x-client-name": b"till", b"x-client-version": b"9"}, Client("till", "9")),
        ("the specification's", {b"graphql-client-name": b"kiosk"}, Client("kiosk")),
        ("a version alone", {b"x-client-version": b"9"}, Client("sklep.example", "9")),
        ("what cannot be printed", {b"x-client-name": b"a\x00\xffb \n"}, Client("a\ufffdb")),
        ("too long", {b"x-client-name": b"x" * 500}, Client("x" * 60)),
    ],
)
def test_a_client_is_named(case, headers, expected) -> None:
    assert Clients().of(KEY, headers) == expected


def test_the_same_long_name_is_one_client() -> None:
    clients = Clients()
    named = [clients.of(KEY, {b"x-client-name": b"x" * 60 + b"%d" % number}) for number in range(2 * MOST_OF_A_KEY)]
    assert named == [Client("x" * 60)] * len(named)


def test_random_names_of_a_key_become_one_and_touch_no_other_key() -> None:
    clients = Clients()
    for number in range(MOST_OF_A_KEY):
        clients.of(KEY, {b"x-client-name": b"%d" % number})
    assert clients.of(KEY, {b"x-client-name": b"one too many"}) == Client("sklep.example", "others")
    assert clients.of(KEY, {b"x-client-name": b"5"}) == Client("5")
    assert clients.of(OTHER_KEY, {b"x-client-name": b"ios"}) == Client("ios")
    assert len(clients._known) == MOST_OF_A_KEY + 1
