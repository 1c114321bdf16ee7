"""The plugin "Spoina Companion": what it keeps, and the notices that it sends."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import datetime

from simulators.woocommerce.php_json import Json
from simulators.woocommerce.webhooks import Sender

MOST_NUMBERS = 500
_KINDS = {"product": "products", "order": "orders", "coupon": "coupons", "customer": "customers"}


class Companion:
    """What the plugin keeps. It hears of a change when WooCommerce's webhooks do, and of notes on orders, of which those say nothing; it
    waits for no queue. `parent_of` tells a variation's product."""

    def __init__(self, now: Callable[[], datetime], parent_of: Callable[[int], int | None]) -> None:
        self._now, self._parent_of = now, parent_of
        self.connection: Json | None = None
        self.commands: dict[str, tuple[str, Json]] = {}
        self.failures: dict[str, int] = {}
        self._changed: dict[str, dict[int, None]] = {}

    def note(self, topic: str, of: int) -> None:
        kind = _KINDS[topic.partition(".")[0]]
        self._changed.setdefault(kind, {})[of] = None
        if kind == "products" and (parent := self._parent_of(of)):
            self._changed[kind][parent] = None

    async def send(self, sender: Sender) -> None:
        """Nobody waits for what comes of it: a notice that is lost stays lost."""
        changed, self._changed = self._changed, {}
        if self.connection is None:
            return
        for numbers in _in_parts(changed):
            body = json.dumps({"id": str(uuid.uuid4()), **numbers}).encode()
            time = str(int(self._now().timestamp()))
            signature = hmac.new(self.connection["secret"].encode(), f"{time}.".encode() + body, hashlib.sha256).hexdigest()
            headers = {"Content-Type": "application/json", "X-Spoina-Timestamp": time, "X-Spoina-Signature": signature}
            await sender.post(self.connection["url"], headers, body)

    def as_state(self) -> Json:
        return {"connection": self.connection, "commands": [[key, *command] for key, command in self.commands.items()]}

    def restore(self, state: Json) -> None:
        self.connection = state["connection"]
        self.commands = {key: (digest, answer) for key, digest, answer in state["commands"]}


def _in_parts(changed: dict[str, dict[int, None]]) -> list[dict[str, list[int]]]:
    parts: list[dict[str, list[int]]] = []
    for kind, numbers in changed.items():
        listed = list(numbers)
        for place, start in enumerate(range(0, len(listed), MOST_NUMBERS)):
            parts += [{}] if place == len(parts) else []
            parts[place][kind] = listed[start : start + MOST_NUMBERS]
    return parts
