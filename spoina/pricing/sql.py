"""How the price history is kept: rows are added and never changed."""

from collections.abc import Collection, Mapping
from datetime import datetime

import asyncpg

from spoina.db import Connection
from spoina.ids import VariantId
from spoina.pricing.rules import effective
from spoina.pricing.types import PriceChange, PriceSchedule

LOAD_CHANGES = """
select history.*
from unnest($1::bigint[]) as wanted (variant_id)
cross join lateral (
    select c.variant_id, c.valid_from, c.regular, c.sale, c.sale_from, c.sale_to
    from price_change c
    where c.variant_id = wanted.variant_id
        and c.valid_from > coalesce(
            (select max(f.valid_from) from price_change f where f.variant_id = wanted.variant_id and f.currency <> $2), '-infinity'
        )
        and c.valid_from >= coalesce(
            (select max(b.valid_from) from price_change b where b.variant_id = wanted.variant_id and b.valid_from <= $3), '-infinity'
        )
    order by c.valid_from
) history
"""


async def load_changes(
    connection: Connection, variant_ids: Collection[VariantId], currency: str, since: datetime | None = None
) -> dict[VariantId, list[PriceChange]]:
    """Each variant's rows from `since` on, oldest first, with the one already in force then; an empty list for a variant without any.

    Without `since`, all of them: what a prior price needs, as nobody knows how long a running sale has lasted before it is read.
    Rows up to the last one in another currency are left out: such amounts are no evidence. Exact price texts are not kept in the history.
    """
    changes: dict[VariantId, list[PriceChange]] = {variant_id: [] for variant_id in variant_ids}
    for row in await connection.fetch(LOAD_CHANGES, list(changes), currency, since):
        changes[VariantId(row["variant_id"])].append(_change(row))
    return changes


APPEND_CHANGES = """
insert into price_change (variant_id, valid_from, currency, regular, sale, sale_from, sale_to, effective)
select new.variant_id, new.valid_from, $1, new.regular, new.sale, new.sale_from, new.sale_to, new.effective
from unnest($2::bigint[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::bigint[])
    as new (variant_id, valid_from, regular, sale, sale_from, sale_to, effective)
where not exists (
    select from (
        select c.* from price_change c
        where c.variant_id = new.variant_id and c.valid_from <= new.valid_from
        order by c.valid_from desc
        limit 1
    ) held
    where (held.currency, held.regular, held.sale, held.sale_from, held.sale_to)
        is not distinct from ($1, new.regular, new.sale, new.sale_from, new.sale_to)
)
order by new.variant_id
on conflict do nothing
"""


async def append_changes(connection: Connection, currency: str, changes: Mapping[VariantId, PriceChange]) -> int:
    """Adds each variant's change unless the schedule already held then; how many were added. Safe to repeat."""
    columns = zip(*(_row(variant_id, change) for variant_id, change in changes.items()), strict=True)
    if not changes:
        return 0
    status = await connection.execute(APPEND_CHANGES, currency, *columns)
    return int(status.rpartition(" ")[2])


def _change(row: asyncpg.Record) -> PriceChange:
    schedule = PriceSchedule(regular=row["regular"], sale=row["sale"], sale_from=row["sale_from"], sale_to=row["sale_to"])
    return PriceChange(valid_from=row["valid_from"], schedule=schedule)


def _row(variant_id: VariantId, change: PriceChange) -> tuple[object, ...]:
    schedule = change.schedule
    in_force = effective(schedule, change.valid_from)
    return variant_id, change.valid_from, schedule.regular, schedule.sale, schedule.sale_from, schedule.sale_to, in_force
