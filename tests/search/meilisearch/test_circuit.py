"""A server that hangs is waited for once, and found back by one question at a time."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from search.meilisearch.circuit import Circuit
from search.meilisearch.opening import Meilisearch, open_meilisearch
from search.types import SearchQuery
from simulators.meilisearch.faults import Faults
from spoina.errors import SearchUnavailable
from tests.search.meilisearch.conftest import document, found, polish


class Asked:
    """A server that answers one question at a time, as it is told."""

    def __init__(self) -> None:
        self.count = self.at_once = 0
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def __call__(self) -> None:
        self.count, self.at_once = self.count + 1, self.at_once + 1
        assert self.at_once == 1
        failure = await self.answers.get()
        self.at_once -= 1
        if failure is not None:
            raise failure


@pytest.fixture
def server_asked() -> Asked:
    return Asked()


@pytest.fixture
async def circuit(server_asked: Asked) -> AsyncIterator[Circuit]:
    made = Circuit(server_asked, rest_seconds=0)
    yield made
    await made.close()


async def closed(circuit: Circuit) -> None:
    async with asyncio.timeout(5):
        while circuit.is_open:  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0)


async def test_one_question_at_a_time_until_one_is_answered(circuit: Circuit, server_asked: Asked):
    for _ in range(50):
        circuit.timed_out(circuit.returns)
    for _ in range(3):
        server_asked.answers.put_nowait(httpx.ReadTimeout("late"))
    async with asyncio.timeout(5):
        while server_asked.count < 4:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert circuit.is_open
    server_asked.answers.put_nowait(None)
    await closed(circuit)
    assert (server_asked.count, circuit.returns) == (4, 1)


async def test_what_was_on_its_way_before_the_return_does_not_open_it_again(circuit: Circuit, server_asked: Asked):
    before = circuit.returns
    circuit.timed_out(before)
    server_asked.answers.put_nowait(None)
    await closed(circuit)
    circuit.timed_out(before)
    assert not circuit.is_open
    circuit.timed_out(circuit.returns)
    assert circuit.is_open


async def test_a_refusal_that_comes_at_once_need_not_be_remembered(circuit: Circuit, server_asked: Asked):
    circuit.timed_out(circuit.returns)
    server_asked.answers.put_nowait(httpx.ConnectError("refused"))
    await closed(circuit)
    assert circuit.returns == 1


async def test_closing_ends_the_questions(server_asked: Asked):
    circuit = Circuit(server_asked, rest_seconds=0)
    circuit.timed_out(circuit.returns)
    await circuit.close()
    assert server_asked.count == 0


@pytest.fixture
async def impatient(settings) -> AsyncIterator[Meilisearch]:
    async with open_meilisearch(settings, polish(), search_seconds=0.3, rest_seconds=0.05) as opened:
        await opened.index.upsert([document(1, "Koc")])
        yield opened


async def reason(opened: Meilisearch) -> str:
    with pytest.raises(SearchUnavailable) as failure:
        await opened.engine.search(SearchQuery(text="koc"))
    return failure.value.reason


async def test_one_search_waits_for_a_server_that_hangs_and_all_others_are_told_at_once(impatient: Meilisearch, server):
    assert await found(impatient, "koc") == [1]
    server.faults = Faults(latency_ms=1_000)
    assert await reason(impatient) == "Meilisearch did not answer in time"
    assert {await reason(impatient) for _ in range(200)} == {"Meilisearch did not answer in time a moment ago"}
    with pytest.raises(SearchUnavailable, match="a moment ago"):
        await impatient.engine.suggest("ko")
    server.faults = Faults()
    async with asyncio.timeout(10):
        while await ids_or_none(impatient) != [1]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_writing_goes_on_waiting_where_searches_do_not(impatient: Meilisearch, server):
    server.faults = Faults(latency_ms=400)
    await reason(impatient)
    await impatient.index.upsert([document(2, "Koc w kratę")])
    server.faults = Faults()
    async with asyncio.timeout(10):
        while await ids_or_none(impatient) != [1, 2]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def ids_or_none(opened: Meilisearch) -> list[int] | None:
    try:
        return sorted(await found(opened, "koc"))
    except SearchUnavailable:
        return None
