import json
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.woocommerce.mapping import map_variation
from channels.woocommerce.payloads import Unmappable
from spoina.catalog.facts import StockFact, VariationFacts
from spoina.catalog.hashing import variation_hash
from spoina.catalog.types import Dimensions, Image, SelectedOption, Status, StockPolicy, Variant
from spoina.pricing.types import PriceSchedule
from tests.channels.woocommerce.recordings import AS_OF, body, context, items, recording


def changed(recording_name: str, **changes: Any) -> VariationFacts:
    """The recorded variation (or the first of the recorded page) with other values."""
    recorded = body(recording_name)
    payload = recorded[0] if isinstance(recorded, list) else recorded
    return map_variation(json.dumps(payload | changes).encode(), context(), AS_OF)


def test_every_recorded_variation_is_mapped():
    pages = ("021", "024", "026")
    payloads = [payload for page in pages for payload in body(page)]
    facts = [map_variation(item, context(), AS_OF) for item in items(*pages)]
    assert len(facts) == 38
    for payload, fact in zip(payloads, facts, strict=True):
        assert (fact.variant.id, fact.parent_id, fact.status) == (payload["id"], payload["parent_id"], Status.PUBLISH)
        assert fact.variant.product_id == fact.parent_id
        assert fact.variant.prices.regular == round(float(payload["regular_price"]) * 100)
        assert [option.value for option in fact.variant.options] == [attribute["option"] for attribute in payload["attributes"]]
        assert fact.variant.title == " / ".join(option.value for option in fact.variant.options)
        if payload["manage_stock"] == "parent":
            assert (fact.variant.stock.item, fact.stock) == (fact.parent_id, None)
        else:
            assert fact.stock == StockFact(item=fact.variant.id, on_hand=payload["stock_quantity"])


def test_a_variation_that_counts_its_own_pieces():
    assert changed("022") == VariationFacts(
        variant=Variant(
            id=347,
            product_id=248,
            title="XL / Błękit",
            prices=PriceSchedule(regular=44849),
            as_of=AS_OF,
            sku="OD-0233-08",
            options=(SelectedOption("Rozmiar", "XL"), SelectedOption("Kolor", "Błękit")),
            stock=StockPolicy(item=347),
            weight_grams=630,
            dimensions=Dimensions(length=270, width=440, height=73),
        ),
        parent_id=248,
        status=Status.PUBLISH,
        modified_at=datetime(2026, 11, 21, 21, 22, 11, tzinfo=UTC),
        stock=StockFact(item=347, on_hand=0),
    )


def test_any_value_of_an_axis_is_no_option():
    size = {"id": 1, "name": "Rozmiar", "slug": "pa_rozmiar", "option": "XL"}
    for attributes in ([size], [size, {"id": 2, "name": "Kolor", "slug": "pa_kolor", "option": ""}]):
        variant = changed("022", attributes=attributes).variant
        assert (variant.options, variant.title) == ((SelectedOption("Rozmiar", "XL"),), "XL")


def test_a_variation_of_any_value_is_called_as_the_shop_calls_it():
    assert changed("022", attributes=[], name="Dowolny &amp; każdy").variant.title == "Dowolny & każdy"


@pytest.mark.parametrize("picture", [{"image": {"id": 5, "src": "http://127.0.0.1:8081/x.png", "alt": "a &amp; b"}}, {}])
def test_the_picture_of_either_controller(picture: dict[str, Any]):
    changes = picture or {"images": [{"id": 5, "src": "https://127.0.0.1:8081/x.png", "alt": "a & b"}]}
    assert changed("022", **changes).variant.image == Image(id=5, url="https://127.0.0.1:8081/x.png", alt="a & b")


@pytest.mark.parametrize("nothing", [None, [], {"id": 0, "src": ""}])
def test_no_picture(nothing: object):
    assert changed("022", image=nothing).variant.image is None


def test_a_variation_as_the_products_controller_tells_it_is_the_same_variation():
    """Webhooks and products/{id} give the product's shape; only the name of it differs, which options outweigh."""
    (delivered,) = recording("308")["delivered"]
    facts = map_variation(delivered["body"].encode(), context(), AS_OF)
    assert (facts.variant.id, facts.parent_id, facts.variant.title) == (331, 246, "XL / Granat")
    assert facts.stock == StockFact(item=331, on_hand=44)


def test_a_variation_that_is_switched_off_cannot_be_bought():
    facts = changed("022", status="private")
    assert (facts.status, facts.variant.purchasable) == (Status.PRIVATE, False)


def test_shops_before_10_3_name_the_parent_in_a_link():
    assert changed("021", parent_id=0).parent_id == 248


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parent_id": 0, "_links": {"up": [{"href": "https://x/products/0"}]}}, "the shop does not say which product it belongs to"),
        ({"status": "trash"}, "it is in the shop's trash"),
        ({"sale_price": "tanio"}, "the sale price is not a number: 'tanio'"),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_plain_words(change: dict[str, Any], reason: str):
    with pytest.raises(Unmappable) as refused:
        changed("022", **change)
    assert (refused.value.kind, refused.value.external_id, refused.value.reason) == ("variation", 347, reason)


def test_the_hash_knows_nothing_of_when_it_was_read():
    later = map_variation(items("021")[0], context(), datetime(2027, 1, 1, tzinfo=UTC))
    assert variation_hash(later) == variation_hash(changed("021"))
    assert variation_hash(changed("021", regular_price="9")) != variation_hash(changed("021"))
