"""Kept listings fall with the index, the rules and the moments when rules begin or end; without the engine nothing is kept."""

from datetime import timedelta

import msgspec
import pytest

from search.merchandising.types import Arrangement
from search.types import SearchResult
from spoina.errors import SearchUnavailable
from spoina.ids import ProductId
from storefront.execution import Storefront
from storefront.ports import Ports
from tests.storefront.catalogue import NOW, SCHEMA, TRUSTED, Announced, garncarnia
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_feeds import WITHOUT_FEEDS
from tests.storefront.without_search import WithoutSearch

LISTING = msgspec.json.encode({"query": '{ collection(handle: "kuchnia") { products(first: 5) { nodes { handle } filters { id } } } }'})
SEARCH = msgspec.json.encode({"query": '{ search(query: "misa", first: 5) { nodes { __typename } } }'})


class Search(WithoutSearch):
    def __init__(self) -> None:
        self.edition: int | None = 1
        self.away = False
        self.rules = Arrangement()
        self.asked = 0

    async def search(self, _query) -> SearchResult:
        self.asked += 1
        if self.away:
            raise SearchUnavailable("away", "start it")
        return SearchResult()

    def of_category(self, _category: int, _now) -> Arrangement:
        return self.rules


class Shop:
    def __init__(self) -> None:
        self.catalogue, self.search, self.now = garncarnia(), Search(), NOW
        self.catalogue.edition = 1
        ports = Ports(
            catalog=self.catalogue,
            stock=self.catalogue.stock,
            search=self.search,
            carts=WITHOUT_CARTS,
            feeds=WITHOUT_FEEDS,
            announcements=Announced(self.catalogue.stock, self.catalogue, self.search),
            clock=lambda: self.now,
            new_reference=lambda: "REF1",
        )
        self.served = Storefront(SCHEMA, ports, trusted=TRUSTED)

    async def asked(self, body: bytes, times: int = 3) -> list[int]:
        """How often the engine is asked for each answer."""
        counts = []
        for _ in range(times):
            before = self.search.asked
            assert (await self.served.post(body)).status == 200
            counts.append(self.search.asked - before)
        return counts


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_a_listing_is_kept_until_the_index_or_a_rule_changes(shop):
    assert await shop.asked(LISTING) == [1, 1, 0]
    shop.search.edition = 2
    assert await shop.asked(LISTING, 2) == [1, 0]
    shop.search.edition = None
    assert await shop.asked(LISTING, 2) == [1, 1]


async def test_a_listing_is_kept_until_a_rule_begins_or_ends(shop):
    shop.search.rules = Arrangement(pinned=(ProductId(103),), until=NOW + timedelta(hours=1))
    assert await shop.asked(LISTING) == [1, 1, 0]
    shop.now = NOW + timedelta(hours=1)
    assert await shop.asked(LISTING, 1) == [1]


async def test_what_lacks_its_filters_is_not_kept(shop):
    shop.search.away = True
    answers = [(await shop.served.post(LISTING)).body for _ in range(3)]
    assert (await shop.asked(LISTING), b'"filters":[]' in answers[-1], b'"errors"' in answers[-1]) == ([1, 1, 1], True, False)


async def test_every_search_is_made(shop):
    assert await shop.asked(SEARCH) == [1, 1, 1]
