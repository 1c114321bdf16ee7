import pytest

from spoina.ids import ProductId, StockItemId, VariantId
from spoina.inventory.known_codes import Code, CodeKind, KnownCodes, KnownVariant, Sells, gtin_of


def variant(
    number: int, product: int | None = None, item: int | None = None, sku: str | None = None, barcode=None, gtins=()
) -> KnownVariant:
    counted = None if item is None else StockItemId(item)
    return KnownVariant(VariantId(number), ProductId(product or number), counted, Sells.COUNTED, True, sku, barcode, gtins)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5901234123457", 5901234123457),
        ("05901234123457", 5901234123457),
        ("96385074", 96385074),
        ("036000291452", 36000291452),
        ("5901234123458", None),
        ("590123412345", None),
        ("590123412345x", None),
        ("٥٩٠١٢٣٤١٢٣٤٥٧", None),
        ("00000000", None),
        ("", None),
    ],
)
def test_gtins_of_all_lengths_are_one_number(text, expected):
    assert gtin_of(text) == expected


def test_an_sku_goes_before_a_gtin_and_that_before_a_barcode():
    known = KnownCodes()
    known.put(variant(1, sku="96385074"))
    known.put(variant(2, gtins=(96385074,)))
    known.put(variant(3, barcode="KASA"))
    found = {kind: [each.id for each in known.find(Code("96385074", kind))] for kind in (None, *CodeKind)}
    assert found == {None: [1], CodeKind.SKU: [1], CodeKind.GTIN: [2], CodeKind.BARCODE: [2], CodeKind.VARIANT: []}
    assert [each.id for each in known.find(Code(" KASA "))] == [3]
    assert [each.id for each in known.find(Code("3", CodeKind.VARIANT))] == [3]


def test_a_code_may_have_several_bearers_and_lose_them():
    known = KnownCodes()
    for number in (5, 3, 4):
        known.put(variant(number, sku="MUG"))
    known.remove(3)
    known.put(variant(4, sku="CUP"))
    assert [each.id for each in known.find(Code("MUG"))] == [5]
    known.remove(5)
    known.remove(5)
    assert (known.find(Code("MUG")), len(known)) == ([], 1)


def test_stock_that_variants_share_leads_to_all_of_them():
    known = KnownCodes()
    for each in (variant(11, 10, item=10), variant(12, 10, item=10), variant(13, 10, item=13), variant(20, item=20)):
        known.put(each)
    assert [[each.id for each in known.of_item(item)] for item in (10, 13, 20, 11)] == [[11, 12], [13], [20], []]
