"""People name what they move by its codes."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from spoina.db import Pool
from spoina.errors import InvalidInput
from spoina.ids import StockItemId, VariantId
from spoina.inventory.code_index import read_codes
from spoina.inventory.known_codes import Code, KnownCodes
from spoina.inventory.types import MoveLine

_SKUS = """
select stock_item, array_agg(sku order by sku) from variant where stock_item = any($1::bigint[]) and sku is not null group by stock_item
"""


class NamedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code`: SKU, GTIN or barcode."""

    code: str
    units: int


async def move_lines(pool: Pool, lines: Sequence[NamedLine]) -> list[MoveLine]:
    """Raises InvalidInput for a code that names nothing, several things, or something whose stock is not counted."""
    items = await stock_items(pool, {f"lines[{place}].code": line.code for place, line in enumerate(lines)})
    return [MoveLine(item, line.units) for item, line in zip(items.values(), lines, strict=True)]


async def stock_item(pool: Pool, code: str, field: str = "code") -> StockItemId:
    """Raises InvalidInput as `move_lines` does."""
    return (await stock_items(pool, {field: code}))[field]


async def stock_items(pool: Pool, codes: Mapping[str, str]) -> dict[str, StockItemId]:
    """`codes` by the fields that they stand in. Raises InvalidInput as `move_lines` does."""
    known = await read_codes(pool, [Code(code) for code in codes.values()])
    return {field: _item(known, code, field) for field, code in codes.items()}


async def skus_of(pool: Pool, items: Collection[StockItemId]) -> dict[StockItemId, tuple[str, ...]]:
    """How people know what is counted: the SKUs of the variants that are sold from it, of those still in the catalogue."""
    return {StockItemId(row[0]): tuple(row[1]) for row in await pool.fetch(_SKUS, list(items))}


async def variant_of(pool: Pool, code: str, field: str = "code") -> VariantId:
    """Raises InvalidInput for a code that names nothing, or several variants."""
    bearers = (await read_codes(pool, [Code(code)])).find(Code(code))
    if not bearers:
        raise InvalidInput(field, f"nothing has the code {code!r}")
    if len(bearers) > 1:
        raise InvalidInput(field, f"{len(bearers)} variants have the code {code!r}; use one that only one has")
    return VariantId(bearers[0].id)


def _item(known: KnownCodes, code: str, field: str) -> StockItemId:
    bearers = known.find(Code(code))
    items = {bearer.item for bearer in bearers}
    if not bearers:
        raise InvalidInput(field, f"nothing has the code {code!r}")
    if len(items) > 1:
        raise InvalidInput(field, f"{len(bearers)} variants have the code {code!r}; use one that only one has")
    item = items.pop()
    if item is None:
        raise InvalidInput(field, f"the stock of {code!r} is not counted in WooCommerce")
    return item
