"""The demo shop's feeds in every format: built, read back by parsers that are not ours, and without a single error in any item."""

import gzip
import json

import pytest

from feeds.definitions import make_format, parse_definition
from feeds.formats import FORMATS
from feeds.inspecting import CheckTotals, check_items
from feeds.types import FeedDefinition
from spoina.db import Pool, connect_pool
from tests.channels.woocommerce.syncing import imported
from tests.conftest import copied_database
from tests.feeds.formats.reading import read
from tests.feeds.shop import NOW, SetClock, builder, packed
from tests.shop_server import served_shop

EVERYWHERE = """
base_url = "https://sklep.example"
guards = { largest_shrink = 100, most_failing = 0 }

[[filters]]
name = "cannot be had now"
availability = ["out_of_stock", "backorder"]

[[filters]]
name = "free gifts"
price_below = "0.01"

[[fields]]
name = "house brand"
field = "brand"
template = "Spoina"
only_if_empty = true

[[replacements]]
name = "photographs"
field = "image_link"
find = ".svg"
put = ".png"
"""
"""The simulated shop draws its pictures, and no channel takes drawings."""

ALLEGRO = {
    "shipping_rates": "Standard",
    "handling_time": "PT24H",
    "city": "Kraków",
    "province": "MALOPOLSKIE",
    "post_code": "30-001",
    "return_policy": "14 dni",
    "implied_warranty": "2 lata",
    "before_gpsr": "yes",
    "uncounted_stock": "10",
}


def of_shop(form: str) -> FeedDefinition:
    channel = form.partition("-")[0]
    override = 'override = "de_DE"\n' if "language" in form else ""
    said = ALLEGRO | {"channel_category": "257150"} if channel == "allegro" else {}
    fields = "".join(f'[[fields]]\nname = "{name}"\nfield = "{name}"\ntemplate = "{text}"\n' for name, text in said.items())
    return parse_definition(f'channel = "{channel}"\nformat = "{form}"\n{override}{EVERYWHERE}{fields}', form, f"{form}.toml")


@pytest.fixture(scope="module")
async def shop(servers, administration, template):
    """The demo shop, mirrored once for all of these tests, which only read it."""
    async with served_shop() as server, copied_database(servers, administration, template) as address:
        pool = await connect_pool(address)
        await imported(server, pool)
        yield pool
        await pool.close()


@pytest.mark.parametrize("form", sorted(FORMATS))
async def test_the_demo_shops_feed_parses_and_passes_all_checks(shop: Pool, tmp_path, form: str):
    definition = of_shop(form)
    totals = CheckTotals()
    errors = [found async for found in check_items(shop, definition, NOW, totals) if found.finding.severity == "error"]
    assert errors == []

    built = await builder(shop, tmp_path, SetClock()).build(definition)
    body = gzip.decompress(await packed(shop, tmp_path, form))

    assert (built.held_back, built.made.totals.items, built.made.totals.failing) == (None, totals.items, 0)
    assert totals.items > 500
    assert count(form, body) == totals.items


def count(form: str, body: bytes) -> int:
    """Items in the file, each with an id that no other has."""
    made = make_format(of_shop(form), "")
    if made.extension == "jsonl":
        ids = [json.loads(line)["external"]["id"] for line in body.splitlines()]
    else:
        ids = [
            next(row[name] for name in ("id", "g:id", "g:sku_id", "sku_id", "o@id", "external.id") if name in row)
            for row in read(made, body)
        ]
    assert len(set(ids)) == len(ids)
    return len(ids)
