"""Compiled documents against graphql-core: the same bytes, or no answer. `make fuzz-graphql` asks for many more."""

import asyncio
import gc
import tracemalloc

import pytest
from graphql import parse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from projection import Projection
from storefront.context import Context
from storefront.place import NOWHERE
from tests.property.breakages import BREAKAGES
from tests.property.compiled_graphql import Tally, compare
from tests.property.fuzz_graphql import compare_nasty, compare_shop
from tests.property.nasty_schema import nasty_schema
from tests.storefront.catalogue import NOW, SCHEMA, garncarnia, ports_of

# graphql-core leaves coroutines behind where a sibling field fails before them.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CASES = settings(deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32)
NODES = {"Decimal": '"1.5"', "URL": '"u"', "HTML": '"h"', "Color": '"#fff"', "DateTime": '"2026-03-01T12:00:00Z"'}


def _literals() -> dict[str, st.SearchStrategy]:
    return {
        name: st.just(parse(f"{{ a(b: {text}) }}").definitions[0].selection_set.selections[0].arguments[0].value)
        for name, text in NODES.items()
    }


@settings(CASES, max_examples=120)
@given(seed=SEEDS)
def test_nasty_documents_over_nasty_data(seed) -> None:
    asyncio.run(compare_nasty(seed, Tally()))


@settings(CASES, max_examples=60)
@given(seed=SEEDS)
def test_random_documents_over_the_shop(seed) -> None:
    asyncio.run(compare_shop(seed, Tally()))


@settings(CASES, max_examples=30)
@given(text=queries(SCHEMA, custom_scalars=_literals()))
@example(text='{ shop { name } node(id: "gid://spoina/Product/101") { id ... on Product { title } } }')
def test_documents_by_hypothesis_over_the_shop(text) -> None:
    ports = ports_of(garncarnia(), lambda: NOW)
    asyncio.run(compare(SCHEMA, text, {}, lambda: Context(ports, NOWHERE), Tally()))


def test_most_cases_without_an_error_are_answered_by_the_plan() -> None:
    nasty, shop = Tally(), Tally()

    async def ask() -> None:
        for seed in range(40):
            await compare_nasty(seed, nasty)
            await compare_shop(seed, shop)

    asyncio.run(ask())
    assert nasty.compiled > 20
    assert nasty.erroneous > 5
    assert shop.compiled > 20
    assert (nasty.refused, shop.refused, shop.given_up) == (0, 0, 0)


@pytest.mark.parametrize("broken", BREAKAGES, ids=lambda each: each.__name__.strip("_"))
def test_a_broken_compiler_is_found_out(broken, monkeypatch) -> None:
    broken(monkeypatch)

    async def search() -> int:
        for seed in range(1000):
            try:
                await compare_nasty(seed, Tally())
            except Exception:  # another answer, or a compiler that fails where it must not
                return seed
        return -1

    assert asyncio.run(search()) >= 0


def test_compiled_documents_leave_no_memory_behind() -> None:
    schema = nasty_schema()
    text = "{ box { label inner { label count ... on Box { note } } things { id ... on Stone { hard } } } }"

    def compiled() -> None:
        document = parse(text)
        Projection(schema, document, document.definitions[0]).compile()

    for _ in range(20):
        compiled()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(100):
        compiled()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 300_000  # one document compiled takes tens of thousands
