"""What listeners are told, what they are not, and when WooCommerce gives up on them."""

import json

import httpx
import pytest

from simulators.woocommerce.faults import Faults
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.webhooks import signature
from tests.simulators.woocommerce.conftest import Hands, Receiver

HOOK = {"topic": "product.updated", "delivery_url": "http://127.0.0.1:9/hook", "secret": "sekret & żółw"}


@pytest.fixture
async def hook(api: httpx.AsyncClient, receiver: Receiver) -> int:
    created = (await api.post("/webhooks", json=HOOK)).json()
    receiver.received.clear()
    return int(created["id"])


async def run_queue(shop: Shop, clock: Hands, receiver: Receiver) -> list[dict[str, object]]:
    """Drains what is due now; the bodies that were delivered."""
    receiver.received.clear()
    clock.forward(seconds=2)
    await shop.run_queue(receiver)
    return [json.loads(body) for _, _, body in receiver.received]


async def test_quick_changes_make_one_delivery_with_the_last_state(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver, hook: int
) -> None:
    for quantity in range(5):
        await api.put("/products/218", json={"stock_quantity": quantity})
    delivered = await run_queue(shop, clock, receiver)
    assert [(body["id"], body["stock_quantity"]) for body in delivered] == [(218, 4)]
    [(_, headers, body)] = receiver.received
    assert headers["X-WC-Webhook-Signature"] == signature(HOOK["secret"], body)


async def test_nothing_is_delivered_before_its_time(api: httpx.AsyncClient, shop: Shop, receiver: Receiver, hook: int) -> None:
    await api.put("/products/218", json={})
    await shop.run_queue(receiver)
    assert (receiver.received, shop.webhooks.waiting) == ([], 1)


async def test_what_is_gone_at_delivery_is_an_error_body(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver, hook: int
) -> None:
    await api.put("/products/218", json={})
    await api.delete("/products/218", params={"force": "true"})
    assert await run_queue(shop, clock, receiver) == [
        {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    ]


@pytest.mark.parametrize(
    ("case", "method", "path", "body"),
    [
        ("a variation deleted", "DELETE", "/products/248/variations/347?force=true", None),
        ("a product deleted for good", "DELETE", "/products/218?force=true", None),
        ("a category renamed", "PUT", "/products/categories/47", {"name": "Buty i kapcie"}),
        ("an attribute's term renamed", "PUT", "/products/attributes/1/terms/81", {"name": "Extra small"}),
        ("a refused change", "PUT", "/products/218", {"regular_price": 1}),
    ],
)
async def test_nobody_hears_of(case: str, method: str, path: str, body: object, api: httpx.AsyncClient, shop: Shop, hook: int) -> None:
    await api.request(method, path, json=body)
    assert shop.webhooks.waiting == 0


async def test_the_seventh_failure_in_a_row_disables(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver, hook: int
) -> None:
    receiver.status = 500
    states = []
    for _ in range(7):
        await api.put("/products/218", json={})
        await run_queue(shop, clock, receiver)
        states.append((shop.webhooks.all[hook].status, shop.webhooks.all[hook].failure_count))
    assert states == [*(("active", count) for count in range(1, 7)), ("disabled", 6)]
    await api.put("/products/218", json={})
    assert shop.webhooks.waiting == 0


async def test_reactivating_does_not_forget_and_one_success_does(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver, hook: int
) -> None:
    webhook = shop.webhooks.all[hook]
    webhook.status, webhook.failure_count = "disabled", 6
    await api.put(f"/webhooks/{hook}", json={"status": "active"})
    receiver.status = None
    await api.put("/products/218", json={})
    await run_queue(shop, clock, receiver)
    assert (webhook.status, webhook.failure_count) == ("disabled", 6)
    await api.put(f"/webhooks/{hook}", json={"status": "active"})
    receiver.status = 302
    await api.put("/products/218", json={})
    await run_queue(shop, clock, receiver)
    assert (webhook.status, webhook.failure_count) == ("active", 0)


async def test_an_unanswered_ping_is_sent_again_at_every_save(api: httpx.AsyncClient, receiver: Receiver) -> None:
    receiver.status = None
    of = (await api.post("/webhooks", json=HOOK)).json()["id"]
    receiver.status = 200
    for name in ("a", "b"):
        await api.put(f"/webhooks/{of}", json={"name": name})
    assert receiver.topics() == ["ping", "ping"]


async def test_a_secret_is_never_shown(api: httpx.AsyncClient, shop: Shop, hook: int) -> None:
    listed = await api.get("/webhooks")
    assert HOOK["secret"] not in listed.text
    assert "secret" not in listed.json()[0]
    assert HOOK["secret"] not in repr(shop.webhooks.all[hook])


@pytest.mark.parametrize(
    ("case", "faults", "expected"),
    [
        ("lost", Faults(webhooks_lost=1), []),
        ("doubled", Faults(webhooks_doubled=1), [10, 10, 11, 11, 12, 12, 15, 15]),
        ("as they came", Faults(), [10, 11, 12, 15]),
    ],
)
async def test_deliveries_go_astray(
    case: str,
    faults: Faults,
    expected: list[int],
    api: httpx.AsyncClient,
    shop: Shop,
    clock: Hands,
    receiver: Receiver,
    hook: int,
) -> None:
    shop.dice.faults = faults
    for of in (10, 11, 12, 15):
        await api.put(f"/products/{of}", json={})
    assert [body["id"] for body in await run_queue(shop, clock, receiver)] == expected


async def test_deliveries_out_of_order_and_late(api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver, hook: int) -> None:
    shop.dice.faults = Faults(webhooks_reordered=True, webhooks_delay_seconds=60)
    ids = [10, 11, 12, 15, 16, 17, 20, 21, 22, 23]
    for of in ids:
        await api.put(f"/products/{of}", json={})
    assert await run_queue(shop, clock, receiver) == []
    clock.forward(seconds=60)
    delivered = [body["id"] for body in await run_queue(shop, clock, receiver)]
    assert delivered != ids
    assert sorted(delivered) == ids  # type: ignore[type-var]
