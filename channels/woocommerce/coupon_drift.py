"""Drift of coupons: what the shop says now against what carts reckon with, by value. Settings, taxes, shipping and payment methods need
none: they are read whole whenever the shop is opened."""

from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec

from channels.woocommerce.coupons import Coupons
from channels.woocommerce.mapping.coupons import map_coupon
from channels.woocommerce.mirror import LISTS, PER_PAGE, Mirror, glances
from channels.woocommerce.payloads import Unmappable, items_of
from spoina.errors import SourceMissing, SourceRefused
from spoina.pricing.cart.types import Coupon
from spoina.sync.runs import Counts
from spoina.terms import sql
from spoina.terms.types import CouponFacts


class CouponDifference(msgspec.Struct, frozen=True, kw_only=True):
    """`shop` and `here` are the two values as text. `field` "published": only one side has the coupon."""

    number: int
    code: str
    field: str
    shop: str
    here: str


async def find_coupon_drift(mirror: Mirror) -> AsyncIterator[CouponDifference]:
    """Reads all coupons once. What is in quarantine is no drift, nor is a shop that shows this key none: both are listed there."""
    met: set[int] = set()
    try:
        async for page in mirror.client.pages("coupons", LISTS["coupons"]):
            raws = items_of(page.body)
            met.update(seen.id for seen in glances(raws))
            async with mirror.pool.acquire() as db:
                stored = await sql.coupons_by_id(db, sorted(met))
            for fact in _mapped(raws):
                for difference in _differences(fact, stored.get(fact.coupon.id)):
                    yield difference
    except (SourceRefused, SourceMissing):
        return
    for number, coupon in await _not_met(mirror, met):
        yield CouponDifference(number=number, code=coupon.code, field="published", shop="False", here="True")


async def repair_coupons(mirror: Mirror, differences: Sequence[CouponDifference], counts: Counts) -> int:
    """Reads those that differ again; returns how many coupons that were."""
    numbers = sorted({difference.number for difference in differences})
    for start in range(0, len(numbers), PER_PAGE):
        await Coupons(mirror, counts).read(numbers[start : start + PER_PAGE])
    return len(numbers)


def _mapped(raws: Sequence[msgspec.Raw]) -> Iterator[CouponFacts]:
    for raw in raws:
        try:
            yield map_coupon(raw)
        except Unmappable:
            continue


def _differences(fact: CouponFacts, ours: Coupon | None) -> Iterator[CouponDifference]:
    theirs = fact.coupon
    if ours is None or not fact.published:
        if fact.published is not (ours is not None):
            yield _difference(theirs, "published", fact.published, ours is not None)
        return
    for field in theirs.__struct_fields__:
        if getattr(theirs, field) != getattr(ours, field):
            yield _difference(theirs, field, getattr(theirs, field), getattr(ours, field))


def _difference(coupon: Coupon, field: str, shop: object, here: object) -> CouponDifference:
    values = [msgspec.json.encode(value).decode() if not isinstance(value, bool) else str(value) for value in (shop, here)]
    return CouponDifference(number=coupon.id, code=coupon.code, field=field, shop=values[0], here=values[1])


async def _not_met(mirror: Mirror, met: set[int]) -> list[tuple[int, Coupon]]:
    """One that was made while the list was read is asked for by its number."""
    rows = await mirror.pool.fetch("select id from coupon where published and id <> all($1::bigint[]) order by id", list(met))
    gone = []
    for start in range(0, len(rows), PER_PAGE):
        numbers = [row[0] for row in rows[start : start + PER_PAGE]]
        page = await mirror.client.get_page("coupons", {**LISTS["coupons"], "include": ",".join(map(str, numbers))})
        gone += sorted(set(numbers) - {seen.id for seen in glances(items_of(page.body))})
    async with mirror.pool.acquire() as db:
        return sorted((await sql.coupons_by_id(db, gone)).items())
