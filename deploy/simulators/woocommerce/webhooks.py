"""Webhooks: who listens to what, what is waiting, and delivering it the way WooCommerce's queue does."""

import base64
import hashlib
import hmac
import html
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from simulators.woocommerce.faults import Dice
from simulators.woocommerce.php_json import Json, encode
from simulators.woocommerce.shop_time import ShopTime
from simulators.woocommerce.table import absolute
from simulators.woocommerce.views import links

USER_AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"
FAILURES_BEFORE_DISABLING = 5
"""The failure that finds more than this many before it disables the webhook: the seventh in a row."""
HOOKS = {
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "product.restored": ["untrashed_post"],
}


class Sender(Protocol):
    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        """The status of the answer, None when there was none. Redirects are not followed."""
        ...


@dataclass
class Webhook:
    id: int
    name: str
    status: str
    topic: str
    delivery_url: str
    secret: str = field(repr=False)
    date_created_gmt: str
    date_modified_gmt: str | None = None
    failure_count: int = 0
    pending_delivery: bool = True
    """The ping has not been answered yet: every save sends it again."""

    def as_json(self, time: ShopTime) -> Json:
        resource, _, event = self.topic.partition(".")
        modified = self.date_modified_gmt
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "topic": self.topic,
            "resource": resource,
            "event": event,
            "hooks": HOOKS.get(self.topic, [event]),
            "delivery_url": self.delivery_url,
            **time.stamps("date_created", self.date_created_gmt),
            "date_modified": time.to_local(modified) if modified else None,
            "date_modified_gmt": modified,
            "_links": links("webhooks", self.id),
        }


class Waiting(NamedTuple):
    webhook: int
    resource: int


def signature(secret: str, body: bytes) -> str:
    key = html.unescape(secret).encode()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


class Webhooks:
    """`heard` is told of every topic and number at once, whoever listens."""

    def __init__(self, time: ShopTime, home: str, dice: Dice, delay: timedelta, heard: Callable[[str, int], None] | None = None) -> None:
        self._time, self._heard = time, heard
        self._home = home
        self._dice = dice
        self.delay = delay
        self.all: dict[int, Webhook] = {}
        self.next_id = 1
        self.deliveries = 0
        self._waiting: dict[Waiting, datetime] = {}

    def fire(self, topic: str, resource: int) -> None:
        """Queues one delivery for each listener, unless the same one is waiting already."""
        if self._heard:
            self._heard(topic, resource)
        later = timedelta(seconds=self._dice.faults.webhooks_delay_seconds)
        due = self._time.now() + self.delay + later
        for webhook in self.all.values():
            if webhook.status == "active" and webhook.topic == topic:
                self._waiting.setdefault(Waiting(webhook.id, resource), due)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def take_due(self) -> list[Waiting]:
        now = self._time.now()
        due = [waiting for waiting, moment in self._waiting.items() if moment <= now]
        for waiting in due:
            del self._waiting[waiting]
        if self._dice.faults.webhooks_reordered:
            self._dice.randomness.shuffle(due)
        return due

    async def run_queue(self, payload: "Payload", sender: Sender) -> int:
        """Delivers what is due, each with the state of this moment; answers how many requests were sent."""
        sent = 0
        for waiting in self.take_due():
            webhook = self.all.get(waiting.webhook)
            if webhook is None or webhook.status != "active":
                continue
            for _ in range(self._dice.copies_of_delivery()):
                await self._deliver(webhook, payload(webhook.topic, waiting.resource), sender)
                sent += 1
        return sent

    async def _deliver(self, webhook: Webhook, content: Json, sender: Sender) -> None:
        body = absolute(encode(content), self._home)
        status = await sender.post(webhook.delivery_url, self._headers(webhook, body), body)
        if status is not None and 200 <= status < 303:
            webhook.failure_count = 0
            return
        await self._failed(webhook, sender)

    async def _failed(self, webhook: Webhook, sender: Sender) -> None:
        if webhook.failure_count > FAILURES_BEFORE_DISABLING:
            webhook.status = "disabled"
        else:
            webhook.failure_count += 1
        await self.saved(webhook, sender)

    def _headers(self, webhook: Webhook, body: bytes) -> dict[str, str]:
        self.deliveries += 1
        resource, _, event = webhook.topic.partition(".")
        delivery = hashlib.md5(f"{webhook.id} {self.deliveries}".encode(), usedforsecurity=False).hexdigest()
        return {
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self._home}/",
            "X-WC-Webhook-Topic": webhook.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(webhook.secret, body),
            "X-WC-Webhook-ID": str(webhook.id),
            "X-WC-Webhook-Delivery-ID": delivery,
        }

    async def saved(self, webhook: Webhook, sender: Sender) -> None:
        """Sends the ping as long as nobody has answered it: a plain form, unsigned."""
        if not webhook.pending_delivery or webhook.status != "active":
            return
        headers = {"User-Agent": USER_AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        status = await sender.post(webhook.delivery_url, headers, f"webhook_id={webhook.id}".encode())
        if status == 200:
            webhook.pending_delivery = False
            webhook.date_modified_gmt = self._time.gmt()

    def as_state(self) -> Json:
        return {"next_id": self.next_id, "webhooks": [asdict(webhook) for webhook in self.all.values()]}

    def restore(self, state: Json) -> None:
        self.next_id = state["next_id"]
        self.all = {fields["id"]: Webhook(**fields) for fields in state["webhooks"]}


Payload = Callable[[str, int], Json]
"""(topic, id) to what a delivery tells about it."""
