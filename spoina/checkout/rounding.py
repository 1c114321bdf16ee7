"""Where a shop rounds taxes once for the whole cart, the rounded lines may miss its total by a few grosze; and where a coupon is worth more
than the cart, WooCommerce counts a line below nothing, though nobody pays less than nothing. Then lines give way, so that together they are
what the customer pays."""

from collections.abc import Sequence

from msgspec.structs import replace

from spoina.orders.types import DraftLine

_WHOLE = 10_000


def levelled(lines: Sequence[DraftLine], gross: int) -> tuple[DraftLine, ...]:
    """The lines, none below nothing, which together cost exactly `gross` with tax: the dearest give way first, all by about the same."""
    found = [replace(line, total=0, total_tax=0) if line.gross < 0 else line for line in lines]
    missing = gross - sum(line.gross for line in found)
    order = sorted(range(len(found)), key=lambda place: (-found[place].gross, place))
    while missing and (order := [place for place in order if missing > 0 or found[place].gross > 0]):
        share = max(abs(missing) // len(order), 1)
        for place in order:
            step = min(share, missing) if missing > 0 else -min(share, -missing, found[place].gross)
            if step:
                found[place] = _moved(found[place], step)
                missing -= step
    return tuple(found)


def _moved(line: DraftLine, step: int) -> DraftLine:
    """Split into net and tax as WooCommerce splits a price with tax. A line without a discount gets none for a grosz."""
    gross = line.gross + step
    net = round(gross * _WHOLE / (_WHOLE + line.rate))
    moved = replace(line, total=net, total_tax=gross - net)
    undiscounted = (line.subtotal, line.subtotal_tax) == (line.total, line.total_tax)
    if (undiscounted and abs(step) == 1) or net > line.subtotal:
        return replace(moved, subtotal=net, subtotal_tax=gross - net)
    return moved
