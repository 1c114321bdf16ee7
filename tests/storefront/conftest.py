from collections.abc import Awaitable, Callable

import msgspec
import pytest

from storefront.execution import Storefront
from tests.storefront.catalogue import Catalogue, garncarnia, storefront

Ask = Callable[..., Awaitable[dict[str, object]]]


@pytest.fixture
def catalogue() -> Catalogue:
    return garncarnia()


@pytest.fixture
def served(catalogue: Catalogue) -> Storefront:
    return storefront(catalogue, introspection=True)


@pytest.fixture
def answer(served: Storefront) -> Ask:
    """Posts a document; the whole answer as a dict."""

    async def post(query: str, **variables: object) -> dict[str, object]:
        response = await served.post(msgspec.json.encode({"query": query, "variables": variables}))
        return msgspec.json.decode(response.body)

    return post


@pytest.fixture
def ask(answer: Ask) -> Ask:
    """Posts a document; its data, which no error may spoil."""

    async def post(query: str, **variables: object) -> dict[str, object]:
        told = await answer(query, **variables)
        assert told.get("errors") is None
        return told["data"]

    return post


@pytest.fixture
def error(answer: Ask) -> Ask:
    """Posts a document; its one error, as (code, message)."""

    async def post(query: str, **variables: object) -> tuple[str, str]:
        [told] = (await answer(query, **variables))["errors"]
        return told["extensions"]["code"], told["message"]

    return post
