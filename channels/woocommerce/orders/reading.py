"""Orders read from the shop: one by its number, all of them, or those that changed; each with its refunds, its notes and its customer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from channels.woocommerce.client import PER_PAGE, Page, WooCommerceClient
from channels.woocommerce.mirror import SOURCE, Glance, glances
from channels.woocommerce.orders.mapping import note_of, order_of, refund_of, refunds_listed
from channels.woocommerce.orders.payloads import CustomerPayload
from channels.woocommerce.payloads import SettingPayload, Unmappable, items_of, payload_of
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import SourceMissing, SourceRefused
from spoina.ids import ShopCustomerId
from spoina.orders import sql
from spoina.orders.intake import TRASH, Intake, Outcome, ShopOrder
from spoina.orders.returned import ShopRefund
from spoina.orders.types import OrderNote
from spoina.sync import quarantine, runs
from spoina.sync.runs import Counts
from spoina.sync.types import Quarantined

CURSOR: Final = "woocommerce.poll.orders"
TRASH_CURSOR: Final = "woocommerce.poll.orders.trash"
IMPORT_CURSOR: Final = "woocommerce.import.orders"
OVERLAP: Final = timedelta(minutes=10)
_TICK: Final = timedelta(seconds=1)
_DRAFTS: Final = frozenset({"auto-draft", "checkout-draft"})
"""What is in somebody's checkout is no order yet."""
_HOLD_MINUTES: Final = "woocommerce_hold_stock_minutes"
_SAVE_CUSTOMER: Final = """
insert into shop_customer (id, email, first_name, last_name, body, hash, as_of) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set email = excluded.email, first_name = excluded.first_name, last_name = excluded.last_name,
    body = excluded.body, hash = excluded.hash, as_of = excluded.as_of, deleted_at = null
where shop_customer.as_of <= excluded.as_of and shop_customer.hash <> excluded.hash
"""
_encode = msgspec.json.Encoder().encode


