"""What a feed makes of the shop's prices: tax on top where there is any, and another currency."""

from decimal import Decimal

import msgspec
import pytest

from feeds.amounts import gross_prices
from feeds.frame import Frame, TaxShare
from feeds.items import ItemMaker
from feeds.sources import SourceVariant
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Shop
from spoina.inventory.types import StockRules
from spoina.pricing.cart.types import TaxStatus
from spoina.pricing.types import PriceSchedule
from tests.feeds.shop import NOW, definition

PRICES = PriceSchedule(regular=1000, sale=800)
SHOP = Shop(name="Sklep", url="https://sklep.example", currency="PLN", country="PL", timezone="Europe/Warsaw", as_of=NOW)
TAXES = (TaxShare("", "PL", Decimal("0.23")), TaxShare("books", "PL", Decimal("0.05")), TaxShare("odd", "PL", Decimal("0.25")))
EUROS = 'currency = "EUR"\nexchange_rate = "0.8"\n'


def regular(text: str, tax_class: str, status: TaxStatus, **shop: bool) -> int:
    frame = Frame(shop=msgspec.structs.replace(SHOP, **shop), categories=CategoryTree([]), taxes=TAXES, stock=StockRules())
    maker = ItemMaker(definition(text), frame)
    return maker._priced(PRICES, SourceVariant(id=1, prices=PRICES, tax_class=tax_class, tax_status=status), NOW)[0]


@pytest.mark.parametrize(
    ("tax_class", "status", "zlotys", "euros"),
    [
        ("", TaxStatus.TAXABLE, 1230, 984),
        ("books", TaxStatus.TAXABLE, 1050, 840),
        ("odd", TaxStatus.TAXABLE, 1250, 1000),
        ("a class without rates", TaxStatus.TAXABLE, 1000, 800),
        ("", TaxStatus.NONE, 1000, 800),
        ("books", TaxStatus.SHIPPING_ONLY, 1000, 800),
    ],
)
def test_tax_comes_on_top_of_what_is_taxed_and_everything_is_exchanged(tax_class, status, zlotys, euros):
    net = {"prices_include_tax": False, "calc_taxes": True}
    assert [regular(text, tax_class, status, **net) for text in ("", EUROS)] == [zlotys, euros]
    for shop in ({"prices_include_tax": True, "calc_taxes": True}, {"prices_include_tax": False, "calc_taxes": False}):
        assert [regular(text, tax_class, status, **shop) for text in ("", EUROS)] == [1000, 800]


def test_where_prices_stay_as_they_are_nothing_is_reckoned():
    frame = Frame(shop=SHOP, categories=CategoryTree([]), taxes=TAXES, stock=StockRules())
    assert gross_prices(definition(), frame) == {}
