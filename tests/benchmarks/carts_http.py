"""What a cart costs over HTTP, with everything in between: the request, GraphQL, rules, totals, a durable commit and the whole cart in the
answer, by one API process. Then a thousand carts, each followed by a second device over server-sent events: how long until a change that
one device sends is on the other's socket, and what an idle reader takes of the process's memory."""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import uvloop

from api.embedded import embedded_servers
from spoina.catalog import frame
from spoina.catalog.facts import TaxClass, TaxRate
from spoina.db import connect_pool, transaction
from spoina.migrate import apply_migrations
from spoina.pricing.cart.types import FlatRate, LocalPickup, Place, Zone, ZoneId
from spoina.terms import sql as terms
from spoina.terms.types import SaleSettings
from storefront.documents import operations_folder
from tests.benchmarks.catalogue import made_key, served
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.load import send_many
from tests.spoina.catalog.builders import NOON, insert_products, insert_shop, product

PRODUCTS, BUYERS, ROUNDS = 2000, 64, 3
CARTS = {1: 500, 10: 100, 100: 20}
REQUESTS = {1: 3200, 10: 1920, 100: 320}
WARM = 640
OPEN, CHANGES, APART = 1000, 300, 0.02
PEER = 20
"""Requests a second of Vendure on such a machine; WooCommerce's Store API has 34."""
AIM = {1: 40.0}

_VAT = TaxRate(id=1, tax_class="standard", country="PL", rate="23.0000", name="VAT", shipping=True, as_of=NOON)
_METHODS = (FlatRate(instance=1, title="Kurier", cost="15"), LocalPickup(instance=2, title="Odbiór"))


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        asyncio.run(_furnish(servers.database_url))
        key = made_key(data)
        process, url = stack.enter_context(served(data))
        shopper = Shopper(url, key)
        for lines in CARTS:
            yield _adding(lines, uvloop.run(_load(shopper, process, lines)))
        yield from uvloop.run(_following(shopper, process))


async def _furnish(database_url: str) -> None:
    pool = await connect_pool(database_url)
    await insert_shop(pool)
    async with transaction(pool) as db:
        await frame.save_taxes(db, [TaxClass(slug="standard", name="Standard", as_of=NOON)], [_VAT])
        await terms.save_settings(db, SaleSettings(base=Place(country="PL"), as_of=NOON))
        await terms.save_zones(db, [Zone(id=ZoneId(1), countries=frozenset({"PL"}), methods=_METHODS)], NOON)
    await insert_products(pool, [product(number, price=100 + 37 * number) for number in range(1, PRODUCTS + 1)])
    await pool.close()


