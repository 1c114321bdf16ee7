"""The shop in memory: its tables, its clock, its keys, and what every change sets in motion."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from simulators.woocommerce import prices
from simulators.woocommerce.auth import ApiKey, Keyring
from simulators.woocommerce.catalogue import Catalogue, recorded_catalogue
from simulators.woocommerce.conditions import Conditions, recorded_conditions
from simulators.woocommerce.errors import RestError, invalid_id, invalid_variation
from simulators.woocommerce.faults import Dice, Faults
from simulators.woocommerce.notices import Companion
from simulators.woocommerce.order_book import OrderBook
from simulators.woocommerce.order_views import customer_view, order_view
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop_time import Clock, ShopTime
from simulators.woocommerce.table import Past, Table
from simulators.woocommerce.views import coupon_view, product_view, variation_as_product
from simulators.woocommerce.webhooks import Sender, Webhooks

DEMO_KEY = ApiKey("ck_" + "d3" * 20, "cs_" + "5c" * 20)
"""Known to everybody, for a shop that holds nothing but invented products."""


@dataclass(frozen=True)
class ShopSettings:
    home: str = "http://127.0.0.1:8081"
    timezone: str = "Europe/Warsaw"
    keys: tuple[ApiKey, ...] = (DEMO_KEY,)
    seed: int = 1
    webhook_delay: timedelta = timedelta(seconds=1)
    global_variations: bool = True
    companion: bool = False
    """Whether the plugin Spoina Companion is installed."""


class Shop:
    def __init__(self, catalogue: Catalogue, conditions: Conditions, settings: ShopSettings, clock: Clock, faults: Faults) -> None:
        self.settings = settings
        self.conditions = conditions
        self.time = ShopTime(clock, settings.timezone)
        self.keyring = Keyring({key.key: key for key in settings.keys})
        self.dice = Dice(faults, Random(settings.seed))  # noqa: S311 — repeatable on purpose
        shuffling = Random(settings.seed)  # noqa: S311
        self.products = Table(catalogue.products, shuffling)
        self.variations = Table(catalogue.variations, shuffling)
        self.terms = {route: [dict(term) for term in terms] for route, terms in catalogue.terms.items()}
        self.orders = OrderBook()
        self.companion = Companion(self.time.now, self._parent_of) if settings.companion else None
        heard = self.companion.note if self.companion else None
        self.webhooks = Webhooks(self.time, settings.home, self.dice, settings.webhook_delay, heard)
        # WordPress counts products, variations and coupons together.
        self.next_id = 1 + max(catalogue.products.last_id(), catalogue.variations.last_id(), conditions.last_coupon())
        self.next_meta_id = 30_001
        self.revision = 0
        """Counts changes, so that whoever keeps the state on disk knows when to write."""
        self._sales = {(False, of) for of in catalogue.products.with_sale_dates()}
        """(is a variation, id) of everything whose sale begins or ends by date."""
        self._sales |= {(True, of) for of in catalogue.variations.with_sale_dates()}
        self._settle_prices()

    def take_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def take_meta_id(self) -> int:
        self.next_meta_id += 1
        return self.next_meta_id - 1

    @property
    def stale_until(self) -> datetime | None:
        seconds = self.dice.faults.stale_seconds
        return self.time.now() + timedelta(seconds=seconds) if seconds else None

    def product(self, of: int) -> Json:
        document = self.products.get(of)
        if document is None:
            raise invalid_id("product")
        return document

    def coupon(self, of: int) -> Json:
        for coupon in self.conditions.coupons:
            if coupon["id"] == of:
                return coupon
        raise invalid_id("shop_coupon")

    def variation(self, parent: int, of: int) -> Json:
        document = self.variations.get(of)
        if document is None or document["parent_id"] != parent:
            raise invalid_variation()
        return document

    def save(self, table: Table, document: Json, *, touch: bool = True) -> None:
        if touch:
            document.update(self.time.stamps("date_modified"))
        self._keep(table, document)

    def _keep(self, table: Table, document: Json) -> None:
        self.revision += 1
        table.put(document, self.stale_until)
        if any(prices.sale_window(document)):
            self._sales.add((table is self.variations, document["id"]))

    def drop(self, table: Table, of: int) -> None:
        self.revision += 1
        table.drop(of, self.stale_until)

    def save_family(self, parent: Json, *, touch: bool = True) -> None:
        """Saves a variable product after one of its variations changed: its price and stock follow theirs."""
        derive_from_variations(parent, [self.variations.peek(of) for of in parent["variations"]])
        self.save(self.products, parent, touch=touch)

    def delete_silently(self, of: int) -> None:
        """Gone for good with its variations, and nobody is told."""
        document = self.products.get(of)
        if document is None:
            self._drop_variation_silently(of)
            return
        for child in document["variations"]:
            self.drop(self.variations, child)
        self.drop(self.products, of)

    def _drop_variation_silently(self, of: int) -> None:
        variation = self.variations.get(of)
        if variation is None:
            raise invalid_id("product")
        parent = self.product(variation["parent_id"])
        parent["variations"] = [child for child in parent["variations"] if child != of]
        self.drop(self.variations, of)
        self.save_family(parent, touch=False)

    def payload(self, topic: str, of: int) -> Json:
        """What a delivery tells: the resource as it is now, over plain http because cron has no TLS."""
        resource, _, event = topic.partition(".")
        if event == "deleted":
            return {"id": of}
        try:
            return self._resource(resource, of)
        except RestError as error:
            return error.as_json()

    def _resource(self, resource: str, of: int) -> Json:
        match resource:
            case "product":
                return self.product_or_variation(of)
            case "coupon":
                return coupon_view(self.coupon(of))
            case "order" if (order := self.orders.get(of)) is not None:
                return order_view(order, self.orders.refunds_of(of))
            case "customer" if (customer := self.orders.customers.get(of)) is not None:
                return customer_view(customer)
            case _:
                raise invalid_id(f"shop_{resource}")

    def _parent_of(self, of: int) -> int | None:
        variation = self.variations.peek(of)
        return variation["parent_id"] if variation else None

    def product_or_variation(self, of: int) -> Json:
        variation = self.variations.peek(of)
        if variation is None:
            return product_view(self.product(of), self.time.now())
        return variation_as_product(variation, self.product(variation["parent_id"]), self.time.now())

    def _wrongly_priced(self, now: datetime, *, variations: bool) -> list[Json]:
        """Copies of what costs something else than its sale says at this moment."""
        table = self.variations if variations else self.products
        found = []
        for of in [of for is_variation, of in self._sales if is_variation is variations]:
            seen = table.peek(of)
            if seen is not None and seen["status"] != "trash" and prices.is_out_of_date(seen, now):
                found.append(copy.deepcopy(seen))
        return found

    def _settle_prices(self) -> None:
        """A shop that starts has its scheduled sales behind it: no date moves and nobody is told."""
        now = self.time.now()
        for table, variations in ((self.products, False), (self.variations, True)):
            for document in self._wrongly_priced(now, variations=variations):
                prices.bring_up_to_date(document, now)
                table.put(document)
        self._midnight = self.time.midnight_after(now)

    def run_scheduled_sales(self) -> None:
        """Simple products change price at the second of their own action, variations at the shop's next midnight."""
        now = self.time.now()
        for document in self._wrongly_priced(now, variations=False):
            prices.bring_up_to_date(document, now)
            self.save(self.products, document)
            self.webhooks.fire("product.updated", document["id"])
        if now >= self._midnight:
            self._midnight = self.time.midnight_after(now)
            self._run_daily_sales(now)

    def _run_daily_sales(self, now: datetime) -> None:
        for document in self._wrongly_priced(now, variations=True):
            prices.bring_up_to_date(document, now)
            self.save(self.variations, document)
            self.save_family(self.product(document["parent_id"]))
            self.webhooks.fire("product.updated", document["id"])
            self.webhooks.fire("product.updated", document["parent_id"])

    async def run_queue(self, sender: Sender) -> int:
        """One run of Action Scheduler: scheduled sales, then the deliveries that were due already."""
        if self.companion:
            await self.companion.send(sender)
        sent = await self.webhooks.run_queue(self.payload, sender)
        self.revision += 1 if sent else 0  # how often each webhook failed is part of the state
        self.run_scheduled_sales()
        return sent

    def as_state(self) -> Json:
        return {
            "next_id": self.next_id,
            "next_meta_id": self.next_meta_id,
            "products": self.products.changes(),
            "variations": self.variations.changes(),
            "terms": self.terms,
            "webhooks": self.webhooks.as_state(),
            "conditions": self.conditions.as_state(),
            "orders": self.orders.as_state(),
            "companion": self.companion.as_state() if self.companion else None,
        }

    def restore(self, state: Json) -> None:
        self.next_id = state["next_id"]
        self.next_meta_id = state["next_meta_id"]
        self.products.restore(state["products"])
        self.variations.restore(state["variations"])
        self.terms = state["terms"]
        self.webhooks.restore(state["webhooks"])
        if "conditions" in state:  # an older release kept none
            self.conditions = Conditions(**state["conditions"])
        if "orders" in state:
            self.orders.restore(state["orders"])
        if self.companion and state.get("companion"):
            self.companion.restore(state["companion"])

    def hidden(self, table: Table) -> dict[int, Past]:
        return table.past(self.time.now())


