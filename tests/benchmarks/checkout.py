"""What a checkout costs: over HTTP through one API process, against the least that any order needs (one INSERT and its commit, on as many
connections); and a thousand of them in a minute, with one worker that takes each to the shop, at full durability.

The API, the worker and the simulated shop are processes of their own.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvloop

from api.embedded import embedded_servers
from channels.woocommerce.client import WooCommerceClient
from simulators.woocommerce.shop import DEMO_KEY
from spoina.access.service import create_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.migrate import apply_migrations
from spoina.settings import WooCommerceSettings
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.imports import free_port

ORDERS, BUYERS, ROUNDS, EACH = 1_000, 16, 3, 150
SECONDS = 60
GOODS = (211, 212, 213, 214, 215, 216, 217, 218, 225)
"""Simple products of the recorded shop."""
ROOT = Path(__file__).parents[2]
_LEAST = "insert into least (id, body) values ($1, $2)"
_BEHIND = """
select extract(epoch from delivered.at - placed.at)::float from order_history placed
join order_history delivered using (order_id) where placed.event = 'placed' and delivered.event = 'delivered' order by 1
"""
_HOME = {"lastName": "Próbny", "address1": "ul. Cicha 1", "city": "Gdynia", "zip": "81-001", "countryCode": "PL"}
_CREATE = "mutation($input: CartInput) { cartCreate(input: $input) { cart { id } userErrors { code message } } }"
_SUBMIT = """mutation($cart: ID!, $token: String!) { cartSubmitForCompletion(cartId: $cart, attemptToken: $token) {
  result { __typename ... on SubmitSuccess { order { id totalPrice { amount } } } ... on SubmitFailed { errors { code message } } }
  userErrors { code } } }"""


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        environment = environment_of(folder, servers.database_url, servers.redis_url)
        yield from uvloop.run(_measured(servers.database_url, environment))


def environment_of(folder: str, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "deploy"),
        "SPOINA_DATA_DIR": folder,
        "SPOINA_DATABASE_URL": database_url,
        "SPOINA_REDIS_URL": redis_url,
    }


async def _measured(database_url: str, environment: dict[str, str]) -> list[Figure]:
    pool = await connect_pool(database_url, size=BUYERS)
    await pool.execute("create table least (id uuid primary key, body bytea not null)")
    async with _running(pool, environment) as client:
        await made_carts(client, 50)
        ratios, rates = [], []
        for _ in range(ROUNDS):
            carts = await made_carts(client, EACH)
            placed = await _rate([partial(submit, client, cart) for cart in carts])
            least = await _rate([partial(pool.execute, _LEAST, uuid4(), b"x" * 600) for _ in range(EACH)])
            ratios.append(placed / least)
            rates.append((placed, least))
        await delivered(pool)
        await pool.execute("truncate sales_order, order_line, order_history, order_task cascade")
        carts = await made_carts(client, ORDERS)
        began = time.perf_counter()
        await _rate([partial(submit, client, cart) for cart in carts])
        all_placed = time.perf_counter() - began
        await delivered(pool)
        took = time.perf_counter() - began
        behind = [row[0] for row in await pool.fetch(_BEHIND)]
    await pool.close()
    return [
        Figure(
            name=f"checkouts over HTTP, {BUYERS} buyers, against one INSERT each",
            value=middle(ratios),
            unit="times",
            limit=0.03,
            detail=f"{middle(rate for rate, _ in rates):,.0f}/s beside a worker; an INSERT {middle(rate for _, rate in rates):,.0f}/s",
        ),
        Figure(
            name=f"{ORDERS:,} checkouts, one API and one worker process, until in the shop",
            value=took,
            unit="s",
            limit=SECONDS,
            at_least=False,
            detail=f"all placed after {all_placed:.1f} s, {ORDERS / all_placed:,.0f}/s",
        ),
        Figure(
            name="from the checkout to the shop's payment page, the median",
            value=middle(behind),
            unit="s",
            detail=f"p99 {behind[len(behind) * 99 // 100]:.2f} s, with {len(behind):,} placed as fast as it goes",
        ),
    ]


async def made_carts(client: httpx.AsyncClient, number: int) -> list[str]:
    """Of two pieces each, ready to be submitted."""

    async def one(place: int) -> str:
        lines = [{"merchandiseId": f"gid://spoina/ProductVariant/{GOODS[(place + step) % len(GOODS)]}"} for step in (0, 1)]
        delivery = {"addresses": [{"address": {"deliveryAddress": _HOME}, "selected": True}]}
        given = {"lines": lines, "buyerIdentity": {"email": f"jan{place}@example.test"}, "delivery": delivery}
        made = (await _ask(client, _CREATE, input=given))["cartCreate"]
        assert made["userErrors"] == [], made
        return str(made["cart"]["id"])

    found: list[str] = []
    for start in range(0, number, BUYERS):
        found += await asyncio.gather(*(one(place) for place in range(start, min(start + BUYERS, number))))
    return found


async def submit(client: httpx.AsyncClient, cart: str, token: str | None = None) -> None:
    """`token`: of an attempt that may have been made before."""
    told = (await _ask(client, _SUBMIT, cart=cart, token=token or uuid4().hex))["cartSubmitForCompletion"]
    assert told["result"]["__typename"] == "SubmitSuccess", told


async def _ask(client: httpx.AsyncClient, query: str, **variables: object) -> Any:
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def _rate(work: list[Any]) -> float:
    """A second, by BUYERS who begin the next when one is done."""
    number, began = len(work), time.perf_counter()

    async def buyer() -> None:
        while work:
            await work.pop()()

    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    return number / (time.perf_counter() - began)


async def delivered(pool: Pool) -> None:
    """Until the shop has every order."""
    while await pool.fetchval("select exists (select from order_task where kind = 'create')"):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _running(pool: Pool, environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The shop, one worker and one API; a client with the key of a web storefront."""
    shop, api = free_port(), free_port()
    known = environment | of_shop(shop)
    commands = [
        ("-m", "simulators.woocommerce", "--port", str(shop)),
        ("-m", "api.cli", "worker"),
        ("-m", "api.cli", "serve", "--port", str(api)),
    ]
    log = (Path(environment["SPOINA_DATA_DIR"]) / "log").open("wb")
    children = []
    for command in commands:
        children.append(await asyncio.create_subprocess_exec(sys.executable, *command, env=known, cwd=ROOT, stdout=log, stderr=log))
        if len(children) == 1:
            await fill_shelves(shop)
    key = (await create_key(pool, "benchmark", KeyKind.WEB, utc_now)).token
    headers = {"authorization": f"Bearer {key}"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api}", headers=headers, timeout=30, trust_env=False) as client:
            await stocked(pool, client)
            yield client
    finally:
        for child in reversed(children):
            child.terminate()
            await child.wait()
        log.close()


