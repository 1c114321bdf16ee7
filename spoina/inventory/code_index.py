"""Every code of the catalogue in the process's memory, kept current by the catalogue's announcements."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence

import asyncpg

from spoina.catalog.following import CATALOG_CHANGED
from spoina.db import Pool
from spoina.ids import ProductId, StockItemId, VariantId
from spoina.inventory.known_codes import Code, CodeKind, KnownCodes, KnownVariant, Sells, gtin_of, number_of
from spoina.notifications import Listener

BARCODES_CHANGED = "barcodes_changed"
"""Announced with the ids of the variants, where codes that are kept here, and not in WooCommerce, changed."""
_ROWS_AT_ONCE = 10_000

_COLUMNS = """
select p.id as product_id, p.version, v.id, v.sku, v.barcode, v.stock_item, v.sells, p.published,
    array(select code from known_barcode where known_barcode.variant_id = v.id) as codes
from product p
"""
_ALL = f"{_COLUMNS} join variant v on v.product_id = p.id where p.deleted_at is null"
_CHANGED = f"{_COLUMNS} left join variant v on v.product_id = p.id and p.deleted_at is null where p.version > $1"
_RECODED = f"{_COLUMNS} join variant v on v.product_id = p.id where p.deleted_at is null and v.id = any($1::bigint[])"
_BY_CODES = f"""
{_COLUMNS} join variant v on v.product_id = p.id
where p.deleted_at is null and v.id in (
    select id from variant where sku = any($1::text[])
    union all select id from variant where barcode = any($1::text[])
    union all select variant_id from known_barcode where code = any($2::text[])
    union all select id from variant where barcode = any($3::text[])
    union all select unnest($4::bigint[])
)
"""  # noqa: S608
_VERSION = "select coalesce(max(version), 0) from product"

Changed = Callable[[Collection[int] | None], None]
"""Called with the variants that changed, appeared or went; None: nothing is sure."""

_log = logging.getLogger(__name__)


async def read_codes(pool: Pool, codes: Collection[Code]) -> KnownCodes:
    """What the database knows of these codes. It keeps none with a NUL, and would refuse to be asked for one."""
    texts = [text for code in codes if "\0" not in (text := code.text.strip())]
    gtins = [f"{gtin:014d}" for text in texts if (gtin := gtin_of(text)) is not None]
    numbers = [number_of(code.text) for code in codes if code.kind is CodeKind.VARIANT]
    found = KnownCodes()
    for variant in _variants(await pool.fetch(_BY_CODES, texts, gtins, _as_typed(gtins), numbers)):
        found.put(variant)
    return found


class CodeIndex:
    """A subscriber of the listener. While that is cut off, `live` is False and the codes are those of before."""

    channels: Sequence[str] = (CATALOG_CHANGED, BARCODES_CHANGED)

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener
        self._seen = self._heard = 0
        self._recoded: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self._watchers: list[Changed] = []
        self.known = KnownCodes()
        self.live = False

    async def start(self) -> None:
        """Returns with all codes loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    def watch(self, changed: Changed) -> None:
        """`changed` must not block."""
        self._watchers.append(changed)

    def heard(self, channel: str, payload: str) -> None:
        if channel == CATALOG_CHANGED:
            self._heard = max(self._heard, int(payload))
        else:
            self._recoded.update(map(int, payload.split(",")))
        if self.live and self._task is None:
            self._task = asyncio.create_task(self._catch_up())

    def cut_off(self) -> None:
        self.live = False
        self._heard = 0  # what is heard after this may come from another server, whose versions begin anew
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def resumed(self) -> None:
        await self._load()
        self.live = True
        self._tell(None)
        if self._is_behind():
            self._task = asyncio.create_task(self._catch_up())

    def _is_behind(self) -> bool:
        return self._seen < self._heard or bool(self._recoded)

    async def _catch_up(self) -> None:
        try:
            while self._is_behind():
                await (self._read_changes(self._heard) if self._seen < self._heard else self._read_recoded())
        except Exception as failure:  # whatever it is: start over with everything
            _log.warning("cannot follow the codes: %s", failure)
            self._listener.restart()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _load(self) -> None:
        self._recoded.clear()
        found = KnownCodes()
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            self._seen = await connection.fetchval(_VERSION)
            cursor = await connection.cursor(_ALL)
            while rows := await cursor.fetch(_ROWS_AT_ONCE):
                for variant in _variants(rows):
                    found.put(variant)
        self.known = found

    async def _read_changes(self, heard: int) -> None:
        """`heard`: a version known to be committed, so that the statement sees all rows up to it."""
        rows = await self._pool.fetch(_CHANGED, self._seen)
        before: set[int] = {each.id for product in {row["product_id"] for row in rows} for each in self.known.of_product(product)}
        now = list(_variants(rows))
        self._replace(before, now)
        self._seen = max(heard, self._seen, *(row["version"] for row in rows))

    async def _read_recoded(self) -> None:
        ids, self._recoded = self._recoded, set()
        self._replace(ids, list(_variants(await self._pool.fetch(_RECODED, list(ids)))))

    def _replace(self, before: set[int], now: list[KnownVariant]) -> None:
        for variant in now:
            self.known.put(variant)
        present = {variant.id for variant in now}
        for gone in before - present:
            self.known.remove(gone)
        self._tell(before | present)

    def _tell(self, variants: Collection[int] | None) -> None:
        for changed in self._watchers:
            changed(variants)


def _variants(rows: Iterable[asyncpg.Record]) -> Iterable[KnownVariant]:
    for row in rows:
        if row["id"] is not None:
            yield _variant(row)


def _variant(row: asyncpg.Record) -> KnownVariant:
    barcode = row["barcode"]
    own = gtin_of(barcode) if barcode else None
    return KnownVariant(
        VariantId(row["id"]),
        ProductId(row["product_id"]),
        None if row["stock_item"] is None else StockItemId(row["stock_item"]),
        Sells(row["sells"]),
        row["published"],
        row["sku"] or None,
        barcode if own is None else None,
        tuple(sorted({int(code) for code in row["codes"]} | ({own} if own is not None else set()))),
    )


def _as_typed(gtins: Iterable[str]) -> list[str]:
    """The ways in which a shop may have written a GTIN."""
    return [gtin[14 - length :] for gtin in gtins for length in (8, 12, 13, 14) if not gtin[: 14 - length].strip("0")]
