"""The simulated shop answers what a real WooCommerce 10.5 answered: status, headers, keys in order, types, values."""

from typing import Any, NamedTuple

import httpx
import pytest

from tests.contract.woocommerce.replaying import (
    FULL_KEY,
    HEADERS,
    KEYS,
    Moment,
    Receiver,
    client_of,
    differences,
    exchanges,
    load,
    replay,
    shop_as_recorded,
    unsigned,
)


class Pair(NamedTuple):
    recorded: dict[str, Any]
    answer: httpx.Response


@pytest.fixture(scope="module")
async def replayed() -> dict[str, Pair]:
    """All exchanges in the order of the recording, against one shop that changes along."""
    moment = Moment()
    shop = shop_as_recorded(moment)
    pairs = {}
    async with client_of(shop, Receiver()) as client:
        for name in exchanges():
            exchange = load(name)["response"]
            key = KEYS.get(name[:3], FULL_KEY)
            pairs[name] = Pair(exchange, await replay(client, moment, load(name), key))
    return pairs


def test_the_recording_is_there() -> None:
    assert len(exchanges()) == 105


@pytest.mark.parametrize("name", exchanges())
def test_status_and_body(name: str, replayed: dict[str, Pair]) -> None:
    recorded, answer = replayed[name]
    body = answer.json() if answer.content else ""
    assert (answer.status_code, list(differences(recorded["body"], body))) == (recorded["status"], [])


@pytest.mark.parametrize("name", exchanges())
def test_headers(name: str, replayed: dict[str, Pair]) -> None:
    recorded, answer = replayed[name]
    expected = {header: unsigned(recorded["headers"].get(header)) for header in HEADERS}
    assert {header: unsigned(answer.headers.get(header)) for header in HEADERS} == expected


def test_drawn_pictures_have_the_shape_of_uploaded_ones(replayed: dict[str, Pair]) -> None:
    recorded, answer = replayed["001-products-page1"]
    uploaded = next(product["images"][0] for product in recorded["body"] if product["images"])
    for product in answer.json():
        for image in product["images"]:
            assert list(image) == list(uploaded)
            assert [type(value) for value in image.values()] == [type(value) for value in uploaded.values()]
        assert product["images"]


@pytest.mark.parametrize(
    ("case", "changed"),
    [
        ("another value", {"id": 1, "price": "2.00", "tags": []}),
        ("another type", {"id": 1, "price": 1.0, "tags": []}),
        ("a key less", {"id": 1, "price": "1.00"}),
        ("a key more", {"id": 1, "price": "1.00", "tags": [], "more": None}),
        ("another order", {"price": "1.00", "id": 1, "tags": []}),
        ("a longer list", {"id": 1, "price": "1.00", "tags": [1]}),
        ("true for one", {"id": True, "price": "1.00", "tags": []}),
    ],
)
def test_the_comparison_sees(case: str, changed: object) -> None:
    assert list(differences({"id": 1, "price": "1.00", "tags": []}, changed)) != []
