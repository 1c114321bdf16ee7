"""The command line as people use it: real processes, real servers."""

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import httpx
import psutil
import pytest
import structlog
from click.testing import CliRunner, Result

from api.cli import main
from api.customer_tokens import customer_tokens
from spoina.access.rules import TOKEN_PATTERN
from spoina.clock import utc_now
from spoina.db import Connection, connect
from spoina.settings import Settings
from spoina.sync import quarantine
from spoina.sync.types import Quarantined

SPOINA = Path(sys.executable).with_name("spoina")
PLAIN = {"NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"}


@pytest.fixture
def env(database: str, redis_url: str) -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SPOINA_")}
    return {**outside, **PLAIN, "SPOINA_DATABASE_URL": database, "SPOINA_REDIS_URL": redis_url}


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def spoina(env: dict[str, str], *arguments: str) -> Result:
    """In this process, because starting one takes longer than the command."""
    with patch.dict(os.environ, env, clear=True):
        return CliRunner().invoke(main, arguments, prog_name="spoina")


REFUSED = [Quarantined(kind="product", external_id=7, reason="no name", body=b"{}")]


def on_database(env: dict[str, str], use: Callable[[Connection], Awaitable[object]]) -> object:
    async def connected() -> object:
        connection = await connect(env["SPOINA_DATABASE_URL"])
        try:
            return await use(connection)
        finally:
            await connection.close()

    return asyncio.run(connected())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


@contextmanager
def serving(env: dict[str, str], port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([SPOINA, "serve", "--port", str(port), *options], env=env, stderr=subprocess.PIPE, text=True)
    try:
        await_live(port, process)
        yield process
    finally:
        process.kill()
        process.communicate()


def await_live(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False).text == "live"
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"it never answered: {process.communicate()[1] if process.poll() is not None else 'no answer'}")


def counted_at(port: int, series: str) -> float:
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text.splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(series)), 0.0)


