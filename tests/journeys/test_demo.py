"""`spoina demo` from the first start to a kill -9 and back, as a person at a terminal has it."""

import asyncio
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

from channels.woocommerce.client import WooCommerceClient
from spoina.settings import WooCommerceSettings
from tests.journeys.nine_steps import walk
from tests.running_demo import READY, SPOINA, Demo

pytestmark = pytest.mark.timeout(400)  # several starts, each of some seconds on a quiet machine
LATER_START_SECONDS = 60
ENDING_SECONDS = 20
"""Ten times what they take on a quiet machine."""
QUERY = """
query Product($handle: String!) {
  product(handle: $handle) { title availableForSale priceRange { minVariantPrice { amount currencyCode } } }
}
"""


def ask(demo: dict, handle: str) -> dict:
    answer = httpx.post(
        demo["graphql"],
        json={"query": QUERY, "variables": {"handle": handle}},
        headers={"authorization": f"Bearer {demo['keys']['web']}"},
        trust_env=False,
    )
    return answer.raise_for_status().json()["data"]["product"]


async def change_in_shop(demo: dict, number: int, change: dict) -> None:
    settings = WooCommerceSettings(url=demo["shop"], key=demo["shop_key"], secret=demo["shop_secret"])
    async with WooCommerceClient(settings) as shop:
        await shop.put(f"products/{number}", change, msgspec.Raw)


def first_product(demo: dict) -> tuple[int, str]:
    query = {"query": "{ products(first: 1) { nodes { id handle } } }"}
    headers = {"X-Shopify-Storefront-Access-Token": demo["keys"]["app"]}
    address = f"{demo['api']}/api/2026-10/graphql.json"
    (product,) = httpx.post(address, json=query, headers=headers, trust_env=False).json()["data"]["products"]["nodes"]
    return int(product["id"].rsplit("/", 1)[1]), product["handle"]


def refused(folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    command = [SPOINA, "demo", "--port", str(port), "--data-dir", str(folder)]
    return subprocess.run(command, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True, timeout=90, check=False)


def assert_all_end(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=ENDING_SECONDS)
    assert [one.cmdline() for one in alive] == []


def test_a_demo_from_first_start_to_kill_and_back(folder: Path, port: int):
    shutil.rmtree(folder, ignore_errors=True)
    demo = Demo(folder, port)
    demo.await_ready()
    told = demo.json()
    assert told["api"] == f"http://127.0.0.1:{port}"
    assert told["keys"].keys() == {"web", "app", "pos", "staff", "till"}
    assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600

    number, handle = first_product(told)
    asyncio.run(change_in_shop(told, number, {"name": "Kubek „Spoina”"}))
    changed_at = time.monotonic()
    while ask(told, handle)["title"] != "Kubek „Spoina”":
        assert time.monotonic() - changed_at < 60, "the webhook changed nothing"
        time.sleep(0.1)

    assert len(asyncio.run(walk(told))) == 9

    second = refused(folder, port)
    assert (second.returncode, "a demo is already running in" in second.stderr) == (1, True)

    started = demo.processes()
    assert len(started) >= 6
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(ENDING_SECONDS) == 0
    assert_all_end(started)

    again = Demo(folder, port)
    assert again.await_ready() < LATER_START_SECONDS
    assert again.json() == told
    assert ask(told, handle)["title"] == "Kubek „Spoina”"

    started = again.processes()
    again.process.kill()
    again.process.wait()
    last = Demo(folder, port)
    last.await_ready()
    assert_all_end([one for one in started if one not in last.processes()])
    assert ask(told, handle)["title"] == "Kubek „Spoina”"

    started = last.processes()
    last.process.terminate()
    assert last.process.wait(ENDING_SECONDS) == 0
    assert_all_end(started)


def test_a_kill_of_make_ends_what_make_started(folder: Path, port: int):
    makefile = folder.with_name("Makefile")
    makefile.write_text(f"demo:\n\t{SPOINA} demo --port {port} --data-dir {folder}\n")
    said = folder.with_suffix(".out")
    with said.open("w") as output:
        make = subprocess.Popen(["make", "-f", makefile], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    deadline = time.monotonic() + 110
    while not READY.search(said.read_text()):
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
    started = psutil.Process(make.pid).children(recursive=True)
    make.kill()
    make.wait()
    assert_all_end(started)


def test_a_taken_port_is_told_with_its_option(tmp_path: Path):
    folder = tmp_path / "demo"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [SPOINA, "demo", "--port", str(port), "--data-dir", str(folder)], capture_output=True, text=True, timeout=90
        )
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "--port" in refused.stderr
    assert not (folder / "demo.json").exists()