def of_shop(port: int) -> dict[str, str]:
    shop = settings_of(port)
    return {"SPOINA_WOOCOMMERCE_URL": shop.url, "SPOINA_WOOCOMMERCE_KEY": shop.key, "SPOINA_WOOCOMMERCE_SECRET": shop.secret}


def settings_of(port: int) -> WooCommerceSettings:
    return WooCommerceSettings(url=f"http://127.0.0.1:{port}", key=DEMO_KEY.key, secret=DEMO_KEY.secret)


async def fill_shelves(port: int) -> None:
    """There is enough of everything."""
    async with WooCommerceClient(settings_of(port)) as client:
        await client.probe()
        for product in GOODS:
            await client.send_once("PUT", f"products/{product}", {"manage_stock": True, "stock_quantity": 1_000_000})


async def stocked(pool: Pool, client: httpx.AsyncClient) -> None:
    """Until the shop was read, as far as the API knows."""
    read = "select exists (select from sync_run where kind = 'woocommerce.full' and finished_at is not null and error is null)"
    async with asyncio.timeout(180):
        while not await pool.fetchval(read):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        while not await _is_up(client):  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def _is_up(client: httpx.AsyncClient) -> bool:
    try:
        await made_carts(client, 1)
    except (httpx.TransportError, AssertionError, ValueError):
        return False
    return True
