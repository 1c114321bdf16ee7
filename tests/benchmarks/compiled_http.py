"""What compiled documents cost over HTTP against Strawberry's own Litestar controller: the same schema and resolvers, the same products in
memory, the same bytes asked for and answered, CPU of each serving process per request, rounds in turn. No answer is given again.

`python -m tests.benchmarks.compiled_http ours|strawberry PORT` is one of the two servers.
"""

import asyncio
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import psutil
import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp
from msgspec.structs import replace
from strawberry.litestar import BaseContext, make_graphql_controller

from api.askers import Askers
from api.clients import Clients
from api.cors import CrossOrigin
from api.hot_lane import HotLane
from api.limits.budgets import Ledger
from api.limits.clients import ClientLimits
from api.limits.refusals import CountedRefusals
from api.metrics import RequestMetrics
from spoina.access.types import Key, KeyKind
from spoina.catalog.listing import Listing, ListingQuery
from spoina.catalog.types import Product
from spoina.ids import Channel, KeyId, ProductId, VariantId
from spoina.settings import POINTS_OF_A_KEY, POINTS_OF_AN_ADDRESS
from spoina.usage.tally import Tally
from spoina.usage.types import Ending, Path, Use
from storefront.context import Context
from storefront.documents import load_trusted, operations_folder
from storefront.execution import Storefront
from storefront.place import NOWHERE
from storefront.ports import Ports
from storefront.schema import _described
from tests.benchmarks.catalogue import CONNECTIONS, child, cpu_per_request
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.imports import free_port
from tests.benchmarks.load import FreshRequest, send_many
from tests.storefront.catalogue import NOW, Catalogue, Stock, mug, ports_of

PRODUCTS, ROUNDS = 48, 3
TIMES = {"ours": 960, "strawberry": 32}
AIM = 40
COUNTED = 20_000
CASES = {
    "product detail": ("web/product", {"handle": "kubek-7", "selectedOptions": []}),
    "listing of 24": ("web/listing", {"first": 24}),
}


def figures() -> Iterator[Figure]:
    yield _counting()
    ports = {name: free_port() for name in TIMES}
    command = [sys.executable, "-m", "tests.benchmarks.compiled_http"]
    with ExitStack() as stack:
        processes = {who: stack.enter_context(child([*command, who, str(port)], port)) for who, port in ports.items()}
        for name in CASES:
            yield _measured(name, processes, ports)


def _counting() -> Figure:
    """What naming the client and counting its use of fields adds to each request."""
    tally, clients, key = Tally(), Clients(), Everybody.key
    use = Use("web/product", "query", "", frozenset({"Product.title"}))
    headers = {b"apollographql-client-name": b"ios", b"apollographql-client-version": b"4.1"}
    reused, answered, least = Path.REUSED, Ending.ANSWERED, float("inf")
    for _ in range(20):
        began = time.process_time()
        for _ in range(COUNTED):
            tally.count(use, clients.of(key, headers), reused, answered, 4)
        least = min(least, (time.process_time() - began) / COUNTED)
    return Figure(name="counting a request", value=least * 1e6, unit="µs", at_least=False)


def _measured(name: str, processes: dict[str, psutil.Process], ports: dict[str, int]) -> Figure:
    requests = {who: _request(name, port) for who, port in ports.items()}
    answers = [json.loads(asyncio.run(send_many(request, CONNECTIONS, CONNECTIONS)))["data"] for request in requests.values()]
    if answers[0] != answers[1]:
        raise RuntimeError(f"{name}: the answers differ")
    costs: dict[str, list[float]] = {who: [] for who in requests}
    for _ in range(ROUNDS):
        for who, request in requests.items():
            costs[who].append(cpu_per_request(processes[who], request, TIMES[who]))
    ours, theirs = middle(costs["ours"]), middle(costs["strawberry"])
    detail = f"{ours * 1000:.3f} ms CPU, Strawberry's controller {theirs * 1000:.1f} ms"
    return Figure(name=f"{name}: less than Strawberry's controller", value=theirs / ours, unit="times", limit=AIM, detail=detail)


def _request(name: str, port: int) -> FreshRequest:
    document, variables = CASES[name]
    text = (operations_folder() / f"{document}.graphql").read_text(encoding="utf-8")
    body = {"query": text, "variables": variables, "number": FreshRequest.NUMBER.decode()}
    return FreshRequest(f"http://127.0.0.1:{port}/graphql", json.dumps(body).encode(), {"Authorization": "Bearer any"})


class Shelf(Catalogue):
    """Finding products costs neither of the two anything."""

    async def by_handle(self, handle: str) -> Product | None:
        return self._products.get(ProductId(int(handle.removeprefix("kubek-"))))

    async def listing(self, query: ListingQuery) -> Listing:
        ids = tuple(self._products)[: query.limit]
        return Listing(ids=ids, cursors=tuple(map(str, ids)), has_next=True, has_previous=False)


class Asked(BaseContext, dict=True):
    """Strawberry's context with everything that ours has."""

    product_of, left, for_sale, can_be_bought = Context.product_of, Context.left, Context.for_sale, Context.can_be_bought
    reduced, price = Context.reduced, Context.price


class Everybody:
    key = Key(id=KeyId(1), name="bench", kind=KeyKind.WEB, hint="any", created_at=NOW)

    seconds = staticmethod(time.monotonic)

    async def find(self, token: str) -> Key:
        return self.key

    def known_until(self, token: str) -> float:
        return math.inf


def ports_of_shelf() -> Ports:
    products = [_numbered(mug(), number) for number in range(1, PRODUCTS + 1)]
    return ports_of(Shelf(products, stock=Stock()), lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))


def _numbered(product: Product, number: int) -> Product:
    own = ProductId(number)
    variants = tuple(replace(each, id=VariantId(100 * number + place), product_id=own) for place, each in enumerate(product.variants))
    return replace(product, id=own, handle=f"kubek-{number}", variants=variants)


def serving_ours() -> ASGIApp:
    schema = _described().direct()
    served = Storefront(schema, ports_of_shelf(), trusted=load_trusted(schema, operations_folder()))
    ledger = Ledger(time.monotonic, CountedRefusals(time.monotonic))
    limits = ClientLimits(Everybody(), ledger, address_rate=POINTS_OF_AN_ADDRESS, key_rate=POINTS_OF_A_KEY)
    askers = Askers({Channel("web"): served}, Everybody(), Clients(), limits)
    return HotLane(askers, None, limits, CrossOrigin(["*"]), None, RequestMetrics(), query_page=False)


def serving_strawberry() -> ASGIApp:
    described, ports = _described(), ports_of_shelf()
    described.direct()

    async def context() -> Asked:
        asked, made = Asked(), Context(ports, NOWHERE)
        asked.__dict__.update({name: getattr(made, name) for name in Context.__slots__})
        return asked

    return Litestar([make_graphql_controller(described, path="/graphql", context_getter=context)], logging_config=None)


if __name__ == "__main__":
    application = {"ours": serving_ours, "strawberry": serving_strawberry}[sys.argv[1]]()
    uvicorn.run(application, port=int(sys.argv[2]), loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="warning")
