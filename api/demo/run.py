"""Starting all of it, waiting, and ending all of it."""

import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
from rich.console import Console

from api.cli.progress import shown_progress
from api.demo.children import Child, Children
from api.demo.folder import Demo, DemoFolder, Keys, Origin
from api.demo.interrupts import Interrupts
from api.demo.letters import ensure_letters
from api.demo.screen import welcome
from api.embedded import Servers, embedded_servers
from api.feeding import definitions, definitions_folder, feed_builder
from api.listening import free_port, is_free, listen
from channels.woocommerce.sync import open_sync
from feeds.definitions import with_updates
from feeds.demo import write_definitions
from feeds.records import feed_states
from spoina.access.service import KeyRing, create_key
from spoina.access.types import KeyKind
from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.errors import DependencyUnavailable
from spoina.migrate import apply_migrations
from spoina.pos import terminals
from spoina.pos.types import TerminalRequest
from spoina.settings import Settings, WooCommerceSettings
from spoina.sync.types import ReportProgress

HOST = "127.0.0.1"
HIGHEST_PORT = 65535
PAUSE = 0.25
STARTED_BY_MAKE = "MAKELEVEL"
TILL = TerminalRequest(name="demo till", location=WOOCOMMERCE, register="DEMO-1")
POLL_SECONDS = 30
"""Shorter than in production: who tries something out in the shop wants to see it arrive."""


def run_demo(data_dir: Path, port: int, products: int | None, config: str | None) -> None:
    """Returns when it is told to end. Raises InvalidInput for a taken port, DependencyUnavailable for whatever does not start."""
    began, starter = time.monotonic(), os.getppid()
    console = Console(stderr=True)
    folder = DemoFolder(_made(data_dir))
    with Interrupts() as interrupts, ExitStack() as ending:
        ending.enter_context(_alone(folder))
        children = Children(folder.children, folder.logs)
        children.end_leftovers()
        listen(HOST, port, "--port").close()
        servers = ending.enter_context(embedded_servers(folder.root))
        ending.callback(children.stop)
        origin = _origin(folder, port, products, config)
        starting = _Starting(folder, servers, children, interrupts, origin, _shop_settings(folder, origin, port))
        demo = starting.run(port, console)
        welcome(console, demo, time.monotonic() - began)
        _watch(children, starter)


def _origin(folder: DemoFolder, port: int, products: int | None, config: str | None) -> Origin:
    """The shop keeps its address over restarts, because the mirrored pictures and links carry it."""
    before = folder.read_origin()
    size, shop = (products, config) if products or config or not before else (before.products, before.config)
    if before and (size, shop) != (before.products, before.config):
        folder.shop_state.unlink(missing_ok=True)
    wanted = before.shop_port if before else port + 1
    port = wanted if wanted <= HIGHEST_PORT and is_free(HOST, wanted) else free_port(HOST)
    return Origin(products=size, config=shop, shop_port=port)


def _shop_settings(folder: DemoFolder, origin: Origin, port: int) -> WooCommerceSettings:
    before = folder.read()
    return WooCommerceSettings(
        url=f"http://{HOST}:{origin.shop_port}",
        key=before.shop_key if before else f"ck_{secrets.token_hex(20)}",
        secret=before.shop_secret if before else f"cs_{secrets.token_hex(20)}",
        poll_seconds=POLL_SECONDS,
        webhook_url=f"http://{HOST}:{port}",
    )


