"""What a feed needs to know of the shop beside its products: settings, the category tree, taxes, and the rules of its stock."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from spoina.catalog.categories import CategoryTree
from spoina.catalog.frame import load_shop
from spoina.catalog.types import Category, Shop
from spoina.db import Connection
from spoina.errors import NotFound
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.types import StockRules

_CATEGORIES = "select body from term where taxonomy = 'category' order by id"
_RATES = """
select class, country, rate from tax_rate where state in ('', '*') and postcodes = '{}' and cities = '{}' order by priority, position, id
"""

# Every change of a row is a new version of it, at another place or of another transaction: as long as these are the same, so is what the
# rows say. Asked for in a quarter of the time that reading them takes.
FRAME_VERSION = """
select bit_xor(hashtextextended(concat_ws(' ', tableoid, ctid, xmin), 0)) from (
    select tableoid, ctid, xmin from shop union all select tableoid, ctid, xmin from tax_rate
    union all select tableoid, ctid, xmin from term where taxonomy = 'category'
    union all select tableoid, ctid, xmin from location union all select tableoid, ctid, xmin from channel_buffer
    union all select tableoid, ctid, xmin from share_policy union all select tableoid, ctid, xmin from channel_share
) as parts
"""
"""Of all that `load_frame` reads."""

_decode_category = msgspec.json.Decoder(Category).decode


class TaxShare(msgspec.Struct, frozen=True, order=True):
    """What tax adds to a net price, as a part of it: 0.23. `country` "": everywhere."""

    tax_class: str
    country: str
    share: Decimal


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    shop: Shop
    categories: CategoryTree
    taxes: tuple[TaxShare, ...]
    stock: StockRules
    version: int | None = None
    """See FRAME_VERSION; None: nobody asked."""

    def shares_in(self, country: str) -> Mapping[str, Decimal]:
        """By tax class, the rates of a whole country; of a class without one, nothing is added."""
        found: dict[str, Decimal] = {}
        for tax in self.taxes:
            if tax.country in {"", "*", country}:
                found.setdefault(tax.tax_class, tax.share)
        return found


async def load_frame(db: Connection, version: int | None = None) -> Frame:
    """Raises NotFound before the first synchronisation."""
    shop = await load_shop(db)
    if shop is None:
        raise NotFound("shop", "before the first synchronisation")
    categories = [_decode_category(row[0]) for row in await db.fetch(_CATEGORIES)]
    taxes = [TaxShare(row[0], row[1], Decimal(row[2]) / 100) for row in await db.fetch(_RATES)]
    stock = await load_rules(db)
    return Frame(shop=shop, categories=CategoryTree(categories), taxes=tuple(taxes), stock=stock, version=version)
