"""Price and stock of what is found are those of this moment, whatever the index says."""

from spoina.ids import Channel, ProductId, StockItemId
from tests.api.searching.shop import number, until
from tests.spoina.catalog.builders import insert_products, insert_stock, product

SHOWN = """query($text: String!, $unavailable: SearchUnavailableProductsType, $first: Int = 5, $after: String) {
  search(query: $text, first: $first, after: $after, unavailableProducts: $unavailable) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { ... on Product { id availableForSale totalInventory priceRange { minVariantPrice { amount } } } } } }"""


async def sell_out(own, item: int) -> None:
    """And wait until every reader of stock has heard of it."""
    await insert_stock(own.services.pool, {item: 0})

    async def heard() -> bool:
        return own.services.offers.left(StockItemId(item), Channel("web")) == 0

    await until(heard)


async def test_the_last_unit_sold_shows_in_the_next_search(own):
    before = await own.data(SHOWN, text="wiertarka ręczna")
    assert [(node["availableForSale"], node["totalInventory"]) for node in before["search"]["nodes"]] == [(True, 5)]
    await sell_out(own, 2)
    after = await own.data(SHOWN, text="wiertarka ręczna")
    assert [(node["availableForSale"], node["totalInventory"]) for node in after["search"]["nodes"]] == [(False, 0)]


async def test_what_is_sold_out_by_now_is_left_out_and_the_page_filled_up(own):
    await sell_out(own, 2)
    hidden = (await own.data(SHOWN, text="wiertarka", unavailable="HIDE", first=1))["search"]
    assert ([number(node) for node in hidden["nodes"]], hidden["totalCount"]) == ([1], 1)
    assert await own.found("wiertarka", filters=[{"available": True}]) == [1]
    assert await own.found("wiertarka available_for_sale:true") == [1]


async def test_what_is_sold_out_by_now_comes_last(own):
    assert await own.found("wiertarka", unavailable="LAST") == [2, 1, 3]
    await sell_out(own, 2)
    assert await own.found("wiertarka", unavailable="LAST") == [1, 2, 3]


async def test_pages_with_what_is_sold_out_last_repeat_and_miss_nothing(own):
    await sell_out(own, 2)
    seen, after = [], None
    while True:
        found = (await own.data(SHOWN, text="wiertarka", unavailable="LAST", first=2, after=after))["search"]
        seen += [number(node) for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
    assert (seen, found["totalCount"]) == ([1, 2, 3], 3)


async def test_a_new_price_shows_though_the_index_is_paused(own):
    version = await insert_products(own.services.pool, [product(2, title="Wiertarka ręczna", price=100, counted=True)], {2: 5})
    await own.services.reader.settled(version)
    shown = (await own.data(SHOWN, text="wiertarka ręczna"))["search"]["nodes"]
    assert shown[0]["priceRange"]["minVariantPrice"]["amount"] == "1.00"


async def test_what_is_gone_from_the_catalogue_is_not_shown(own):
    await own.services.pool.execute("update product set published = false, version = nextval('catalog_version') where id = 2")
    version = await insert_products(own.services.pool, [product(9, title="Piła")])
    await own.services.reader.settled(version)
    found = (await own.data(SHOWN, text="wiertarka"))["search"]
    assert ([number(node) for node in found["nodes"]], found["totalCount"]) == ([1, 3], 2)
    assert await own.services.reader.products([ProductId(2)]) == [None]
