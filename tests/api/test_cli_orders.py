"""`spoina orders`, in this process and over a real database."""

import asyncio
import os
from unittest.mock import patch
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from spoina.clock import utc_now
from spoina.db import connect_pool
from spoina.orders.service import Orders
from spoina.orders.types import Order
from tests.api.test_cli import _logging_as_it_was, env  # noqa: F401 - fixtures
from tests.spoina.orders.placing import draft, line


@pytest.fixture
def order(env) -> Order:  # noqa: F811
    async def prepared() -> Order:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        placed = await Orders(pool, utc_now, uuid4).place(draft(line(stock_item=None, quantity=2)), "cart 1")
        await pool.execute("update order_task set dead_at = now(), reason = 'the shop refused it (400)'")
        await pool.execute("insert into order_alert values ($1, 'totals', 'a grosz', now())", placed.id)
        await pool.close()
        return placed

    return asyncio.run(prepared())


@pytest.fixture
def spoina(env):  # noqa: F811
    def run(*arguments: str) -> Result:
        with patch.dict(os.environ, env, clear=True):
            return CliRunner().invoke(main, ["orders", *arguments], prog_name="spoina")

    return run


def test_what_could_not_be_delivered_is_listed_shown_and_retried(spoina, order):
    listed, shown, dead = spoina("list", "--state", "pending_payment"), spoina("show", str(order.id)), spoina("dead")
    assert any(line.split()[0] == str(order.id) and "24.60" in line for line in listed.stdout.splitlines() if line.strip())
    lines = shown.stdout.splitlines()
    assert lines[:2] == ["pending_payment (not in the shop yet), 24.60 PLN, number -", "  2 x Product 1 24.60"]
    assert lines[2].endswith("customer placed pending_payment")
    assert lines[3:] == ["to do: create the shop refused it (400)", "look at: totals: a grosz"]
    assert dead.stdout == f"{order.id} create: the shop refused it (400)\n1 undeliverable\n"
    assert spoina("retry", str(order.id)).stdout == "the worker tries it again\n"
    assert spoina("dead").stdout == "nothing is undeliverable\n"
    again = spoina("retry", str(order.id))
    assert (again.exit_code, "there is no undeliverable task of order" in again.stderr) == (1, True)


def test_an_order_goes_by_the_shops_number_too(spoina, order, env):  # noqa: F811
    async def numbered() -> None:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        await pool.execute("update sales_order set external_id = 41, external_number = '2026/41'")
        await pool.close()

    asyncio.run(numbered())
    assert spoina("show", "2026/41").stdout == spoina("show", str(order.id)).stdout
    assert spoina("retry", "2026/41").stdout == "the worker tries it again\n"
    unknown = spoina("show", "41")
    assert (unknown.exit_code, "there is no order 41" in unknown.stderr) == (1, True)


def test_the_shops_own_statuses_are_put_into_the_dictionary(spoina, order):
    assert "wyslane" not in spoina("statuses").stdout
    assert spoina("statuses", "wyslane", "completed").stdout.splitlines()[-1].split() == ["wyslane", "completed"]
    wrong = spoina("statuses", "wyslane", "moon")
    assert (wrong.exit_code, "STATE: one of pending_payment" in wrong.stderr) == (1, True)
    assert f"{order.id} totals: a grosz" in spoina("alerts").stdout
