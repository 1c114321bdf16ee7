"""Compiled documents against graphql-core: the same bytes, or no answer. `make fuzz-graphql` asks for many more."""

import asyncio
import gc
import tracemalloc
from random import Random

import pytest
from graphql import parse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from projection import Projection, Standing, keeps
from storefront.context import Context
from storefront.place import NOWHERE
from storefront.schema import build_schema
from storefront.standing import OF_PRODUCT, OF_VARIANT
from tests.property.breakages import BREAKAGES
from tests.property.compiled_graphql import Different, Tally, compare
from tests.property.fuzz_graphql import CHANGES, compare_changing_shop, compare_nasty, compare_shop, compare_while_changing
from tests.property.nasty_schema import nasty_schema
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, garncarnia, ports_of

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


@settings(CASES, max_examples=40)
@given(seed=SEEDS)
def test_random_documents_over_a_shop_that_changes(seed) -> None:
    asyncio.run(compare_changing_shop(seed, Tally()))


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


@pytest.mark.parametrize(("broken", "found_by"), BREAKAGES.items(), ids=[each.__name__.strip("_") for each in BREAKAGES])
def test_a_broken_compiler_is_found_out(broken, found_by: int, monkeypatch) -> None:
    broken(monkeypatch)

    async def search() -> int:
        for seed in (found_by, *range(1000)):
            try:
                await compare_nasty(seed, Tally())
            except Exception:  # another answer, or a compiler that fails where it must not
                return seed
        return -1

    assert asyncio.run(search()) >= 0


def test_what_frontends_ask_for_over_a_shop_that_changes() -> None:
    pages = [BY_NAME[name] for name in ("web/product", "app/product", "web/listing", "web/home", "web/recommendations")]
    tally = Tally()

    async def ask() -> None:
        for seed in range(8):
            for page in pages:
                await compare_while_changing(SCHEMA, page.document, dict(page.budget.at), Random(seed), tally)

    asyncio.run(ask())
    assert tally == Tally(compiled=8 * len(pages) * CHANGES)


class Blind:
    """A part of a key that always seems to be the same."""

    def __init__(self, part: object) -> None:
        self.part = part

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


def blinded(standing: Standing, place: int) -> Standing:
    def key(parent: object, context: object) -> tuple[object, ...]:
        return tuple(Blind(part) if index == place else part for index, part in enumerate(standing.key(parent, context)))

    def of(parent: object, known: tuple[object, ...]) -> object:
        return standing.of(parent, tuple(part.part if isinstance(part, Blind) else part for part in known))

    return Standing(key, of, standing.covers)


@pytest.mark.parametrize("place", range(4), ids=["product", "shop", "categories", "levels"])
def test_a_standing_that_does_not_heed_something_is_found_out(place) -> None:
    schema = build_schema()
    for name, standing in (("Product", OF_PRODUCT), ("ProductVariant", OF_VARIANT)):
        keeps(schema.type_map[name], blinded(standing, place))

    page = BY_NAME["web/product"]

    async def search() -> int:
        for seed in range(100):
            try:
                await compare_while_changing(schema, page.document, dict(page.budget.at), Random(seed), Tally())
            except Different:
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
