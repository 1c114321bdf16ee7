"""The same request counts the same, wherever its answer comes from."""

import msgspec
import pytest

from spoina.access.types import Scope
from spoina.usage.tally import Count, Tally
from spoina.usage.types import Client, Ending, Path
from storefront.callers import Caller
from storefront.errors import Refused
from storefront.execution import Storefront
from storefront.requests import GraphQLRequest
from tests.storefront.catalogue import BY_NAME, garncarnia, storefront

APP = Client("ios", "4.1")
CALLER = Caller(frozenset({Scope.STOREFRONT_READ}), client=APP)
TALERZ = "query ($by: ProductSortKeys) { products(first: 2, sortKey: $by) { nodes { title handle } } }"
FIELDS = {
    "QueryRoot.products",
    "QueryRoot.products(first:)",
    "QueryRoot.products(sortKey:)",
    "ProductConnection.nodes",
    "Product.title",
    "Product.handle",
    "ProductSortKeys.TITLE",
}


class Shop:
    def __init__(self) -> None:
        catalogue = garncarnia()
        catalogue.edition = 1
        self.tally = Tally()
        self.served: Storefront = storefront(catalogue, tally=self.tally)

    async def asks(self, query: str, **variables: object) -> int:
        body = msgspec.json.encode({"query": query, "variables": variables})
        return (await self.served.post(body, caller=CALLER)).status

    async def compiled(self) -> None:
        for prepared in self.served._documents._seen.values():
            await prepared.operation(None).projection.settled()

    def paths(self) -> list[tuple[str, Path, Ending]]:
        return list(self.tally.drain().operations)


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def test_interpreted_compiled_and_reused_answers_count_the_same_fields(shop: Shop) -> None:
    """Each time with other bytes, but for the last: only then is the answer given again."""
    counted = []
    for text in (f"{TALERZ} ", TALERZ, TALERZ, TALERZ):
        assert await shop.asks(text, by="TITLE") == 200
        await shop.compiled()
        counted.append(shop.tally.drain())
    assert [next(iter(each.operations))[1] for each in counted] == [Path.CORE, Path.CORE, Path.CORE, Path.REUSED]
    assert [each.fields for each in counted] == [{(field, APP): 1 for field in FIELDS}] * 4
    assert await shop.asks(TALERZ, by="TITLE", of="other bytes") == 200
    compiled = shop.tally.drain()
    assert (next(iter(compiled.operations))[1], compiled.fields) == (Path.COMPILED, {(field, APP): 1 for field in FIELDS})


async def test_trusted_documents_are_counted_by_name_and_cost(shop: Shop) -> None:
    document = BY_NAME["app/product"]
    body = msgspec.json.encode({"documentId": document.sha256, "variables": {"id": "gid://spoina/Product/101"}})
    for _ in range(3):
        assert (await shop.served.post(body, caller=CALLER)).status == 200
    cost = document.operation(None).measure.cost({})
    assert shop.tally.drain().operations == {
        ("app/product", Path.COMPILED, Ending.ANSWERED): Count(2, 2 * cost),
        ("app/product", Path.REUSED, Ending.ANSWERED): Count(1, cost),
    }


async def test_an_answer_for_shared_caches_is_counted_too(shop: Shop) -> None:
    parameters = {"documentId": BY_NAME["app/product"].sha256, "variables": '{"id": "gid://spoina/Product/101"}'}
    first = await shop.served.get(parameters, caller=CALLER)
    assert (await shop.served.get(parameters, first.header("etag"), CALLER)).status == 304
    assert (await shop.served.get(parameters, first.header("etag"), CALLER)).status == 304
    assert sum(each.requests for each in shop.tally.drain().operations.values()) == 3


async def test_refusals_and_answers_with_errors_are_told_apart(shop: Shop) -> None:
    await shop.asks("{ nonsense }")
    await shop.asks("query ($id: ID!) { product(id: $id) { title } }")
    assert (await shop.served.post(b"[]", caller=CALLER)).status == 400
    assert shop.tally.drain().operations == {
        ("none", Path.NOWHERE, Ending.REFUSED): Count(2, 0),
        ("other", Path.CORE, Ending.WITH_ERRORS): Count(1, 1),
    }


async def test_what_comes_over_a_socket_is_counted_once(shop: Shop) -> None:
    answers = await shop.served.subscribe(GraphQLRequest(query="{ shop { name } }"), CALLER)
    assert [msgspec.json.decode(each)["data"] async for each in answers] == [{"shop": {"name": "Garncarnia"}}]
    with pytest.raises(Refused):
        await shop.served.subscribe(GraphQLRequest(query="subscription { nonsense }"), CALLER)
    assert shop.paths() == [("other", Path.CORE, Ending.ANSWERED), ("none", Path.NOWHERE, Ending.REFUSED)]
