"""The mirror: pages of the shop's answers in, catalogue rows out. Everything that reads products (import, poll, sweep, hints) goes
through here.

A page is split into items and each is mapped on its own, so that one bad product never stops the rest: it goes to quarantine with its
reason.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import msgspec

from channels.woocommerce.client import Page, WooCommerceClient
from channels.woocommerce.mapping import ShopContext, amounts, map_product, map_variation
from channels.woocommerce.payloads import FIELDS, Text, Unmappable, id_of, items_of
from spoina.catalog.facts import ProductFacts, VariationFacts
from spoina.catalog.service import CatalogService
from spoina.catalog.types import Kind
from spoina.clock import Clock
from spoina.db import Pool
from spoina.ids import ProductId
from spoina.sync import quarantine
from spoina.sync.runs import Counts
from spoina.sync.types import Quarantined

SOURCE = "woocommerce"
PER_PAGE = 100
"""WooCommerce's own limit for per_page (REST v3)."""

LISTS = {
    path: {"per_page": PER_PAGE, "orderby": "id", "order": "asc", "status": "any", "_fields": fields} for path, fields in FIELDS.items()
}
"""How everything but the trash is asked for, in an order in which new products only ever join at the end."""

_MAPPED_AT_ONCE = 4

_Facts = TypeVar("_Facts", ProductFacts, VariationFacts)


class Glance(msgspec.Struct, frozen=True):
    """The little of an item that is needed before, or instead of, mapping it."""

    id: int
    type: str = ""
    status: str = ""
    parent_id: int = 0
    modified: datetime | None = None


class _Dated(msgspec.Struct, frozen=True):
    """As plugins are known to garble it; what cannot be read at a glance goes to quarantine when it is mapped."""

    id: int
    type: Text = ""
    status: Text = ""
    parent_id: Text = 0
    date_modified_gmt: Text = None


_dated = msgspec.json.Decoder(_Dated).decode


def glance(raw: bytes | msgspec.Raw) -> Glance:
    """Never fails: of an item that cannot be read, the number is all that is known, or 0."""
    try:
        seen = _dated(raw)
    except msgspec.DecodeError:
        return Glance(id_of(raw))
    try:
        modified = amounts.moment(str(seen.date_modified_gmt or ""), "date of the last change")
    except amounts.Unreadable:
        modified = None
    parent = seen.parent_id if isinstance(seen.parent_id, int) else 0
    return Glance(seen.id, str(seen.type), str(seen.status), parent, modified)


class Mapped(NamedTuple, Generic[_Facts]):
    """A page after mapping: what can be stored, what cannot, and the numbers of everything that was on it."""

    facts: list[_Facts]
    refused: list[Quarantined]
    ids: list[int]
    as_of: datetime


