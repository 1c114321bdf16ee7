import pytest

from spoina.catalog.types import Backorders, StockPolicy, StockStatus
from spoina.inventory.rules import available, is_for_sale
from spoina.pricing.types import PriceSchedule
from tests.spoina.catalog.builders import variant

COUNTED, ON_ORDER = StockPolicy(item=1), StockPolicy(item=1, backorders=Backorders.NOTIFY)


def test_available_is_what_is_neither_held_nor_kept_back():
    assert (available(10, 3, 2), available(1, 2, 0)) == (5, -1)


@pytest.mark.parametrize(
    ("case", "facts", "left", "expected"),
    [
        ("not counted, in stock", {}, None, True),
        ("not counted, on order", {"stock": StockPolicy(status=StockStatus.ON_BACKORDER)}, None, True),
        ("not counted, out of stock", {"stock": StockPolicy(status=StockStatus.OUT_OF_STOCK)}, None, False),
        ("counted, one left", {"stock": COUNTED}, 1, True),
        ("counted, none left", {"stock": COUNTED}, 0, False),
        ("counted, oversold", {"stock": COUNTED}, -1, False),
        ("counted, nothing known", {"stock": COUNTED}, None, False),
        ("counted, the shop's status is not asked", {"stock": StockPolicy(item=1, status=StockStatus.OUT_OF_STOCK)}, 1, True),
        ("none left, on order", {"stock": ON_ORDER}, -3, True),
        ("switched off", {"purchasable": False}, None, False),
        ("without a price", {"prices": PriceSchedule()}, None, False),
        ("free of charge", {"prices": PriceSchedule(regular=0)}, None, True),
    ],
)
def test_is_for_sale(case, facts, left, expected):
    assert is_for_sale(variant(1, **facts), left) is expected
