"""What a shop may be read as: facts with defaults for all that a test does not care about, and a service that takes them in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from spoina.catalog.facts import ProductFacts, StockFact, VariationFacts
from spoina.catalog.service import CatalogService
from spoina.catalog.types import Backorders, Kind, Option, SelectedOption, Status, StockPolicy
from spoina.catalog.writing import ShopLocale
from spoina.db import Pool
from spoina.ids import ProductId, StockItemId, VariantId
from spoina.pricing.types import PriceSchedule
from tests.spoina.catalog.builders import product, variant

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""After every product of the builders was last modified."""


def at(minute: float) -> datetime:
    return MORNING + timedelta(minutes=minute)


_LATER = at(600)


def service(pool: Pool, now: datetime = _LATER) -> CatalogService:
    return CatalogService(pool, lambda: now, ShopLocale("pl", "PLN", ZoneInfo("Europe/Warsaw")))


def simple(number: int, read: datetime, *, stock: int | None = None, prices: PriceSchedule | None = None, **more) -> ProductFacts:
    """A product sold as it is. `stock` None: nobody counts."""
    policy = StockPolicy(item=None if stock is None else StockItemId(number), backorders=more.pop("backorders", Backorders.NO))
    sold = variant(number, as_of=read, stock=policy, prices=prices or PriceSchedule(regular=1999))
    return ProductFacts(product=product(number, as_of=read, variants=(sold,), **more), stock=_count(number, stock))


def variable(number: int, read: datetime, variations: tuple[int, ...], *, stock: int | None = None, **more) -> ProductFacts:
    """A product with variations. `stock`: the count they share."""
    kept = product(number, as_of=read, kind=Kind.VARIABLE, variants=(), options=(Option("Rozmiar", tuple(map(str, variations))),), **more)
    return ProductFacts(product=kept, stock=_count(number, stock), variation_ids=tuple(map(VariantId, variations)))


def variation(
    number: int, parent: int, read: datetime, *, price: int | None = 1999, stock: int | None = None, shared: bool = False, **more
) -> VariationFacts:
    """`shared`: its stock is the product's."""
    item = StockItemId(parent) if shared else None if stock is None else StockItemId(number)
    modified = more.pop("modified", read)
    sold = variant(
        number,
        parent,
        as_of=read,
        prices=more.pop("prices", PriceSchedule(regular=price)),
        stock=StockPolicy(item=item, backorders=more.pop("backorders", Backorders.NO)),
        options=(SelectedOption("Rozmiar", str(number)),),
        **more,
    )
    return VariationFacts(
        variant=sold, parent_id=ProductId(parent), status=Status.PUBLISH, modified_at=modified, stock=_count(number, stock)
    )


def _count(number: int, stock: int | None) -> StockFact | None:
    return None if stock is None else StockFact(item=StockItemId(number), on_hand=stock)


def repriced(facts: ProductFacts, schedule: PriceSchedule, modified: datetime) -> ProductFacts:
    sold = msgspec.structs.replace(facts.product.variants[0], prices=schedule)
    return msgspec.structs.replace(facts, product=msgspec.structs.replace(facts.product, variants=(sold,), updated_at=modified))
