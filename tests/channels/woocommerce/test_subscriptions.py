import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.pacing import Pace
from channels.woocommerce.subscriptions import TOPICS, Outcome, SubscriptionReport, ensure_subscriptions, name_of, secret_of
from spoina.db import Pool
from spoina.errors import SourceRefused
from spoina.settings import WooCommerceSettings
from tests.channels.woocommerce.recordings import encoded
from tests.channels.woocommerce.scripted_shop import Asked, Reply, ScriptedShop

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HERE = "https://spoina.example/webhooks/woocommerce"


class Webhooks:
    """The webhooks of a shop, as WooCommerce keeps them: the secret goes in and never comes out."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self._numbers = count(1)
        self.writes = 0
        self.read_only = False

    def add(self, **values: Any) -> int:
        number = next(self._numbers)
        self.rows[number] = {"id": number, "status": "active", "delivery_url": HERE, "secret": "?"} | values
        return number

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            listed = sorted(self.rows.values(), key=lambda row: row["id"])
            return _json([row for row in listed if asked.query["page"] == "1"], **{"x-wp-totalpages": "1"})
        if self.read_only:
            return Reply(401, encoded("107"))
        self.writes += 1
        number = asked.path.rpartition("/")[2]
        if asked.method == "POST":
            return _json(self.rows[self.add(**json.loads(asked.body))])
        if asked.method == "DELETE":
            return _json(self.rows.pop(int(number)))
        self.rows[int(number)].update(json.loads(asked.body))
        return _json(self.rows[int(number)])


def _json(value: Any, **headers: str) -> Reply:
    hidden = [{key: each[key] for key in each if key != "secret"} for each in (value if isinstance(value, list) else [value])]
    return Reply(body=json.dumps(hidden if isinstance(value, list) else hidden[0]).encode(), headers=headers)


@pytest.fixture
def webhooks(scripted: ScriptedShop) -> Webhooks:
    scripted.script = Webhooks()
    return scripted.script


@pytest.fixture
async def client(scripted: ScriptedShop) -> AsyncIterator[WooCommerceClient]:
    async with WooCommerceClient(WooCommerceSettings(url=scripted.url, key="k", secret="s"), pace=Pace(attempts=1)) as opened:
        yield opened


async def ensure(client: WooCommerceClient, pool: Pool, url: str = HERE, secrets: str = "s") -> list[SubscriptionReport]:
    numbers = count(1)
    return await ensure_subscriptions(client, pool, url, lambda: NOW, lambda: f"{secrets}{next(numbers)}")


def outcomes(reports: list[SubscriptionReport]) -> list[tuple[str, str, int]]:
    return [(report.outcome, report.found, report.removed) for report in reports]


async def test_a_new_shop_gets_one_webhook_a_topic_and_a_second_run_changes_nothing(
    client: WooCommerceClient, pool: Pool, webhooks: Webhooks
):
    reports = await ensure(client, pool)
    assert [report.topic for report in reports] == list(TOPICS)
    assert outcomes(reports) == [(Outcome.REGISTERED, "absent", 0)] * len(TOPICS)
    assert [(row["topic"], row["name"], row["secret"], row["status"], row["delivery_url"]) for row in webhooks.rows.values()] == [
        (topic, f"Spoina: {topic}", f"s{number}", "active", HERE) for number, topic in enumerate(TOPICS, start=1)
    ]
    assert [await secret_of(pool, topic) for topic in TOPICS] == [f"s{number}" for number in range(1, len(TOPICS) + 1)]
    assert outcomes(await ensure(client, pool)) == [(Outcome.FINE, "active", 0)] * len(TOPICS)
    assert webhooks.writes == len(TOPICS)


async def test_a_webhook_that_was_switched_off_is_active_again_with_its_secret(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    await ensure(client, pool)
    webhooks.rows[2]["status"] = "disabled"
    webhooks.rows[3]["status"] = "paused"
    first, second, third, *others = outcomes(await ensure(client, pool, secrets="new"))
    assert (first, second, third) == ((Outcome.FINE, "active", 0), (Outcome.REPAIRED, "disabled", 0), (Outcome.REPAIRED, "paused", 0))
    assert others == [(Outcome.FINE, "active", 0)] * (len(TOPICS) - 3)
    rows = [(row["status"], row["secret"]) for row in webhooks.rows.values()]
    assert rows == [("active", f"s{number}") for number in range(1, len(TOPICS) + 1)]


async def test_a_webhook_that_points_elsewhere_points_here_again(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    await ensure(client, pool, "https://old.example/webhooks/woocommerce")
    assert outcomes(await ensure(client, pool)) == [(Outcome.REPAIRED, "active", 0)] * len(TOPICS)
    assert {row["delivery_url"] for row in webhooks.rows.values()} == {HERE}
    stored = await pool.fetch("select topic, external_id, delivery_url, status, checked_at from webhook_subscription order by external_id")
    assert [tuple(row) for row in stored] == [(topic, number, HERE, "active", NOW) for number, topic in enumerate(TOPICS, start=1)]


async def test_a_deleted_webhook_is_registered_again(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    await ensure(client, pool)
    del webhooks.rows[1]
    assert outcomes(await ensure(client, pool, secrets="new"))[0] == (Outcome.REGISTERED, "absent", 0)
    assert (await secret_of(pool, "product.created"), webhooks.rows[len(TOPICS) + 1]["secret"]) == ("new1", "new1")


async def test_of_several_of_ours_the_one_whose_secret_is_known_stays(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    older = webhooks.add(topic="product.updated", name="Spoina: product.updated")
    await ensure(client, pool)
    kept = older
    newer = webhooks.add(topic="product.updated", name="Spoina: product.updated")
    assert outcomes(await ensure(client, pool))[1] == (Outcome.FINE, "active", 1)
    assert (kept in webhooks.rows, newer in webhooks.rows) == (True, False)


async def test_a_webhook_of_ours_whose_secret_is_not_known_here_gets_a_new_one(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    """As after a restart between the shop's answer and our row, or with a fresh database."""
    number = webhooks.add(topic="product.created", name=name_of("product.created"), secret="lost")
    report = (await ensure(client, pool))[0]
    assert (report.outcome, report.external_id) == (Outcome.REPAIRED, number)
    assert webhooks.rows[number]["secret"] == await secret_of(pool, "product.created") == "s1"


async def test_webhooks_of_others_are_never_touched(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    foreign = [
        webhooks.add(topic="product.updated", name="ERP", status="disabled", delivery_url="https://erp.example"),
        webhooks.add(topic="product.updated", name="Spoina: product.created", delivery_url=HERE),
        webhooks.add(topic="action.woocommerce_x", name="", status="paused"),
    ]
    before = {number: dict(webhooks.rows[number]) for number in foreign}
    await ensure(client, pool)
    assert {number: webhooks.rows[number] for number in foreign} == before


async def test_a_key_that_may_not_write_is_told_as_such(client: WooCommerceClient, pool: Pool, webhooks: Webhooks):
    webhooks.read_only = True
    with pytest.raises(SourceRefused, match="Read/Write"):
        await ensure(client, pool)
    assert await pool.fetchval("select count(*) from webhook_subscription") == 0


async def test_a_topic_without_a_subscription_has_no_secret(pool: Pool):
    assert await secret_of(pool, "order.created") is None
