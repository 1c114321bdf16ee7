"""`spoina quarantine list | retry`."""

from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.db import Pool, transaction
from spoina.settings import Settings

if TYPE_CHECKING:
    from spoina.sync.types import QuarantineEntry


@click.group()
def quarantine() -> None:
    """What could not be taken in from the shop, and why."""


@quarantine.command("list")
@takes_settings
def list_(settings: Settings) -> None:
    """List what is in quarantine, the newest first."""
    from rich.console import Console
    from rich.table import Table

    from spoina.sync.status import quarantined

    async def read(pool: Pool) -> "list[QuarantineEntry]":
        async with pool.acquire() as connection:
            return await quarantined(connection)

    entries = on_database(settings, read)
    if not entries:
        click.echo("nothing is in quarantine")
        return
    table = Table("kind", "number", "reason", "times", "last", box=None)
    for entry in entries:
        table.add_row(entry.kind, str(entry.external_id), entry.reason, str(entry.times), f"{entry.last_at:%Y-%m-%d %H:%M}")
    Console().print(table)


@quarantine.command()
@click.argument("numbers", type=click.IntRange(1), nargs=-1)
@takes_settings
def retry(settings: Settings, numbers: tuple[int, ...]) -> None:
    """Have these products or variations read again by the worker; without numbers, all of them."""
    from spoina.clock import utc_now
    from spoina.sync.status import Retried, Retry, retry_quarantined

    async def ask(pool: Pool) -> Retried:
        async with transaction(pool) as connection:
            return await retry_quarantined(connection, Retry(numbers), utc_now())

    click.echo(f"{on_database(settings, ask).queued} will be read again by the worker")
