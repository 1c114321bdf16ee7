"""The letters on the demo till's receipts: the shop's own rates at home, the highest first, as Polish printers are set up."""

from string import ascii_uppercase

from spoina.db import Pool
from spoina.pos.rules import EXEMPT
from spoina.pos.terminals import set_vat_letters, vat_letters
from spoina.pos.types import VatLetter

_RATES = """
select case class when 'standard' then '' else class end as tax_class, round(max(rate::numeric) * 100)::integer as rate
from tax_rate where country in ('', (select country from shop)) group by class order by 2 desc, 1
"""
MOST = 6
"""Of seven letters the last is kept for what is exempt."""


async def ensure_letters(pool: Pool) -> None:
    """Leaves letters alone that somebody has set."""
    if await vat_letters(pool):
        return
    rates = await pool.fetch(_RATES)
    by_rate = dict(zip(dict.fromkeys(row["rate"] for row in rates), ascii_uppercase[:MOST], strict=False))
    known = [row for row in rates if row["rate"] in by_rate]
    letters = [VatLetter(tax_class=row["tax_class"], letter=by_rate[row["rate"]], rate=row["rate"]) for row in known]
    await set_vat_letters(pool, [*letters, VatLetter(tax_class=EXEMPT, letter="G", rate=0)])
