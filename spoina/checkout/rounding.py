"""Where a shop rounds taxes once for the whole cart, the rounded lines may miss its total by a few grosze; then lines give way, so that
together they are what the customer pays."""

from collections.abc import Sequence

from msgspec.structs import replace

from spoina.orders.types import DraftLine

_WHOLE = 10_000


def levelled(lines: Sequence[DraftLine], gross: int) -> tuple[DraftLine, ...]:
    """The lines, which together cost exactly `gross` with tax: the dearest give way first, each by one grosz at a time."""
    found = list(lines)
    missing = gross - sum(line.gross for line in lines)
    order = sorted(range(len(found)), key=lambda place: (-found[place].gross, place))
    while missing and order:
        step = 1 if missing > 0 else -1
        for place in order:
            if missing and found[place].gross + step >= 0:
                found[place] = _moved(found[place], step)
                missing -= step
    return tuple(found)


def _moved(line: DraftLine, step: int) -> DraftLine:
    """Split into net and tax as WooCommerce splits a price with tax. A line without a discount keeps none."""
    gross = line.gross + step
    net = round(gross * _WHOLE / (_WHOLE + line.rate))
    moved = replace(line, total=net, total_tax=gross - net)
    if (line.subtotal, line.subtotal_tax) == (line.total, line.total_tax) or net > line.subtotal:
        return replace(moved, subtotal=net, subtotal_tax=gross - net)
    return moved
