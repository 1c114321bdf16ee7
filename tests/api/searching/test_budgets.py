"""Trusted documents of searches: compiled, and with as many statements as their budget says when nothing is in memory, then none."""

import pytest

from projection import State
from tests.api.searching.shop import Shop
from tests.sql_statements import count_statements
from tests.storefront.catalogue import BY_NAME

WANTED = {"search": {"query": "młotki", "first": 10, "filters": True}, "predictive_search": {"query": "młot"}}
DOCUMENTS = sorted(name for name in BY_NAME if name.partition("/")[2] in WANTED)


async def run(shop: Shop, name: str) -> tuple[dict, list[str]]:
    """The data, and what was sent for it."""
    wanted = WANTED[name.partition("/")[2]]
    async with count_statements(shop.services.pool, of_requests=True) as sent:
        body = {"documentId": BY_NAME[name].sha256, "variables": wanted}
        answer = (await shop.client.post("/graphql", json=body, headers=shop.web)).json()
    assert "errors" not in answer, answer
    return answer["data"], sent.texts


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_sends_as_many_statements_as_its_budget_says_and_then_none(own, name):
    (first, cold), (again, warm) = await run(own, name), await run(own, name)
    assert (first, len(cold), warm) == (again, BY_NAME[name].budget.sql, [])
    assert BY_NAME[name].operation(None).projection.state is State.COMPILED


def test_there_are_documents_of_searches():
    assert DOCUMENTS == ["app/predictive_search", "app/search", "web/predictive_search", "web/search"]
