"""An explanation costs one connection and as many statements whatever the shop, and what cannot be asked for is said by name."""

import asyncio

import pytest

from feeds.inspecting import LONGEST_SKU, explain_item
from spoina.db import connect_pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from tests.feeds.shop import NOW, definition, good, good_variant, open_shop
from tests.sql_statements import count_statements, within

STATEMENTS = 13
"""The transaction's two, seven of the shop's frame, one for who bears the SKU, two for the product and its stock, one for its rivals."""
OF_ANOTHER = 2


def bearer(number: int, sku: str):
    return good(number, variants=(good_variant(number, sku=sku),))


async def test_more_may_ask_at_once_than_there_are_connections(database):
    pool = await connect_pool(database, size=2)
    try:
        await open_shop(pool, [good(number) for number in range(1, 9)])
        asked = [explain_item(pool, definition(), f"SKU-{number}", NOW) for number in range(1, 9)]
        told = await asyncio.wait_for(asyncio.gather(*asked), 30)
        assert [(each.sku, each.included) for each in told] == [(f"SKU-{number}", True) for number in range(1, 9)]
    finally:
        pool.terminate()


@pytest.mark.parametrize(
    ("case", "asked", "statements", "decided_by"),
    [
        ("nobody else has its id", "SKU-3", STATEMENTS, ""),
        ("the first of many, which is looked no further than at", "1", STATEMENTS, ""),
        ("the last of many, which the first one stops", "8", STATEMENTS + OF_ANOTHER, "GOOGLE-ID-DUPLICATE"),
    ],
)
async def test_the_statements_of_an_explanation(pool, case, asked, statements, decided_by):
    await open_shop(pool, [bearer(1, "SAME"), good(3), *(bearer(number, "SAME") for number in range(4, 9))])
    async with count_statements(pool) as sent:
        told = await explain_item(pool, definition(), asked, NOW)
    assert told.decided_by == decided_by
    within({statements}, case, sent)


async def test_what_cannot_be_an_sku_is_said_before_anything_is_read(pool):
    async with count_statements(pool) as sent:
        with pytest.raises(InvalidInput, match=r"^sku: must not be empty$"):
            await explain_item(pool, definition(), "", NOW)
        with pytest.raises(LimitExceeded, match=r"^sku: at most 200 characters$"):
            await explain_item(pool, definition(), "K" * (LONGEST_SKU + 1), NOW)
    assert len(sent) == 0


@pytest.mark.parametrize("sku", ["none", "K" * LONGEST_SKU, "\x00", "9" * 30, "-1", "٣", "SKU-3 "])
async def test_what_no_item_bears(pool, sku):
    await open_shop(pool, [good(3)])
    with pytest.raises(NotFound):
        await explain_item(pool, definition(), sku, NOW)
