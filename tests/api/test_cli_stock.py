"""`spoina stock`, in this process and over a real database."""

import asyncio
import os
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from spoina.db import connect_pool
from tests.api.availability_shop import fill
from tests.api.test_cli import _logging_as_it_was, env  # noqa: F401 - fixtures
from tests.spoina.catalog.builders import NOON


@pytest.fixture
def spoina(env):  # noqa: F811
    def run(*arguments: str) -> Result:
        with patch.dict(os.environ, env, clear=True):
            return CliRunner().invoke(main, ["stock", *arguments], prog_name="spoina")

    async def prepared() -> None:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        await fill(pool)
        await pool.execute(
            "insert into stock_move (item_id, location_id, delta, reason, source, reference, line, occurred_at, recorded_at)"
            " select item_id, location_id, on_hand, 'channel_sync', 'test', 'opening', 0, $1, $1 from stock where on_hand <> 0",
            NOON,
        )
        await pool.close()

    asyncio.run(prepared())
    return run


def cells(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines()[1:]]


def test_stock_is_shown_counted_moved_and_checked(spoina):
    shown = spoina("show", "MUG", "BOWL")
    counted = spoina("count", "hall", "MUG", "7", "--key", "c1")
    again = spoina("count", "hall", "MUG", "7", "--key", "c1")
    moved = spoina("move", "hall", "depot", "5901234123457", "2")
    after = spoina("show", "MUG", "--channel", "pos")
    audit = spoina("audit")
    assert cells(shown) == [
        ["MUG", "woocommerce", "5", "0", "0", "5", "stock"],
        ["MUG", "hall", "3", "0", "3", "0", "not_online"],
        ["MUG", "depot", "2", "0", "0", "2", "stock"],
        ["BOWL", "not", "counted", "for", "sale"],
    ]
    assert (counted.output, again.output, moved.output) == ("counted 7 (+4)\n", "done before\n", "moved 2 from hall to depot\n")
    assert [(row[1], row[2], row[4]) for row in cells(after)] == [("woocommerce", "5", "5"), ("hall", "5", "5"), ("depot", "4", "4")]
    assert (audit.exit_code, len(audit.output.splitlines()), audit.output.count("holds\n")) == (0, 4, 4)


def test_what_cannot_be_done_is_said_plainly(spoina):
    unknown, nothing = spoina("show", "MUG", "NOPE"), spoina("show", "NOPE")
    foreign = spoina("count", "woocommerce", "MUG", "1")
    nowhere = spoina("count", "moon", "MUG", "1")
    short = spoina("move", "hall", "depot", "MUG", "9")
    assert (unknown.exit_code, unknown.stderr) == (1, "nothing has the code NOPE\n")
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert [each.exit_code for each in (foreign, nowhere, short)] == [1, 1, 1]
    assert "belongs to WooCommerce" in foreign.stderr
    assert "there is no location 'moon'" in nowhere.stderr
    assert "wanted 9, 3 left" in short.stderr


def test_a_violation_ends_the_audit_with_one(spoina, env):  # noqa: F811
    async def tamper() -> None:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        await pool.execute("update stock set on_hand = 99 where item_id = 1 and location_id = 1")
        await pool.close()

    asyncio.run(tamper())
    audit = spoina("audit")
    assert (audit.exit_code, "item 1 at location 1: expected 5, found 99" in audit.output) == (1, True)
