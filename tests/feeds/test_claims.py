"""Of two items with one id only the first stands in the feed, and it makes no difference how the feed came about."""

import re

import pytest

from feeds.claims import code_of
from feeds.inspecting import CheckTotals, check_items, explain_item
from spoina.catalog.types import Status
from tests.feeds.shop import NOW, builder, content, definition, good, good_variant, open_shop, packed, put_in

TWICE = "GOOGLE-ID-DUPLICATE"
LOOSE = "[guards]\nmost_failing = 50\n"


def bearer(number: int, sku: str):
    return good(number, variants=(good_variant(number, sku=sku),))


async def fed(pool, tmp_path) -> list[str]:
    return re.findall(r"/produkt/kubek-(\d+)/", await content(pool, tmp_path))


async def built(pool, tmp_path):
    """Incrementally where that is possible; a whole build must come to the same bytes and numbers."""
    made = (await builder(pool, tmp_path).build(definition(LOOSE))).made
    reference = (await builder(pool, tmp_path).build(definition(LOOSE, name="reference"), whole=True)).made
    assert made.totals == reference.totals
    assert await packed(pool, tmp_path) == await packed(pool, tmp_path, "reference")
    return made


async def test_the_second_of_one_id_fails(pool, tmp_path):
    await open_shop(pool, [*(good(number) for number in range(1, 30)), bearer(30, "SKU-7")])
    made = await built(pool, tmp_path)
    assert (made.totals.items, made.totals.failing, made.totals.rules) == (29, 1, {TWICE: 1})
    assert (await fed(pool, tmp_path))[6:] == [str(number) for number in range(7, 30)]
    told = [await explain_item(pool, definition(), sku, NOW) for sku in ("7", "30")]
    assert [(each.included, each.decided_by) for each in told] == [(True, ""), (False, TWICE)]
    (found,) = [each async for each in check_items(pool, definition(), NOW, CheckTotals())]
    assert (found.item, found.finding.rule) == ("SKU-7", TWICE)


async def test_many_of_one_id_hold_a_feed_back(pool, tmp_path):
    await open_shop(pool, [bearer(number, "SKU") for number in range(1, 5)])
    outcome = await builder(pool, tmp_path).build(definition())
    assert outcome.held_back == f"3 of 4 items fail; the limit is 5 % ({TWICE}: 3)"


STEPS = {
    "an item takes the id of a later one": ([bearer(3, "SKU-20")], {"20"}),
    "an item takes the id of an earlier one": ([bearer(20, "SKU-3")], {"20"}),
    "the first leaves its id to the second": ([bearer(30, "SKU-3"), good(3, status=Status.DRAFT)], {"3"}),
    "both leave it": ([bearer(30, "SKU-3"), bearer(31, "SKU-3")], {"30", "31"}),
    "a new product brings it": ([bearer(99, "SKU-5")], {"99"}),
}


@pytest.mark.parametrize("case", STEPS)
async def test_incrementally_as_whole(pool, tmp_path, case):
    products, missing = STEPS[case]
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await built(pool, tmp_path)
    await put_in(pool, products)
    made = await built(pool, tmp_path)
    everything = {str(number) for number in range(1, 41)} | {str(each.id) for each in products}
    assert made.incremental
    assert set(await fed(pool, tmp_path)) == everything - missing


async def test_a_refused_item_is_let_in_when_the_first_is_gone(pool, tmp_path):
    await open_shop(pool, [*(good(number) for number in range(1, 41)), bearer(50, "SKU-7"), bearer(51, "SKU-7")])
    await built(pool, tmp_path)
    await put_in(pool, [bearer(7, "SKU-OTHER")])
    made = await built(pool, tmp_path)
    assert (made.incremental, made.totals.rules) == (True, {TWICE: 1})
    assert (await fed(pool, tmp_path))[-1] == "50"
    await put_in(pool, [good(51, title="Kubek emaliowany 51", variants=(good_variant(51, sku="SKU-7"),))])
    assert (await built(pool, tmp_path)).totals.rules == {TWICE: 1}
    await put_in(pool, [bearer(50, "SKU-FIFTY")])
    assert (await built(pool, tmp_path)).totals.rules == {}
    assert (await fed(pool, tmp_path))[-2:] == ["50", "51"]


async def test_an_item_that_is_not_in_the_feed_claims_nothing(pool, tmp_path):
    await open_shop(pool, [good(1, images=()), bearer(2, "SKU-1"), *(good(number) for number in range(3, 20))])
    made = await built(pool, tmp_path)
    assert (made.totals.items, made.totals.failing, made.totals.rules) == (18, 1, {"GOOGLE-IMAGE-REQUIRED": 1})
    await put_in(pool, [good(1)])
    made = await built(pool, tmp_path)
    assert (made.totals.items, made.totals.rules) == (18, {TWICE: 1})


async def test_two_variants_of_one_product(pool, tmp_path):
    both = good(5, variants=(good_variant(51, product_id=5, sku="SAME"), good_variant(52, product_id=5, sku="SAME")))
    await open_shop(pool, [*(good(number) for number in range(10, 40)), both])
    assert (await built(pool, tmp_path)).totals.rules[TWICE] == 1
    await put_in(pool, [good(5, title="Kubek nowy", variants=both.variants)])
    made = await built(pool, tmp_path)
    assert (made.incremental, made.totals.rules[TWICE]) == (True, 1)


def test_all_of_a_code_depends_on_all_of_a_name():
    """The sums of a name that reads the same from both ends, forwards and backwards, would be one sum: half a code."""
    codes = [code_of(name) for name in ("KAJAK", "ABCDDCBA", "1234554321")]
    assert [code for code in codes if code >> 32 == code & 0xFFFFFFFF] == []
