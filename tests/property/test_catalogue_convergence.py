"""Whatever order reads arrive in, and however often, the catalogue ends as the newest of them saw the shop.

The product is known to begin with: one that was never stored leaves no trace when it is missed, so that an older read of it still counts.
"""

from datetime import datetime
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoina.catalog.service import CatalogService
from spoina.db import Pool
from tests.spoina.catalog import stored
from tests.spoina.catalog.reads import at, service, simple, variable, variation

PRODUCT = 10
VARIATIONS = (11, 12, 13)
GONE = "gone"


class Moment(NamedTuple):
    """The shop at one time: a product's title and count, and of each variation price and count. `variations` None: a simple product."""

    title: str
    count: int | None
    variations: dict[int, tuple[int | None, int | None]] | None


counts = st.none() | st.integers(-1, 2)
families = st.dictionaries(st.sampled_from(VARIATIONS), st.tuples(st.none() | st.integers(1, 5), counts))
moments = st.builds(Moment, st.sampled_from(["Kubek", "Garnek", GONE]), counts, st.none() | families)
reads = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["product", "variations"])), max_size=12)


async def read_product(catalog: CatalogService, shop: Moment, read: datetime) -> None:
    if shop.title == GONE:
        await catalog.remove_products([PRODUCT], read)
    elif shop.variations is None:
        await catalog.apply_products([simple(PRODUCT, read, stock=shop.count, title=shop.title)], read)
    else:
        await catalog.apply_products([variable(PRODUCT, read, tuple(shop.variations), stock=shop.count, title=shop.title)], read)


async def read_variations(catalog: CatalogService, shop: Moment, read: datetime) -> None:
    family = shop.variations if shop.variations is not None and shop.title != GONE else {}
    facts = [variation(number, PRODUCT, read, price=price, stock=count) for number, (price, count) in family.items()]
    await catalog.apply_variations(facts, read)


async def seen(pool: Pool) -> tuple:
    found = await stored.document(pool, PRODUCT)
    rows = await pool.fetch("select id, sells, stock_item from variant where product_id = $1 order by id", PRODUCT)
    available = await pool.fetchval("select available from product where id = $1 and deleted_at is null", PRODUCT)
    shown = [(variant.id, variant.prices.regular) for variant in found.variants] if found else None
    return found and (found.title, found.kind), shown, [tuple(row) for row in rows], available, await stored.stock(pool)


async def begun(pool: Pool, catalog: CatalogService) -> None:
    await pool.execute("truncate product, product_document, variant, stock, price_change cascade")
    await read_product(catalog, Moment("Koc", 1, None), at(-1))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(moments, min_size=1, max_size=10), early=reads, late=reads, product_first=st.booleans())
async def test_reads_in_any_order_end_in_the_newest(pool: Pool, history: list[Moment], early: list, late: list, product_first: bool):
    catalog, newest = service(pool), len(history) - 1
    reading = {"product": read_product, "variations": read_variations}
    final = [(newest, "product"), (newest, "variations")][:: 1 if product_first else -1]

    await begun(pool, catalog)
    for _, what in final:
        await reading[what](catalog, history[newest], at(newest))
    wanted = await seen(pool)

    await begun(pool, catalog)
    for place, what in [*early, *final, *late]:
        moment = min(place, newest)
        await reading[what](catalog, history[moment], at(moment))
    assert await seen(pool) == wanted
