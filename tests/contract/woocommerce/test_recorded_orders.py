"""The simulated shop's orders against recorded ones of a real WooCommerce 10.5: the same requests, compared to the grosz and to the key."""

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.woocommerce.replaying import FULL_KEY, Moment, Receiver, basic, client_of, differences, shop_as_recorded

RECORDED = Path(__file__).parent / "recorded_orders"
REPLAYED = [
    *("111-err-404-order", "132-err-order-no-such-product", "133-err-order-no-such-sku", "134-err-order-bad-status"),
    *("135-err-order-coupon-expired", "320-order-post-outside-channel", "321-order-post-pending", "322-order-put-processing"),
    *("323-order-put-completed", "324-order-put-cancelled", "325-order-post-by-sku", "327-order-post-oversell", "328-refund-line-restock"),
    *("329-refund-amount", "330-err-refund-too-large", "331-order-parent-managed"),
]
TOOK_A_SECOND = {"325-order-post-by-sku"}
"""The real shop was still at it when the next second began: its last date says so."""
CHANCE = {"order_key", "payment_url", "_links", "image", "display_key", "display_value"}
"""Random, or of pictures and words that only a theme knows."""


def load(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / f"{name}.json").read_text())


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [comparable(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: comparable(one) for name, one in value.items() if name not in CHANCE}
    return {name: one for name, one in kept.items() if not ("key" in value and name == "id")}


@pytest.fixture(scope="module")
async def replayed() -> dict[str, httpx.Response]:
    """All of them in order, against one shop that changes along."""
    moment, answers = Moment(), {}
    shop = shop_as_recorded(moment)
    async with client_of(shop, Receiver()) as client:
        moment.set_gmt("2026-11-21T21:24:00")
        shop.next_id = 883
        shop.variations.put({**shop.variations.get(331), "price": "777.00", "regular_price": "777.00"})  # by an experiment between
        await client.post("/wp-json/wc/v3/orders", json={}, headers=headers())
        for name in REPLAYED:
            recorded = load(name)
            set_numbers(shop, recorded["response"]["body"])
            moment.now = parsedate_to_datetime(recorded["response"]["date"]) - timedelta(seconds=name in TOOK_A_SECOND)
            call = recorded["request"]
            answers[name] = await client.request(call["method"], call["path"], json=call["body"], headers=headers())
    return answers


def headers() -> dict[str, str]:
    return {"x-forwarded-proto": "https", "authorization": basic(FULL_KEY)}


def set_numbers(shop, body: Any) -> None:
    """Between the recorded requests others took numbers."""
    shop.next_id = body.get("id", shop.next_id)
    if isinstance(body.get("data"), dict):
        shop.next_id = body["data"].get("new_draft_order_id", shop.next_id)
    if body.get("line_items"):
        shop.orders._next["item"] = body["line_items"][0]["id"]


@pytest.mark.parametrize("name", REPLAYED)
def test_the_answer_is_the_recorded_one(name: str, replayed: dict[str, httpx.Response]) -> None:
    recorded, answer = load(name)["response"], replayed[name]
    found = list(differences(comparable(recorded["body"]), comparable(answer.json())))
    if name in TOOK_A_SECOND:
        found = [each for each in found if not each.startswith(".date_modified")]
    assert (answer.status_code, found) == (recorded["status"], [])


async def test_lines_with_their_own_amounts_are_taxed_as_recorded() -> None:
    recorded = load("335-order-own-prices-per-line")["order"]
    moment = Moment()
    moment.set_gmt(recorded["date_created_gmt"])
    shop = shop_as_recorded(moment)
    shop.next_id, shop.orders._next["item"] = recorded["id"], recorded["line_items"][0]["id"]
    body = {
        **{name: recorded[name] for name in ("billing", "shipping", "payment_method", "payment_method_title")},
        "set_paid": True,
        "line_items": [{"product_id": 215, "quantity": 2, "subtotal": "81.30", "total": "73.17"}],
    }
    async with client_of(shop, Receiver()) as client:
        answer = await client.post("/wp-json/wc/v3/orders", json=body, headers=headers())
    assert list(differences(comparable(recorded), comparable(answer.json()))) == []
