"""The shop's orders with their refunds and notes, and its customers, in memory."""

from collections.abc import Iterator, Sequence
from typing import Any

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.php_json import Json

STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")
FIRST_ITEM, FIRST_NOTE = 1_001, 501
EXACT_FIELD = "_exact"
"""Where an item keeps what it does not show."""


class OrderBook:
    def __init__(self) -> None:
        self._orders: dict[int, Json] = {}
        self.refunds: dict[int, list[Json]] = {}
        """By order, newest first."""
        self.notes: dict[int, list[Json]] = {}
        self.customers: dict[int, Json] = {customer["id"]: customer for customer in recorded("customers")}
        self.passwords: dict[int, str] = {}
        """Of customers that were made with one."""
        self.custom_statuses: tuple[str, ...] = ()
        """What plugins add to WooCommerce's own."""
        self._next = {"item": FIRST_ITEM, "note": FIRST_NOTE}

    @property
    def statuses(self) -> tuple[str, ...]:
        return ("auto-draft", *STATUSES, *self.custom_statuses, "checkout-draft")

    def take(self, what: str) -> int:
        """The next number of an item or a note."""
        self._next[what] += 1
        return self._next[what] - 1

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Json]:
        """Oldest first."""
        return iter(self._orders.values())

    def get(self, of: int) -> Json | None:
        return self._orders.get(of)

    def put(self, order: Json) -> None:
        self._orders[order["id"]] = order

    def drop(self, of: int) -> None:
        self._orders.pop(of, None)
        self.refunds.pop(of, None)
        self.notes.pop(of, None)

    def refunds_of(self, of: int) -> list[Json]:
        return self.refunds.setdefault(of, [])

    def notes_of(self, of: int) -> list[Json]:
        return self.notes.setdefault(of, [])

    def with_meta(self, key: str, value: str) -> Sequence[Json]:
        return [order for order in self if any(meta["key"] == key and meta["value"] == value for meta in order["meta_data"])]

    def as_state(self) -> Json:
        return {
            "orders": list(self._orders.values()),
            "refunds": [[of, refunds] for of, refunds in self.refunds.items()],
            "notes": [[of, notes] for of, notes in self.notes.items()],
            "customers": list(self.customers.values()),
            "passwords": list(self.passwords.items()),
            "next": self._next,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._orders = {order["id"]: order for order in state["orders"]}
        self.refunds = dict(state["refunds"])
        self.notes = dict(state["notes"])
        self.customers = {customer["id"]: customer for customer in state["customers"]}
        self.passwords = dict(state.get("passwords", []))
        self._next = state["next"]