def derive_from_variations(parent: Json, children: Iterable[Json | None]) -> None:
    sold = [child for child in children if child is not None and child["status"] == "publish" and child["price"] != ""]
    ordered = sorted((child["price"] for child in sold), key=float)
    parent["price"] = ordered[0] if ordered else ""
    parent["purchasable"] = bool(ordered)
    parent["on_sale"] = any(child["on_sale"] for child in sold)
    parent["price_html"] = prices.html_of_range(ordered[0], ordered[-1]) if ordered else ""
    parent["has_options"] = True
    if not parent["manage_stock"]:
        statuses = {child["stock_status"] for child in sold}
        best = next((status for status in ("instock", "onbackorder") if status in statuses), "outofstock")
        parent["stock_status"] = best


def system_clock() -> datetime:
    return datetime.now(UTC)


def create_shop(
    catalogue: Catalogue | None = None,
    settings: ShopSettings | None = None,
    clock: Callable[[], datetime] = system_clock,
    faults: Faults | None = None,
    conditions: Conditions | None = None,
) -> Shop:
    """A shop in memory; the recorded Polish catalogue and conditions unless others are given."""
    return Shop(
        catalogue or recorded_catalogue(), conditions or recorded_conditions(), settings or ShopSettings(), clock, faults or Faults()
    )
