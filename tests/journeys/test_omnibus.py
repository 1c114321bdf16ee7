"""From the shop's sale dates to the price that must stand beside the reduction, on the second."""

from datetime import timedelta

from simulators.woocommerce import writing
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.catalog.repricing import reprice_due
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.pricing.rules import effective
from tests.channels.woocommerce.syncing import imported, syncing
from tests.shop_server import served_shop
from tests.spoina.catalog import stored


async def test_a_sale_planned_in_the_shop_shows_its_prior_price_when_it_begins(pool: Pool):
    async with served_shop(generated_catalogue(Scale(10, (2, 2)))) as server:
        number = min(facts.id for facts in server.shop.products.all_facts() if facts.type == "simple")
        writing.update_product(server.shop, number, {"regular_price": "80.00", "sale_price": ""})
        await imported(server, pool)
        writing.update_product(server.shop, number, {"regular_price": "100.00"})
        begins = (utc_now() + timedelta(hours=1)).replace(microsecond=0)
        ends = begins + timedelta(hours=1)
        async with syncing(server, pool) as sync:
            await sync.poll()
            dates = {"date_on_sale_from_gmt": begins.isoformat()[:19], "date_on_sale_to_gmt": ends.isoformat()[:19]}
            writing.update_product(server.shop, number, {"sale_price": "90.00", **dates})
            await sync.poll()
    (sold,) = (await stored.document(pool, number)).variants
    assert (sold.prior_price.minor, sold.prior_price.reduced_at) == (8000, begins)
    prices = []
    for moment in (begins - timedelta(seconds=1), begins, ends, ends + timedelta(seconds=1)):
        await reprice_due(pool, lambda moment=moment: moment)
        prices.append((effective(sold.prices, moment), (await stored.row(pool, number)).price_min))
    assert prices == [(10000, 10000), (9000, 9000), (9000, 9000), (10000, 10000)]
