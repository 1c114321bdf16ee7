"""Trusted documents of carts over HTTP: compiled, and with as many statements as their budget says (of a catalogue in memory and codes that
are not), those of the writer's own connections too."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from api import carts
from api.app import create_app
from api.services import Services
from projection import State
from spoina.access.types import KeyKind
from spoina.cart.operations import AddLines, NewLine
from spoina.cart.types import CartAccess, Device
from spoina.db import connect
from spoina.ids import Channel, OperationId, VariantId
from spoina.settings import Settings
from storefront.documents import Prepared
from tests.api.carts.cart_shop import MUG, PLATE, Shopper, furnish, of
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url
from tests.spoina.catalog.builders import insert_stock
from tests.sql_statements import Statements, count_statements
from tests.storefront.catalogue import BY_NAME

FOLLOWED = ("web/cart_checkout_start", "app/cart_checkout_start")
"""Stock that is held is read once more, by the process that follows it: behind the request, some time around its answer."""
DOCUMENTS = {name: document for name, document in BY_NAME.items() if "/cart" in name and not name.endswith("cart_changed")}


@pytest.fixture(scope="module")
def sent() -> Statements:
    return Statements()


@pytest.fixture(scope="module")
async def counted(settings: Settings, servers, administration, template: str, sent: Statements) -> AsyncIterator[Services]:
    """With the writer's and the holds' connections under count."""

    async def logged(url: str):
        connection = await connect(url)
        connection.add_query_logger(sent.log)
        return connection

    await administration.execute(f"create database cart_budgets template {template}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carts, "connect", logged)
        async with opened(settings, database_url(servers, "cart_budgets"), servers.redis_url) as services:
            await furnish(services.pool)
            await insert_stock(services.pool, {PLATE: 1000})
            await warm_up(services)
            yield services


@pytest.fixture(scope="module")
async def counted_client(settings: Settings, counted: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, counted)) as client:
        yield client


async def warm_up(services: Services) -> None:
    """The connections of writer and holds are opened by who comes first."""
    carts, device = services.carts.carts, Device(channel=Channel("web"))
    for number in range(4):
        add = AddLines(id=OperationId(str(number)), lines=(NewLine(variant=VariantId(PLATE)),))
        made = await carts.create(device, [add])
        await carts.begin_checkout(CartAccess(id=made.cart.id, secret=made.cart.secret), device)


class Client(Shopper):
    async def send(self, document: Prepared, **variables: object) -> dict[str, Any]:
        asked = {**document.budget.at, **variables}
        response = await self.client.post("/graphql", json={"documentId": document.sha256, "variables": asked}, headers=self.headers)
        assert (response.status_code, msgspec.json.decode(response.content).get("errors")) == (200, None)
        [told] = response.json()["data"].values()
        return told


@pytest.fixture
async def shopper(counted: Services, counted_client: httpx.AsyncClient) -> Client:
    shopper = Client(counted_client, await key_of(counted.pool, KeyKind.WEB))
    await shopper.create(lines=[of(MUG), of(PLATE, 2)], delivery={"addresses": [{"address": {"deliveryAddress": {"countryCode": "PL"}}}]})
    return shopper


async def own(shopper: Client, document: Prepared) -> dict[str, object]:
    """The document's variables, with what only this cart has."""
    asked = dict(document.budget.at)
    line = (await shopper.look())["lines"]["nodes"][0]["id"]
    named = {"id": shopper.cart, "cartId": shopper.cart, "lineIds": [line]}
    asked |= {name: value for name, value in named.items() if name in asked}
    if "lines" in asked:
        asked["lines"] = [{"id": line, "quantity": 3}] if "id" in asked["lines"][0] else [of(MUG)]
    if "code" in asked:
        asked["code"] = (await shopper.do("cartHandoffCreate", "handoff { code }", cartId=("ID!", shopper.cart)))["handoff"]["code"]
    if "discountCodes" in asked:
        asked["discountCodes"] = [document.sha256[:8]]
    if "input" in asked:
        asked["input"] = {"lines": [of(MUG)]}
    if "operations" in asked:
        asked["operations"] = [{"operationId": document.sha256[:8], "linesAdd": [of(MUG)]}]
    return asked


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_a_document_keeps_to_its_statements(name, shopper: Client, counted: Services, sent: Statements) -> None:
    document = DOCUMENTS[name]
    asked = await own(shopper, document)
    sent.texts.clear()
    async with count_statements(counted.pool, of_requests=True) as pooled:
        told = await shopper.send(document, **asked)
    assert [error["code"] for error in told.get("userErrors", ())] == []
    assert len(pooled) + len(sent) + (name in FOLLOWED) == document.budget.sql, pooled.texts + sent.texts


def test_every_document_of_carts_is_compiled() -> None:
    assert {name: operation.projection.reason for name, document in DOCUMENTS.items() for operation in document.operations.values()} == (
        dict.fromkeys(DOCUMENTS)
    )
    assert {document.operation(None).projection.state for document in DOCUMENTS.values()} == {State.COMPILED}


async def test_changes_since_a_version_take_two_statements_more_and_write_nothing(
    shopper: Client, counted: Services, sent: Statements
) -> None:
    query = "query($id: ID!) { cart(id: $id) { version changes(since: 0) { version } } }"
    sent.texts.clear()
    async with count_statements(counted.pool, of_requests=True) as pooled:
        await shopper.ask(query, id=shopper.cart)
    assert (len(pooled), len(sent), {text.split()[0] for text in pooled.texts}) == (3, 0, {"select"})