def ended(process: subprocess.Popen[str], number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(30)


def test_a_key_is_made_listed_used_and_revoked(env):
    made = spoina(env, "keys", "create", "staff", "--name", "office")
    token = made.stdout.strip()
    assert (made.exit_code, bool(TOKEN_PATTERN.fullmatch(token))) == (0, True)
    number = re.search(r"key (\d+) \(office\)", made.stderr)[1]

    port = free_port()
    with serving(env, port) as process:
        carried = {"authorization": f"Bearer {token}"}
        assert httpx.get(f"http://127.0.0.1:{port}/v1/quarantine", headers=carried, trust_env=False).json() == []

        listed = spoina(env, "keys", "list").stdout
        assert token not in listed
        assert re.search(rf"{number}\s+staff\s+office\s+…{re.escape(token[-4:])}", listed)

        assert spoina(env, "keys", "revoke", number).stdout == f"revoked key {number} (office)\n"
        time.sleep(2)
        assert httpx.get(f"http://127.0.0.1:{port}/v1/quarantine", headers=carried, trust_env=False).status_code == 401
        assert ended(process, signal.SIGTERM) == 0

    again = spoina(env, "keys", "revoke", number)
    assert (again.exit_code, "Traceback" in again.stderr) == (1, False)
    assert f"there is no API key in use with the number {number}" in again.stderr


def test_several_server_processes_share_a_port_and_count_together(env):
    port = free_port()
    with serving(env, port, "--workers", "2") as process:
        for _ in range(20):
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        while counted_at(port, 'spoina_requests_total{method="GET",route="/health/live",status="200"}') < 20:
            time.sleep(0.05)  # each process tells the others once a second
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        _, alive = psutil.wait_procs(children, timeout=30)
    assert [child.cmdline() for child in alive] == []


def test_a_server_ends_when_it_is_interrupted(env):
    port = free_port()
    with serving(env, port) as process:
        assert ended(process, signal.SIGINT) == 0


def test_a_taken_port_is_told_with_its_option(env):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = spoina(env, "serve", "--port", str(port))
    assert (refused.exit_code, "Traceback" in refused.stderr) == (1, False)
    assert f"127.0.0.1:{port} cannot be used: Address already in use. Choose another one with --port" in refused.stderr


def test_a_database_that_is_not_there_is_told_without_its_password(env):
    refused = spoina(env | {"SPOINA_DATABASE_URL": "postgresql://spoina:hunter2@127.0.0.1:1/spoina"}, "keys", "list")
    assert (refused.exit_code, "Traceback" in refused.stderr, "hunter2" in refused.stderr) == (1, False, False)
    assert "check SPOINA_DATABASE_URL" in refused.stderr


def test_a_server_without_its_database_says_so(env):
    refused = spoina(env | {"SPOINA_DATABASE_URL": "postgresql://spoina:hunter2@127.0.0.1:1/spoina"}, "serve", "--port", str(free_port()))
    assert (refused.exit_code, "Traceback" in refused.stderr, "hunter2" in refused.stderr) == (1, False, False)
    assert "PostgreSQL" in refused.stderr


def test_an_empty_database_is_migrated_when_asked(env, empty_database):
    empty = env | {"SPOINA_DATABASE_URL": empty_database}
    refused = spoina(empty, "keys", "list")
    assert (refused.exit_code, "run spoina migrate" in refused.stderr) == (1, True)
    assert "applied 0001_catalogue.sql" in spoina(empty, "migrate").stdout
    assert spoina(empty, "migrate").stdout == "the database is up to date\n"
    assert spoina(empty, "keys", "list").exit_code == 0


def test_the_quarantine_is_listed_and_retried(env):
    assert spoina(env, "quarantine", "list").stdout == "nothing is in quarantine\n"
    on_database(env, lambda db: quarantine.put(db, "woocommerce", REFUSED, utc_now()))
    assert re.search(r"product\s+7\s+no name", spoina(env, "quarantine", "list").stdout)
    assert spoina(env, "quarantine", "retry", "8").stdout.startswith("0 will be read again")
    assert spoina(env, "quarantine", "retry").stdout.startswith("1 will be read again")
    assert on_database(env, lambda db: db.fetchval("select array_agg(product_id) from product_hint")) == [7]


def test_the_status_of_a_mirror_that_was_never_filled(env):
    assert "waiting: 0 hints; in quarantine: 0" in spoina(env, "sync", "status").stdout


@pytest.mark.parametrize("command", [("sync", "woocommerce"), ("sync", "woocommerce", "--dry-run"), ("sync", "drift")])
def test_without_a_shop_the_missing_settings_are_named_all_at_once(env, command):
    refused = spoina(env, *command)
    assert (refused.exit_code, "Traceback" in refused.stderr) == (1, False)
    assert "missing settings: SPOINA_WOOCOMMERCE_URL, SPOINA_WOOCOMMERCE_KEY, SPOINA_WOOCOMMERCE_SECRET" in refused.stderr


def test_the_installed_program_is_this_one():
    shown = subprocess.run([SPOINA, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"spoina, version {version('spoina')}\n"


def test_the_schema_is_the_published_one(env):
    published = Path(__file__).parents[2] / "graphql" / "schema.graphql"
    assert spoina(env, "schema").stdout.strip() == published.read_text(encoding="utf-8").strip()


def test_the_doctor_finds_a_healthy_installation_healthy(env):
    examined = spoina(env, "doctor")
    assert examined.exit_code == 0, examined.stdout
    lines = dict(re.findall(r"^(?:ok|note|problem) +([^:]+): (.*)$", examined.stdout, re.MULTILINE))
    assert lines["migrations"] == "all applied"
    assert lines["PostgreSQL"].startswith("18.")
    assert lines["Redis"].startswith("valkey 9.")
    assert lines["quarantine"] == "empty"
    assert (lines["stock"], lines["orders"]) == ("every invariant holds", "all are in the shop")
    assert lines["WooCommerce"].endswith("set SPOINA_WOOCOMMERCE_URL, SPOINA_WOOCOMMERCE_KEY and SPOINA_WOOCOMMERCE_SECRET")


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(env, empty_database):
    sick = env | {
        "SPOINA_DATABASE_URL": empty_database,
        "SPOINA_REDIS_URL": "redis://127.0.0.1:1",
        "SPOINA_WOOCOMMERCE_URL": "http://127.0.0.1:1",
        "SPOINA_WOOCOMMERCE_KEY": "ck_0123456789",
        "SPOINA_WOOCOMMERCE_SECRET": "cs_0123456789",
        "SPOINA_PUBLIC_URL": "http://127.0.0.1:1",
    }
    examined = spoina(sick, "doctor")
    problems = dict(re.findall(r"^problem +([^:]+): (.*)$", examined.stdout, re.MULTILINE))
    assert examined.exit_code == 1
    assert problems.keys() == {"migrations", "Redis", "WooCommerce", "public address"}
    assert problems["migrations"].endswith("→ run spoina migrate")
    assert "no connection" in problems["WooCommerce"]
    assert "ck_0123456789" not in examined.stdout + examined.stderr


def test_operations_are_listed_with_their_state_and_budgets(env) -> None:
    shown = spoina(env, "operations", "list")
    lines = {line.split()[0]: line.split() for line in shown.output.splitlines()}
    assert shown.exit_code == 0
    assert lines["web/sitemap"][1:4] == ["compiled", "2", "751"]
    assert {line[1] for name, line in lines.items() if "/" in name} == {"compiled"}


def test_a_customers_token_is_issued_for_demonstrations(env, tmp_path) -> None:
    told = spoina(env, "customers", "token", "anna", "--group", "wholesale", "--days", "2", "--data-dir", str(tmp_path))
    signed_in = customer_tokens(Settings(data_dir=tmp_path), utc_now).verify(told.stdout.strip())
    assert (told.exit_code, signed_in.id, signed_in.groups) == (0, "anna", ("wholesale",))
    assert timedelta(days=1, hours=23) < signed_in.expires_at - utc_now() <= timedelta(days=2)
