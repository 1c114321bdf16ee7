"""Starting all of it, waiting, and ending all of it."""

import asyncio
import fcntl
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console

from api.cli.progress import shown_progress
from api.demo.children import Child, Children
from api.demo.folder import Demo, DemoFolder, Keys, Origin
from api.demo.screen import welcome
from api.embedded import Servers, embedded_servers
from api.listening import free_port, is_free, listen
from channels.woocommerce.sync import open_sync
from spoina.access.service import KeyRing, create_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import connect_pool
from spoina.errors import DependencyUnavailable
from spoina.migrate import apply_migrations
from spoina.settings import WooCommerceSettings
from spoina.sync.types import ReportProgress

HOST = "127.0.0.1"
PAUSE = 0.25
POLL_SECONDS = 30
"""Shorter than in production: who tries something out in the shop wants to see it arrive."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_demo(data_dir: Path, port: int, products: int | None) -> None:
    """Returns when it is told to end. Raises InvalidInput for a taken port, DependencyUnavailable for whatever does not start."""
    began = time.monotonic()
    console = Console(stderr=True)
    folder = DemoFolder(_made(data_dir))
    with ExitStack() as ending, _interruptible():
        ending.enter_context(_alone(folder))
        children = Children(folder.children, folder.logs)
        children.end_leftovers()
        listen(HOST, port, "--port").close()
        servers = ending.enter_context(embedded_servers(folder.root))
        ending.callback(children.stop)
        demo = _start(folder, servers, children, _origin(folder, port, products), port, console)
        welcome(console, demo, time.monotonic() - began)
        _watch(children)


def _start(folder: DemoFolder, servers: Servers, children: Children, origin: Origin, port: int, console: Console) -> Demo:
    shop = _shop_settings(folder, origin, port)
    console.print("starting the simulated shop, the database and the API …", highlight=False)
    shop_process = _start_shop(folder, children, origin, shop)
    asyncio.run(apply_migrations(servers.database_url))
    keys = asyncio.run(_ensure_keys(folder, servers))
    env = _environment(folder, servers, shop)
    api = children.start("api", "api.cli", ["serve", "--host", HOST, "--port", str(port)], env)
    shop_process.await_ready(lambda: _answers(f"{shop.url}/wp-json/"))
    api.await_ready(lambda: _answers(f"http://{HOST}:{port}/health/live"))
    with shown_progress(console) as report:
        asyncio.run(_mirror(servers, shop, report, anew=folder.read_origin() != origin))
    folder.write_origin(origin)
    children.start("worker", "api.cli", ["worker"], env)
    address = f"http://{HOST}:{port}"
    demo = Demo(api=address, graphql=f"{address}/graphql", shop=shop.url, shop_key=shop.key, shop_secret=shop.secret, keys=keys)
    folder.write(demo)
    return demo


def _origin(folder: DemoFolder, port: int, products: int | None) -> Origin:
    """The shop keeps its address over restarts, because the mirrored pictures and links carry it."""
    before = folder.read_origin()
    size = products or (before.products if before else None)
    if before and size != before.products:
        folder.shop_state.unlink(missing_ok=True)
    wanted = [before.shop_port] if before else [port + 1]
    return Origin(products=size, shop_port=next((one for one in wanted if one < 65536 and is_free(HOST, one)), None) or free_port(HOST))


def _shop_settings(folder: DemoFolder, origin: Origin, port: int) -> WooCommerceSettings:
    before = folder.read()
    return WooCommerceSettings(
        url=f"http://{HOST}:{origin.shop_port}",
        key=before.shop_key if before else f"ck_{secrets.token_hex(20)}",
        secret=before.shop_secret if before else f"cs_{secrets.token_hex(20)}",
        poll_seconds=POLL_SECONDS,
        webhook_url=f"http://{HOST}:{port}",
    )


def _start_shop(folder: DemoFolder, children: Children, origin: Origin, shop: WooCommerceSettings) -> Child:
    arguments = ["--host", HOST, "--port", str(origin.shop_port), "--state-file", str(folder.shop_state)]
    arguments += ["--key", shop.key, "--secret", shop.secret]
    arguments += ["--products", str(origin.products)] if origin.products else []
    return children.start("shop", "simulators.woocommerce", arguments, {})


def _environment(folder: DemoFolder, servers: Servers, shop: WooCommerceSettings) -> Mapping[str, str]:
    return {
        "SPOINA_DATA_DIR": str(folder.root),
        "SPOINA_DATABASE_URL": servers.database_url,
        "SPOINA_REDIS_URL": servers.redis_url,
        "SPOINA_WOOCOMMERCE_URL": shop.url,
        "SPOINA_WOOCOMMERCE_KEY": shop.key,
        "SPOINA_WOOCOMMERCE_SECRET": shop.secret,
        "SPOINA_WOOCOMMERCE_POLL_SECONDS": str(shop.poll_seconds),
        "SPOINA_PUBLIC_URL": shop.webhook_url or "",
        "SPOINA_DEVELOPMENT": "1",
    }


async def _ensure_keys(folder: DemoFolder, servers: Servers) -> Keys:
    """Made once: scripts keep working after a restart."""
    before = folder.read()
    pool = await connect_pool(servers.database_url)
    try:
        if before and await KeyRing(pool, time.monotonic).find(before.keys.staff):
            return before.keys
        return Keys(**{kind.value: (await create_key(pool, f"demo {kind}", kind, utc_now)).token for kind in KeyKind})
    finally:
        await pool.close()


async def _mirror(servers: Servers, shop: WooCommerceSettings, report: ReportProgress, *, anew: bool) -> None:
    pool = await connect_pool(servers.database_url)
    try:
        async with open_sync(shop, pool, utc_now) as sync:
            if anew or not await sync.has_all():
                await sync.full_pass(report)
            await sync.keep_webhooks(shop.webhook_url)
    finally:
        await pool.close()


def _watch(children: Children) -> None:
    """Until the person, or one of the processes, ends it."""
    while (dead := children.dead()) is None:
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


@contextmanager
def _interruptible() -> Iterator[None]:
    """The first signal ends everything in order; later ones change nothing about that."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in SIGNALS:
        signal.signal(one, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("\nending …\n")