class _Starting:
    """The processes one after the other, as far as one needs the other."""

    def __init__(
        self,
        folder: DemoFolder,
        servers: Servers,
        children: Children,
        interrupts: Interrupts,
        origin: Origin,
        shop: WooCommerceSettings,
    ) -> None:
        self._folder, self._servers, self._children, self._interrupts = folder, servers, children, interrupts
        self._origin, self._shop = origin, shop

    def run(self, port: int, console: Console) -> Demo:
        address = f"http://{HOST}:{port}"
        console.print("starting the simulated shop, the database and the API …", highlight=False)
        shop_process = self._start_shop()
        self._interrupts.run(apply_migrations(self._servers.database_url))
        keys = self._interrupts.run(self._ensure_keys())
        api = self._children.start("api", "api.cli", ["serve", "--host", HOST, "--port", str(port)], self._environment())
        shop_process.await_ready(lambda: _answers(f"{self._shop.url}/wp-json/"))
        api.await_ready(lambda: _answers(f"{address}/health/live"))
        with shown_progress(console) as report:
            self._interrupts.run(self._mirror(report))
        self._folder.write_origin(self._origin)
        feeds = self._interrupts.run(self._define_feeds())
        self._children.start("worker", "api.cli", ["worker"], self._environment())
        demo = Demo(
            api=address,
            graphql=f"{address}/graphql",
            shop=self._shop.url,
            shop_key=self._shop.key,
            shop_secret=self._shop.secret,
            keys=keys,
            feeds=tuple(f"{address}{path}" for path in feeds),
        )
        self._folder.write(demo)
        return demo

    def _start_shop(self) -> Child:
        arguments = ["--host", HOST, "--port", str(self._origin.shop_port), "--state-file", str(self._folder.shop_state)]
        arguments += ["--key", self._shop.key, "--secret", self._shop.secret, "--companion"]
        arguments += ["--products", str(self._origin.products)] if self._origin.products else []
        arguments += ["--shop-config", self._origin.config] if self._origin.config else []
        return self._children.start("shop", "simulators.woocommerce", arguments, {})

    def _environment(self) -> dict[str, str]:
        return {
            "SPOINA_DATA_DIR": str(self._folder.root),
            "SPOINA_DATABASE_URL": self._servers.database_url,
            "SPOINA_REDIS_URL": self._servers.redis_url,
            "SPOINA_WOOCOMMERCE_URL": self._shop.url,
            "SPOINA_WOOCOMMERCE_KEY": self._shop.key,
            "SPOINA_WOOCOMMERCE_SECRET": self._shop.secret,
            "SPOINA_WOOCOMMERCE_POLL_SECONDS": str(self._shop.poll_seconds),
            "SPOINA_PUBLIC_URL": self._shop.webhook_url or "",
            "SPOINA_DEVELOPMENT": "1",
            "SPOINA_DEMO_FILE": str(self._folder.file),
        }

    async def _ensure_keys(self) -> Keys:
        """Made once: scripts keep working after a restart."""
        before = self._folder.read()
        async with _pool(self._servers) as pool:
            if before and await KeyRing(pool, time.monotonic).find(before.keys.staff):
                return before.keys
            kinds = (KeyKind.WEB, KeyKind.APP, KeyKind.POS, KeyKind.STAFF)
            made = {kind.value: (await create_key(pool, f"demo {kind}", kind, utc_now)).token for kind in kinds}
            return Keys(**made, till=(await terminals.register(pool, TILL, utc_now)).key)

    async def _mirror(self, report: ReportProgress) -> None:
        """The whole shop the first time, or when it is another shop than before; in any case its webhooks."""
        async with _pool(self._servers) as pool, open_sync(self._shop, pool, utc_now) as sync:
            if self._folder.read_origin() != self._origin or not await sync.has_all():
                await sync.full_pass(report)
            await sync.keep_webhooks(self._shop.webhook_url)
            await ensure_letters(pool)

    async def _define_feeds(self) -> list[str]:
        """Their paths. The worker builds them as soon as it runs."""
        settings = Settings(data_dir=self._folder.root)
        write_definitions(definitions_folder(settings))
        async with _pool(self._servers) as pool:
            builder = feed_builder(settings, pool)
            for definition in with_updates(definitions(settings)()):
                await builder.register(definition)
            return [state.address for state in await feed_states(pool)]


@asynccontextmanager
async def _pool(servers: Servers) -> AsyncIterator[Pool]:
    pool = await connect_pool(servers.database_url)
    try:
        yield pool
    finally:
        await pool.close()


def _watch(children: Children, starter: int) -> None:
    """Until the person, or one of the processes, ends it; started by make it ends with make, whose kill -9 does not reach us."""
    with_starter = STARTED_BY_MAKE in os.environ
    while (dead := children.dead()) is None:
        if with_starter and os.getppid() != starter:
            return
        time.sleep(PAUSE)
    raise dead.failure("ended by itself")


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _made(data_dir: Path) -> Path:
    """Started by root, the servers run as another user, who has to pass through."""
    try:
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        (data_dir / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise DependencyUnavailable("data folder", f"{data_dir}: {error.strerror}", "choose another one with --data-dir") from error
    return data_dir.resolve()


@contextmanager
def _alone(folder: DemoFolder) -> Iterator[None]:
    """The kernel gives the lock back however the process ends."""
    with folder.lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DependencyUnavailable(
                "data folder", f"a demo is already running in {folder.root}", "end it, or choose another folder with --data-dir"
            ) from None
        yield
