"""People name what they move by its codes."""

from collections.abc import Sequence

import msgspec

from spoina.db import Pool
from spoina.errors import InvalidInput
from spoina.ids import StockItemId
from spoina.inventory.code_index import read_codes
from spoina.inventory.known_codes import Code, KnownCodes
from spoina.inventory.types import MoveLine


class NamedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code`: SKU, GTIN or barcode."""

    code: str
    units: int


async def move_lines(pool: Pool, lines: Sequence[NamedLine]) -> list[MoveLine]:
    """Raises InvalidInput for a code that names nothing, several things, or something whose stock is not counted."""
    known = await read_codes(pool, [Code(line.code) for line in lines])
    return [MoveLine(_item(known, line.code, f"lines[{place}].code"), line.units) for place, line in enumerate(lines)]


async def stock_item(pool: Pool, code: str, field: str = "code") -> StockItemId:
    """Raises InvalidInput as `move_lines` does."""
    return _item(await read_codes(pool, [Code(code)]), code, field)


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
