"""Keeps our webhooks in the shop: registered, active, pointing at us, one of each.

WooCommerce switches a webhook off after seven failed deliveries in a row and tells nobody, so this runs hourly. Ours are told by their
name; nobody else's are touched.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.payloads import WebhookPayload, items_of, payload_of
from spoina.clock import Clock
from spoina.db import Pool

TOPICS: Final = (
    *(f"{kind}.{event}" for kind in ("product", "coupon", "order") for event in ("created", "updated", "deleted", "restored")),
    *(f"customer.{event}" for event in ("created", "updated", "deleted")),
)
SOURCE: Final = "woocommerce"

_STORED: Final = "select topic, external_id, secret from webhook_subscription where source = $1"
_STORE: Final = """
insert into webhook_subscription (source, topic, external_id, delivery_url, secret, status, checked_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (source, topic) do update set external_id = excluded.external_id, delivery_url = excluded.delivery_url,
    secret = excluded.secret, status = excluded.status, checked_at = excluded.checked_at
"""
_SECRETS: Final = "select secret from webhook_subscription where source = $1 and topic = $2"


class Outcome(StrEnum):
    """What had to be done for one topic."""

    FINE = "fine"
    REGISTERED = "registered"
    REPAIRED = "repaired"
    """It was switched off, or pointed elsewhere, or its secret was not known here."""


class SubscriptionReport(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is the status before: active, paused, disabled, or absent. `removed` duplicates of ours were deleted."""

    topic: str
    external_id: int
    outcome: Outcome
    found: str
    removed: int = 0


class _Stored(msgspec.Struct, frozen=True):
    external_id: int
    secret: str


async def ensure_subscriptions(
    client: WooCommerceClient, pool: Pool, delivery_url: str, clock: Clock, make_secret: Callable[[], str]
) -> list[SubscriptionReport]:
    """Idempotent; one report per topic. Raises SourceError where the shop cannot be asked or the key may not write."""
    ours = await _ours(client)
    stored = {row["topic"]: _Stored(row["external_id"], row["secret"]) for row in await pool.fetch(_STORED, SOURCE)}
    reports = []
    for topic in TOPICS:
        keeper = _Keeper(client, pool, delivery_url, clock, topic)
        reports.append(await keeper.ensure(ours.get(topic, []), stored.get(topic), make_secret))
    return reports


async def secret_of(pool: Pool, topic: str) -> str | None:
    """The secret that signs deliveries of a topic; None where we subscribe to no such topic."""
    secret: str | None = await pool.fetchval(_SECRETS, SOURCE, topic)
    return secret


def name_of(topic: str) -> str:
    return f"Spoina: {topic}"


async def _ours(client: WooCommerceClient) -> dict[str, list[WebhookPayload]]:
    """By topic, oldest first."""
    found: dict[str, list[WebhookPayload]] = {}
    async for page in client.pages("webhooks", {"orderby": "id", "order": "asc"}):
        for item in items_of(page.body):
            webhook = payload_of("webhook", WebhookPayload, item)
            if webhook.name == name_of(webhook.topic):
                found.setdefault(webhook.topic, []).append(webhook)
    return found


class _Keeper:
    """One topic's webhook."""

    def __init__(self, client: WooCommerceClient, pool: Pool, delivery_url: str, clock: Clock, topic: str) -> None:
        self._client, self._pool, self._delivery_url, self._clock, self._topic = client, pool, delivery_url, clock, topic

    async def ensure(self, found: list[WebhookPayload], stored: _Stored | None, make_secret: Callable[[], str]) -> SubscriptionReport:
        kept = _kept(found, stored)
        removed = [webhook for webhook in found if webhook is not kept]
        for webhook in removed:
            await self._client.delete(f"webhooks/{webhook.id}", {"force": "true"})
        if kept is None:
            registered = await self._register(make_secret())
            return self._report(registered, Outcome.REGISTERED, "absent", len(removed))
        secret = stored.secret if stored is not None and stored.external_id == kept.id else None
        if secret is not None and kept.status == "active" and kept.delivery_url == self._delivery_url:
            await self._store(kept, secret)
            return self._report(kept, Outcome.FINE, kept.status, len(removed))
        repaired = await self._repair(kept, secret or make_secret())
        return self._report(repaired, Outcome.REPAIRED, kept.status, len(removed))

    async def _register(self, secret: str) -> WebhookPayload:
        """The row is written only once the shop has the webhook: what is lost between the two is found again by its name, and repaired."""
        body = {
            "name": name_of(self._topic),
            "topic": self._topic,
            "delivery_url": self._delivery_url,
            "secret": secret,
            "status": "active",
        }
        webhook = await self._client.post("webhooks", body, WebhookPayload)
        await self._store(webhook, secret)
        return webhook

    async def _repair(self, webhook: WebhookPayload, secret: str) -> WebhookPayload:
        body = {"status": "active", "delivery_url": self._delivery_url, "secret": secret}
        repaired = await self._client.put(f"webhooks/{webhook.id}", body, WebhookPayload)
        await self._store(repaired, secret)
        return repaired

    async def _store(self, webhook: WebhookPayload, secret: str) -> None:
        await self._pool.execute(_STORE, SOURCE, self._topic, webhook.id, str(webhook.delivery_url), secret, webhook.status, self._clock())

    def _report(self, webhook: WebhookPayload, outcome: Outcome, found: str, removed: int) -> SubscriptionReport:
        return SubscriptionReport(topic=self._topic, external_id=webhook.id, outcome=outcome, found=found, removed=removed)


def _kept(found: list[WebhookPayload], stored: _Stored | None) -> WebhookPayload | None:
    """Of several of ours the one whose secret is known, else the oldest."""
    known = [webhook for webhook in found if stored is not None and webhook.id == stored.external_id]
    return next(iter(known or found), None)
