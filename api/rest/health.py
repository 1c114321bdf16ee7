"""Is this process fit to answer, and what does it stand on?"""

import asyncio
from collections.abc import Awaitable
from enum import StrEnum
from http import HTTPStatus

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from api.services import Services
from spoina.inventory.invariants import Invariant
from spoina.migrate import not_applied

CHECK_SECONDS = 2.0


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class Check(msgspec.Struct, frozen=True):
    name: str
    state: State
    detail: str = ""


class Readiness(msgspec.Struct, frozen=True):
    """`state` is the worst of the checks. Degraded: everything is answered, some of it slower or later."""

    state: State
    checks: tuple[Check, ...]


@get(
    "/health/ready",
    tags=["operations"],
    summary="Is this process fit to answer?",
    security=[],
    responses={503: ResponseSpec(Readiness, description="It is not: why", generate_examples=False)},
)
async def ready(services: NamedDependency[Services]) -> Response[Readiness]:
    """For everybody: load balancers and orchestrators. 200 while requests can be answered, 503 otherwise."""
    found = await readiness(services)
    return Response(found, status_code=HTTPStatus.SERVICE_UNAVAILABLE if found.state is State.DOWN else HTTPStatus.OK, headers=FRESH)


async def readiness(services: Services) -> Readiness:
    asked = (_postgresql(services), _migrations(services), _redis(services), _listener(services), _search(services))
    checks = tuple(await asyncio.gather(*asked))
    states = {check.state for check in checks}
    state = State.DOWN if State.DOWN in states else State.DEGRADED if State.DEGRADED in states else State.OK
    return Readiness(state, checks)


FRESH = {"cache-control": "no-store"}


async def _postgresql(services: Services) -> Check:
    return await _asked("postgresql", services.pool.fetchval("select 1"), State.DOWN)


async def _redis(services: Services) -> Check:
    return await _asked("redis", services.redis.ping(), State.DEGRADED)


async def _migrations(services: Services) -> Check:
    async def current() -> None:
        async with services.pool.acquire() as connection:
            if missing := await not_applied(connection, services.migrations):
                raise LookupError(f"not applied: {', '.join(missing)}; run spoina migrate")

    return await _asked("migrations", current(), State.DOWN)


async def _listener(services: Services) -> Check:
    if services.reader.live:
        return Check("listener", State.OK)
    return Check("listener", State.DEGRADED, "not listening for changes: everything is read from the database until it is back")


async def _search(services: Services) -> Check:
    """Without it searches say so, and listings go on without their filters; before there is an index the catalogue's own words answer."""

    async def built() -> None:
        if await services.search.engine.built_at() is None:
            raise LookupError("no index has been built yet; the worker does it")

    return await _asked("search", built(), State.DEGRADED)


async def _asked(name: str, answer: Awaitable[object], otherwise: State) -> Check:
    """The text of a failure names files and addresses of ours, so only its kind is told."""
    try:
        await asyncio.wait_for(answer, CHECK_SECONDS)
    except LookupError as error:
        return Check(name, otherwise, str(error))
    except Exception as error:  # whatever it is, it is the finding
        return Check(name, otherwise, f"does not answer ({type(error).__name__})")
    return Check(name, State.OK)


class Kept(msgspec.Struct, frozen=True):
    """How often an invariant of the stock is broken. Staff see where by /v1/stock/audit."""

    invariant: Invariant
    violations: int


@get(
    "/health/invariants",
    tags=["operations"],
    summary="Does everything that must hold of stock hold?",
    security=[],
    responses={503: ResponseSpec(list[Kept], description="It does not: where", generate_examples=False)},
)
async def invariants(services: NamedDependency[Services]) -> Response[list[Kept]]:
    """For everybody: monitoring. 200 while every invariant holds, 503 otherwise; checked twice a minute at most. Not for load balancers."""
    kept = [Kept(each.invariant, each.violations) for each in await services.invariants.findings()]
    broken = any(each.violations for each in kept)
    return Response(kept, status_code=HTTPStatus.SERVICE_UNAVAILABLE if broken else HTTPStatus.OK, headers=FRESH)
