"""`spoina webhooks`, in this process and over a real database."""

import asyncio
import os
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from spoina.db import connect_pool
from tests.api.test_cli import _logging_as_it_was, env  # noqa: F401 - fixtures


@pytest.fixture
def spoina(env):  # noqa: F811
    def run(*arguments: str) -> Result:
        with patch.dict(os.environ, {**env, "COLUMNS": "200"}, clear=True):
            return CliRunner().invoke(main, ["webhooks", *arguments], prog_name="spoina")

    return run


def test_each_is_listed_with_how_it_stands(spoina, env):  # noqa: F811
    for name in ("good", "failing", "off"):
        assert spoina("add", f"https://{name}.example/hook", "order.created", "stock.changed").exit_code == 0

    async def trouble() -> None:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        await pool.execute("update webhook_endpoint set failing_since = '2026-03-01 12:00+00' where url <> 'https://good.example/hook'")
        await pool.execute("update webhook_endpoint set disabled_at = now(), disabled_because = 'gone' where url like '%off%'")
        await pool.close()

    asyncio.run(trouble())
    listed = spoina("list")
    assert listed.exit_code == 0
    assert [line.strip().split(maxsplit=4)[1:] for line in listed.stdout.splitlines()[1:]] == [
        ["https://good.example/hook", "order.created,", "stock.changed", "good"],
        ["https://failing.example/hook", "order.created,", "stock.changed", "failing since 2026-03-01 12:00"],
        ["https://off.example/hook", "order.created,", "stock.changed", "disabled: gone"],
    ]
