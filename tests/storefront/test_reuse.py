"""Whole answers that are given again: exactly as long as nothing that they were made of has changed."""

from datetime import datetime, timedelta

import msgspec
import pytest
from graphql import parse

from spoina.ids import ProductId
from storefront.requests import GraphQLRequest
from storefront.reuse import PUBLIC, Reuse, is_public
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, Catalogue, garncarnia, ports_of, storefront

MUG = msgspec.json.encode({"documentId": BY_NAME["app/product"].sha256, "variables": {"id": "gid://spoina/Product/101"}})
DISH = msgspec.json.encode({"documentId": BY_NAME["app/product"].sha256, "variables": {"id": "gid://spoina/Product/102"}})


class Moving:
    """A clock to be set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Shop:
    def __init__(self) -> None:
        self.catalogue = garncarnia()
        self.catalogue.edition = 1
        self.clock = Moving()
        self.served = storefront(self.catalogue, clock=self.clock)

    async def reads(self, body: bytes) -> int:
        """How often the catalogue is read for one answer."""
        before = len(self.catalogue.calls)
        assert (await self.served.post(body)).status == 200
        return len(self.catalogue.calls) - before

    async def warm(self, body: bytes) -> None:
        assert [await self.reads(body) for _ in range(3)] == [1, 1, 0]


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_the_third_answer_is_the_second_one_again(shop) -> None:
    answers = [(await shop.served.post(MUG)).body for _ in range(3)]
    assert (len(set(answers)), shop.catalogue.calls) == (1, ["products 1", "products 1"])


async def test_a_new_edition_is_read_at_once(shop) -> None:
    await shop.warm(MUG)
    shop.catalogue.edition = 2
    assert await shop.reads(MUG) == 1


async def test_while_nobody_knows_whether_it_is_current_nothing_is_reused(shop) -> None:
    await shop.warm(MUG)
    shop.catalogue.edition = None
    assert [await shop.reads(MUG) for _ in range(3)] == [1, 1, 1]


async def test_stock_of_a_shown_product_is_shown_at_once_and_other_stock_changes_nothing(shop) -> None:
    await shop.warm(MUG)
    await shop.warm(DISH)
    shop.catalogue.stock[103] = 7
    assert (await shop.reads(MUG), await shop.reads(DISH)) == (0, 0)
    shop.catalogue.stock[1011] = 2
    assert (await shop.reads(MUG), await shop.reads(DISH)) == (1, 0)
    assert b'"quantityAvailable":2' in (await shop.served.post(MUG)).body


async def test_a_listing_by_pieces_in_stock_heeds_all_of_them(shop) -> None:
    query = '{ products(first: 5, query: "inventory_total:>0") { nodes { handle } } }'
    body = msgspec.json.encode({"query": query})
    before = (await shop.served.post(body)).body
    for _ in range(3):
        await shop.served.post(body)
    assert await shop.reads(body) == 0
    shop.catalogue.stock[103] = 7
    after = (await shop.served.post(body)).body
    assert (b'"misa"' in before, b'"misa"' in after) == (False, True)


async def test_stock_that_time_alone_changes_is_looked_at_each_time(shop) -> None:
    stock = shop.catalogue.stock
    stock.timed = True
    await shop.warm(MUG)
    dict.__setitem__(stock, 1011, 2)  # without a change that is counted
    assert await shop.reads(MUG) == 1


async def test_an_answer_ends_with_the_next_boundary_of_a_sale() -> None:
    shop = Shop()
    mug = (await shop.catalogue.products([ProductId(101)]))[0]
    assert mug is not None
    bounds = sorted({at for one in mug.variants for at in (one.prices.sale_from, one.prices.sale_to) if at and at > NOW})
    await shop.warm(MUG)
    shop.clock.now = bounds[0] - timedelta(microseconds=1)
    assert await shop.reads(MUG) == 0
    shop.clock.now = bounds[0]
    assert await shop.reads(MUG) == 1


async def test_a_clock_set_back_reuses_nothing(shop) -> None:
    await shop.warm(MUG)
    shop.clock.now = NOW - timedelta(seconds=1)
    assert await shop.reads(MUG) == 1


async def test_answers_with_errors_are_not_kept(shop) -> None:
    body = msgspec.json.encode({"query": '{ product(handle: "talerz") { title images(first: 0) { nodes { url } } } }'})
    for _ in range(4):
        assert b'"errors"' in (await shop.served.post(body)).body
    before = len(shop.catalogue.calls)
    await shop.served.post(body)
    assert len(shop.catalogue.calls) > before


async def test_a_kept_answer_is_revalidated_by_its_tag(shop) -> None:
    asked = {"documentId": BY_NAME["app/product"].sha256, "variables": '{"id":"gid://spoina/Product/101"}'}
    tags = [(await shop.served.get(asked)).header("etag") for _ in range(3)]
    again = await shop.served.get(asked, tags[0])
    assert (len(set(tags)), again.status, again.body, len(shop.catalogue.calls)) == (1, 304, b"", 2)


@pytest.mark.parametrize(
    ("before_the_sale_ends", "lifetime"),
    [
        (3600, "public, max-age=5, stale-while-revalidate=25"),
        (30, "public, max-age=5, stale-while-revalidate=25"),
        (29.5, "public, max-age=5, stale-while-revalidate=24"),
        (5, "public, max-age=5"),
        (2.9, "public, max-age=2"),
        (0.9, "public, max-age=0"),
    ],
)
async def test_no_shared_cache_keeps_a_price_beyond_its_sale(shop, before_the_sale_ends: float, lifetime: str) -> None:
    asked = {"documentId": BY_NAME["app/product"].sha256, "variables": '{"id":"gid://spoina/Product/101"}'}
    kept = [await shop.served.get(asked) for _ in range(3)][-1]
    shop.clock.now = NOW + timedelta(days=1) - timedelta(seconds=before_the_sale_ends)
    answers = [await shop.served.get(asked), await shop.served.get(asked, kept.header("etag"))]
    assert [(each.status, each.header("cache-control")) for each in answers] == [(200, lifetime), (304, lifetime)]


@pytest.mark.parametrize(
    ("query", "public"),
    [
        ("{ shop { name } products(first: 1) { nodes { id } } }", True),
        ("{ shop { name } mine }", False),
        ("{ ... { mine } }", False),
        ("{ ...F } fragment F on Query { shop { name } ...G } fragment G on Query { mine }", False),
        ("mutation { shop }", False),
    ],
)
def test_only_documents_of_public_fields_are_kept(query, public) -> None:
    document = parse(query)
    assert is_public(document, document.definitions[0]) is public


def test_every_field_of_the_root_was_decided_on() -> None:
    assert set(SCHEMA.query_type.fields) - PUBLIC == {
        "cart",
        "customerCart",
        "customer",
        "order",
        "search",
        "predictiveSearch",
        "feedItem",
    }


async def test_memory_is_bounded(shop) -> None:
    catalogue: Catalogue = shop.catalogue
    reuse = Reuse(ports_of(catalogue, shop.clock), limit_bytes=20_000)
    response = await shop.served.post(MUG)
    context = shop.served._context(BY_NAME["app/product"].operation(None), GraphQLRequest())
    for _ in range(2):
        for number in range(50):
            reuse.keep(("application/json", b"%d" % number), response, reuse.standing(), context)
    kept = [number for number in range(50) if reuse.find(("application/json", b"%d" % number))]
    assert kept == list(range(50 - len(kept), 50))
    assert 1 < len(kept) < 10