class OrderReader:
    def __init__(self, client: WooCommerceClient, pool: Pool, intake: Intake, clock: Clock) -> None:
        self._client, self._pool, self._intake, self.clock = client, pool, intake, clock

    async def read(self, external_id: int, *, actor: str = "shop", done: int = 0) -> Outcome | None:
        """Takes over what the shop says now of one order, its notes too; None: neither has it. Raises SourceError."""
        asked_at = self.clock()
        page = await self._client.find(f"orders/{external_id}")
        if page is None:
            await quarantine.clear(self._pool, SOURCE, "order", [external_id])
            return Outcome.CHANGED if await self._intake.missing(external_id, asked_at) else None
        return await self.take(page.body, page.started_at, actor=actor, done=done, with_notes=True)

    async def take(
        self, raw: bytes | msgspec.Raw, as_of: datetime, *, actor: str = "shop", done: int = 0, with_notes: bool = False
    ) -> Outcome | None:
        """None: it is a draft, or cannot be read and is in quarantine."""
        shop = await self.mapped(raw, as_of, with_notes=with_notes)
        if shop is None:
            return None
        if shop.content.customer_id is not None:
            await self._know_customer(shop.content.customer_id)
        return await self._intake.apply(shop, actor=actor, done=done)

    async def mapped(self, raw: bytes | msgspec.Raw, as_of: datetime, *, with_notes: bool = False) -> ShopOrder | None:
        """With its refunds, which the shop lists elsewhere."""
        try:
            shop = order_of(raw, as_of)
            if shop.status in _DRAFTS:
                return None
            refunds = await self._refunds(shop) if refunds_listed(raw) else ()
        except Unmappable as problem:
            row = Quarantined(kind=problem.kind, external_id=problem.external_id, reason=problem.reason, body=bytes(raw))
            await quarantine.put(self._pool, SOURCE, [row], self.clock())
            return None
        await quarantine.clear(self._pool, SOURCE, "order", [shop.external_id])
        notes = await self._notes(shop.external_id) if with_notes else None
        return msgspec.structs.replace(shop, refunds=tuple(refunds), notes=notes)

    async def _refunds(self, shop: ShopOrder) -> list[ShopRefund]:
        """Raises Unmappable, of the order: it is read again when it or its refunds change."""
        path = f"orders/{shop.external_id}/refunds"
        try:
            return [refund_of(item, shop.content.currency) async for page in self._client.pages(path) for item in items_of(page.body)]
        except Unmappable as problem:
            raise Unmappable("order", shop.external_id, f"its refund {problem.external_id}: {problem.reason}") from None

    async def _notes(self, external_id: int) -> tuple[OrderNote, ...]:
        """A careful host may keep them from this key; the order is worth taking without them."""
        try:
            page = await self._client.get_page(f"orders/{external_id}/notes", {"per_page": PER_PAGE})
            return tuple(note_of(item) for item in items_of(page.body))
        except (SourceMissing, SourceRefused, Unmappable):
            return ()

    async def _know_customer(self, number: ShopCustomerId) -> None:
        if not await self._pool.fetchval("select exists (select from shop_customer where id = $1)", number):
            await self.read_customer(number)

    async def read_customer(self, number: int) -> None:
        """Raises SourceError."""
        asked_at = self.clock()
        page = await self._client.find(f"customers/{number}")
        if page is None:
            await self._pool.execute("update shop_customer set deleted_at = $2 where id = $1 and deleted_at is null", number, asked_at)
            return
        customer = payload_of("customer", CustomerPayload, page.body)
        body = _encode(customer)
        names = (str(customer.email or ""), str(customer.first_name or ""), str(customer.last_name or ""))
        await self._pool.execute(_SAVE_CUSTOMER, number, *names, body, blake2b(body, digest_size=16).digest(), page.started_at)

    async def read_policy(self) -> None:
        """How long an order may wait for its payment. Raises SourceError."""
        page = await self._client.get_page("settings/products")
        for item in items_of(page.body):
            setting = payload_of("setting", SettingPayload, item)
            if setting.id == _HOLD_MINUTES:
                text = str(msgspec.json.decode(setting.value)).strip()
                await sql.save_hold_minutes(self._pool, int(text) if text.isdecimal() and int(text) else None, page.started_at)

    async def import_all(self, counts: Counts) -> None:
        """Every order the shop has, oldest first, from where an earlier import was stopped; then polls go on from its beginning."""
        began = self.clock()
        await self.read_policy()
        start = int(await runs.cursor(self._pool, IMPORT_CURSOR) or 1)
        async for page in self._client.pages("orders", {"orderby": "id", "order": "asc", "status": "any"}, start_page=start):
            await self._take_page(page, counts)
            await runs.save_cursor(self._pool, IMPORT_CURSOR, str(page.number), self.clock())
        await self._sweep_quarantine(began)
        for cursor in (CURSOR, TRASH_CURSOR):
            if await runs.cursor(self._pool, cursor) is None:
                await runs.save_cursor(self._pool, cursor, began.isoformat(), self.clock())

    async def _sweep_quarantine(self, before: datetime) -> None:
        """What waits there and was not met since then may be gone, or mended without a word: each is asked for by its number."""
        for number in await quarantine.not_met(self._pool, SOURCE, "order", before):
            await self.read(number)

    async def poll(self, counts: Counts) -> None:
        """What the shop says was modified since the last poll, and what went to its trash."""
        await self.read_policy()
        await self._follow(CURSOR, "any", counts)
        await self._follow(TRASH_CURSOR, TRASH, counts)

    async def _follow(self, cursor: str, status: str, counts: Counts) -> None:
        """The last modification seen is the cursor of the next page, as with products: page numbers would skip rows."""
        text = await runs.cursor(self._pool, cursor)
        if text is None:
            return
        newest = datetime.fromisoformat(text)
        after, number = newest - OVERLAP, 1
        while True:
            page = await self._client.get_page("orders", {"per_page": PER_PAGE, "status": status, **_window(after), "page": number})
            seen = await self._take_page(page, counts)
            modified = [each.modified for each in seen if each.modified is not None]
            newest = max([newest, *(moment for moment in modified if moment <= page.started_at)])
            await runs.save_cursor(self._pool, cursor, newest.isoformat(), self.clock())
            if len(seen) < PER_PAGE:
                return
            after, number = (modified[-1] - _TICK, 1) if modified and modified[-1] - _TICK > after else (after, number + 1)

    async def _take_page(self, page: Page, counts: Counts) -> Sequence[Glance]:
        raws = items_of(page.body)
        for raw in raws:
            outcome = await self.take(raw, page.started_at)
            counts.read += 1
            counts.created += outcome is Outcome.CREATED
            counts.changed += outcome is Outcome.CHANGED
        return glances(raws)


def _window(after: datetime) -> dict[str, str]:
    naive = after.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return {"modified_after": naive, "dates_are_gmt": "true", "orderby": "modified", "order": "asc"}