class Shopper:
    """Requests as bytes."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
        self._documents = {name: _sha256(name) for name in ("app/cart_create", "app/cart_lines_add")}

    def post(self, document: str, **variables: object) -> bytes:
        body = json.dumps({"documentId": self._documents[document], "variables": variables}).encode()
        head = f"POST /graphql HTTP/1.1\r\n{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def add(self, cart: str, variant: int) -> bytes:
        return self.post("app/cart_lines_add", cartId=cart, lines=[_line(variant)], operationId=uuid4().hex)

    def stream(self, cart: str) -> bytes:
        name, _, key = cart.partition("?key=")
        return f"GET /v1/carts/{name.rpartition('/')[2]}/stream HTTP/1.1\r\n{self._head}Cart-Key: {key}\r\n\r\n".encode()


class Cost(NamedTuple):
    per_second: float
    cpu: float
    """Milliseconds."""
    size: int


def _adding(lines: int, costs: list[Cost]) -> Figure:
    rate, cpu, size = (middle(values) for values in zip(*costs, strict=True))
    return Figure(
        name=f"adding to a cart of {lines} lines over HTTP, durable",
        value=rate / PEER,
        unit="of a peer",
        limit=AIM.get(lines),
        detail=f"{rate:,.0f}/s by one process, CPU {cpu:.2f} ms each, {BUYERS} buyers, answers of {size:,.0f} bytes",
    )


async def _load(shopper: Shopper, process: psutil.Process, lines: int) -> list[Cost]:
    chance = random.Random(lines)
    chosen = [chance.sample(range(1, PRODUCTS + 1), lines) for _ in range(CARTS[lines])]
    carts = [(await _opened(shopper, variants), variants) for variants in chosen]
    await _rush(shopper, process, carts, WARM)
    return [await _rush(shopper, process, carts, REQUESTS[lines]) for _ in range(ROUNDS)]


async def _opened(shopper: Shopper, variants: list[int]) -> str:
    request = _Once(shopper, shopper.post("app/cart_create", input={"lines": [_line(number) for number in variants]}))
    return json.loads(await send_many(request, 1, 1))["data"]["cartCreate"]["cart"]["id"]  # type: ignore[arg-type]


async def _rush(shopper: Shopper, process: psutil.Process, carts: list[tuple[str, list[int]]], count: int) -> Cost:
    """Buyers who add one more piece of something that is in a cart, so that it keeps its size."""
    adding = _Adding(shopper, carts)
    before, began = process.cpu_times(), time.perf_counter()
    answer = await send_many(adding, count, BUYERS)  # type: ignore[arg-type]
    took, after = time.perf_counter() - began, process.cpu_times()
    if json.loads(answer)["data"]["cartLinesAdd"]["userErrors"]:
        raise RuntimeError(answer.decode())
    spent = after.user + after.system - before.user - before.system
    return Cost(count / took, spent / count * 1e3, len(answer))


class _Once:
    def __init__(self, shopper: Shopper, wire: bytes) -> None:
        self.host, self.port, self.wire = shopper.host, shopper.port, wire


class _Adding:
    def __init__(self, shopper: Shopper, carts: list[tuple[str, list[int]]]) -> None:
        self.host, self.port = shopper.host, shopper.port
        self._shopper, self._carts, self._chance = shopper, carts, random.Random(len(carts))

    @property
    def wire(self) -> bytes:
        cart, variants = self._chance.choice(self._carts)
        return self._shopper.add(cart, self._chance.choice(variants))


class _Reader(asyncio.Protocol):
    """Another device: notes when the news arrives."""

    def __init__(self, request: bytes) -> None:
        self._request, self.heard = request, asyncio.Event()
        self.at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if b"event: cart" in data:
            self.at = time.perf_counter()
            self.heard.set()


async def _following(shopper: Shopper, process: psutil.Process) -> list[Figure]:
    chance, loop = random.Random(OPEN), asyncio.get_running_loop()
    carts = [await _opened(shopper, [chance.randrange(1, PRODUCTS)]) for _ in range(OPEN)]
    before = process.memory_info().rss
    readers = {cart: _Reader(shopper.stream(cart)) for cart in carts}
    transports = [(await loop.create_connection(lambda each=each: each, shopper.host, shopper.port))[0] for each in readers.values()]
    async with asyncio.timeout(60):
        await asyncio.gather(*(reader.heard.wait() for reader in readers.values()))
    idle = (process.memory_info().rss - before) / OPEN / 1024
    seconds = [await _told(shopper, cart, readers[cart], chance) for cart in chance.sample(carts, CHANGES)]
    for transport in transports:
        transport.abort()
    seconds.sort()
    p95, half = seconds[len(seconds) * 95 // 100] * 1e3, middle(seconds) * 1e3
    detail = f"median {half:.1f} ms of {CHANGES}, from sending the change; {OPEN} carts open, each followed"
    return [
        Figure(name="a change to another device's socket, p95", value=p95, unit="ms", limit=100, at_least=False, detail=detail),
        Figure(name="memory of an idle reader", value=idle, unit="KB", limit=100, at_least=False, detail="socket and HTTP included"),
    ]


async def _told(shopper: Shopper, cart: str, reader: _Reader, chance: random.Random) -> float:
    await asyncio.sleep(APART)
    reader.heard.clear()
    began = time.perf_counter()
    await send_many(_Once(shopper, shopper.add(cart, chance.randrange(1, PRODUCTS))), 1, 1)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        await reader.heard.wait()
    return reader.at - began


def _line(variant: int) -> dict[str, object]:
    return {"merchandiseId": f"gid://spoina/ProductVariant/{variant}", "quantity": 1}


def _sha256(name: str) -> str:
    return sha256((operations_folder() / f"{name}.graphql").read_bytes()).hexdigest()
