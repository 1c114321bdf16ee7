"""`spoina serve | worker | migrate | schema`."""

import gc

import rich_click as click

from api.cli.environment import check_database, database, servers, takes_settings
from spoina.settings import Settings

STARTING = 100_000
"""What is imported and made until the port is open stays: looking for circles in it over and over would take a tenth of the start.
api/lifespan.py sets how often it is done from then on."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Server processes; one per core is right.")
@takes_settings
def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Answer GraphQL, REST and webhooks."""
    gc.set_threshold(STARTING)
    from api.server import run_server

    with servers(settings) as ready:
        check_database(ready)
        run_server(ready, host, port, workers)


@click.command()
@takes_settings
def worker(settings: Settings) -> None:
    """Do the background work: hints, polls, sweeps, webhook checks."""
    import asyncio

    with servers(settings) as ready:
        check_database(ready)
        asyncio.run(_work_until_told_to_end(ready))


async def _work_until_told_to_end(settings: Settings) -> None:
    import asyncio
    import signal

    from api.worker import run_worker

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(settings, settings.database_url or "", stop)


@click.command()
@takes_settings
def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    from spoina.migrate import migrate as apply

    with database(settings) as database_url:
        applied = apply(database_url)
    click.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@click.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    from storefront.sdl import sdl

    click.echo(sdl().rstrip())