class Mirror:
    """One shop's catalogue as it is taken over. `context` is what mapping needs to know of the shop (currency, units, category tree)."""

    def __init__(self, client: WooCommerceClient, pool: Pool, catalog: CatalogService, context: ShopContext, clock: Clock) -> None:
        self.client, self.pool, self.catalog, self.context, self.clock = client, pool, catalog, context, clock

    async def map_products(self, page: Page) -> Mapped[ProductFacts]:
        return await _map_page(page, lambda raw: map_product(raw, self.context, page.started_at))

    async def map_variations(self, page: Page) -> Mapped[VariationFacts]:
        return await _map_page(page, lambda raw: map_variation(raw, self.context, page.started_at))

    async def store_products(self, mapped: Mapped[ProductFacts], counts: Counts, *, force: bool = False) -> None:
        """A variable product of which not all variations are known has them read under its own address."""
        applied = await self.catalog.apply_products(mapped.facts, mapped.as_of, force=force)
        for product_id in applied.incomplete:
            await self.take_variations_of(product_id, counts, force=force)
        counts.read += len(mapped.ids)
        counts.created += applied.created
        counts.changed += applied.changed
        await self._settle("product", mapped.ids, mapped.refused, counts)

    async def store_variations(self, mapped: Mapped[VariationFacts], counts: Counts, *, force: bool = False) -> None:
        await self.catalog.apply_variations(mapped.facts, mapped.as_of, force=force)
        await self._settle("variation", mapped.ids, mapped.refused, counts)

    async def take_products(self, page: Page, counts: Counts, *, force: bool = False) -> None:
        await self.store_products(await self.map_products(page), counts, force=force)

    async def take_variations(self, page: Page, counts: Counts, *, force: bool = False) -> None:
        await self.store_variations(await self.map_variations(page), counts, force=force)

    async def take_variations_of(self, product_id: int, counts: Counts, *, force: bool = False) -> set[int]:
        """Returns the numbers of all variations the product has."""
        met: set[int] = set()
        async for page in self.client.pages(f"products/{product_id}/variations", LISTS["variations"]):
            mapped = await self.map_variations(page)
            await self.store_variations(mapped, counts, force=force)
            met.update(mapped.ids)
        return met

    async def store_families(self, mapped: Mapped[ProductFacts], counts: Counts) -> None:
        """For shops without a list of all variations: each variable product's are read under its own address."""
        for fact in mapped.facts:
            if fact.product.kind is Kind.VARIABLE:
                await self.take_variations_of(fact.product.id, counts)
        await self.store_products(mapped, counts)

    async def take_families(self, page: Page, counts: Counts, *, force: bool = False) -> set[int]:
        """A page of products and, before them, the variations of the variable ones, each under its product's address. Returns the numbers
        of all that was met."""
        met = {seen.id for seen in glances(items_of(page.body))}
        for seen in glances(items_of(page.body)):
            if seen.type == "variable":
                met |= await self.take_variations_of(seen.id, counts, force=force)
        await self.take_products(page, counts, force=force)
        return met

    async def read_products(self, product_ids: Sequence[int], counts: Counts, *, force: bool = False) -> None:
        """Reads these products again, variations first, and takes over what the shop says: also that one is gone.

        A number may be a variation's: then its product is read.
        """
        if not product_ids:
            return
        met = await self.take_families(await self._page_of(product_ids), counts, force=force)
        parents = {await self._read_unlisted(number, counts, force=force) for number in sorted(set(product_ids) - met)}
        await self.read_products(sorted(parents - met - {0}), counts, force=force)

    async def _page_of(self, product_ids: Sequence[int]) -> Page:
        include = ",".join(map(str, product_ids))
        return await self.client.get_page("products", {**LISTS["products"], "include": include})

    async def _read_unlisted(self, number: int, counts: Counts, *, force: bool) -> int:
        """What no product list holds: a variation, whose product is returned, or something in the trash, or nothing at all: then 0 is."""
        asked_at = self.clock()
        found = await self.client.find(f"products/{number}")
        if found is None:
            await self.remove([number], asked_at, counts)
            return 0
        seen = glance(found.body)
        if seen.type == "variation" and seen.parent_id:
            return seen.parent_id
        if seen.status == "trash":
            await self.remove([number], found.started_at, counts)
        else:
            await self.take_products(msgspec.structs.replace(found, body=b"[" + found.body + b"]"), counts, force=force)
        return 0

    async def is_in_shop(self, number: int) -> bool:
        found = await self.client.find(f"products/{number}")
        return found is not None and glance(found.body).status != "trash"

    async def remove(self, numbers: Sequence[int], as_of: datetime, counts: Counts) -> None:
        """The shop did not have them at `as_of`."""
        gone = await self.catalog.remove_products([ProductId(number) for number in numbers], as_of)
        counts.removed += len(gone)
        for kind in ("product", "variation"):
            await quarantine.clear(self.pool, SOURCE, kind, numbers)

    async def _settle(self, kind: str, ids: Sequence[int], refused: Sequence[Quarantined], counts: Counts) -> None:
        taken = list(set(ids) - {row.external_id for row in refused})
        await quarantine.clear(self.pool, SOURCE, kind, taken)
        if refused:
            counts.quarantined += len(refused)
            await quarantine.put(self.pool, SOURCE, refused, self.clock())


async def _map_page(page: Page, map_item: Callable[[msgspec.Raw], _Facts]) -> Mapped[_Facts]:
    """Lets others run every few items: the page before is being written meanwhile, statement by statement."""
    facts: list[_Facts] = []
    refused: list[Quarantined] = []
    for place, raw in enumerate(items_of(page.body), start=1):
        try:
            facts.append(map_item(raw))
        except Unmappable as problem:
            refused.append(Quarantined(kind=problem.kind, external_id=problem.external_id, reason=problem.reason, body=bytes(raw)))
        if place % _MAPPED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return Mapped(facts, refused, [_number(fact) for fact in facts] + [row.external_id for row in refused], page.started_at)


def _number(fact: ProductFacts | VariationFacts) -> int:
    return fact.product.id if isinstance(fact, ProductFacts) else fact.variant.id


def glances(bodies: Iterable[msgspec.Raw]) -> list[Glance]:
    return [glance(raw) for raw in bodies]
