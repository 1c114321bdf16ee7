"""What a compiled document costs in process, CPU time, one core: against graphql-core on the same parsed document, and against encoding the
ready answer. Everything is measured in turn, round after round, so that a noisy machine disturbs all alike; the least of each counts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import msgspec
from graphql import GraphQLSchema, parse

from projection import Projection
from storefront.context import Context as ShopContext
from storefront.place import NOWHERE
from tests.benchmarks import shelf
from tests.benchmarks.figures import Figure
from tests.property.compiled_graphql import core_answer
from tests.storefront.catalogue import BY_NAME, SCHEMA, garncarnia, ports_of

ROUNDS = 9
Run = Callable[[], Awaitable[object]]
encode = msgspec.json.Encoder().encode


class Case(msgspec.Struct, frozen=True):
    """`limit`: how many times less than graphql-core; None: told, not judged. `floor`: at most so many times the encoding."""

    name: str
    schema: GraphQLSchema
    text: str
    variables: dict[str, object]
    context: Callable[[], object]
    limit: float | None = None
    floor: float | None = None


def figures() -> Iterator[Figure]:
    for case in cases():
        yield from asyncio.run(_figures(case))


def cases() -> Iterator[Case]:
    """Each with products that come and go, and with products that stay in memory, so that what depends on them alone is remembered."""
    for suffix, kept in (("", ()), (", products kept", ("Product", "Variant"))):
        yield from _shelf_cases(suffix, shelf.schema_of_shelf(kept))
    ports = ports_of(garncarnia(), lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))
    for name in ("web/product", "app/product"):
        document = BY_NAME[name]
        at = dict(document.budget.at) if document.budget else {}
        yield Case(f"{name} with its resolvers", SCHEMA, document.text, at, lambda: ShopContext(ports, NOWHERE))


def _shelf_cases(suffix: str, schema: GraphQLSchema) -> Iterator[Case]:
    wide = [shelf.product(number, 2, 2) for number in range(24)]
    deep = [shelf.product(number, 8, 4) for number in range(24)]
    yield Case(f"product detail{suffix}", schema, shelf.DETAIL, {"slug": "buty-0"}, lambda: shelf.Context(deep), 40, 5)
    yield Case(f"listing of 24{suffix}", schema, shelf.LISTING, {"first": 24}, lambda: shelf.Context(wide), 40, 5)
    yield Case(f"batch-loaded field under 24 × 8{suffix}", schema, shelf.NESTED, {"first": 24}, lambda: shelf.Context(deep), 80)


async def _figures(case: Case) -> list[Figure]:
    document = parse(case.text)
    plan = Projection(case.schema, document, document.definitions[0])
    plan.compile()
    ready = await plan.run(case.variables, case.context())
    expected = await core_answer(case.schema, document, case.variables, case.context())
    if expected.errors or encode(ready) != encode(expected.data):
        raise RuntimeError(f"{case.name}: the answers differ")
    plain = msgspec.json.decode(encode(ready))

    async def interpreted() -> object:
        return encode((await core_answer(case.schema, document, case.variables, case.context())).data)

    async def compiled() -> object:
        return encode(await plan.run(case.variables, case.context()))

    async def floor() -> object:
        return encode(plain)

    core, ours, encoding = await _least({interpreted: 3, compiled: 100, floor: 300})
    detail = f"{ours * 1e6:.0f} µs, graphql-core {core * 1e6:.0f} µs, encoding {encoding * 1e6:.1f} µs, {len(encode(plain))} bytes"
    less = Figure(name=f"{case.name}: less than graphql-core", value=core / ours, unit="times", limit=case.limit, detail=detail)
    above = Figure(name=f"{case.name}: above encoding", value=ours / encoding, unit="times", limit=case.floor, at_least=False)
    return [less, above]


async def _least(runs: dict[Run, int]) -> list[float]:
    """Seconds of CPU for one run of each."""
    least = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for run, times in runs.items():
            began = time.process_time()
            for _ in range(times):
                await run()
            least[run] = min(least[run], (time.process_time() - began) / times)
    return list(least.values())
