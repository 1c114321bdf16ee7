"""`spoina keys create | list | revoke`."""

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings


@click.group()
def keys() -> None:
    """API keys: make, list and revoke them."""


@keys.command()
@click.argument("kind", type=click.Choice(["web", "app", "pos", "server", "staff"]))
@click.option("--name", default="", help="What it is for. [the kind]")
@takes_settings
def create(settings: Settings, kind: str, name: str) -> None:
    """Make a key. It is shown this one time: only its digest is kept."""
    from spoina.access.service import create_key
    from spoina.access.types import KeyKind
    from spoina.clock import utc_now

    made = on_database(settings, lambda pool: create_key(pool, name or kind, KeyKind(kind), utc_now))
    click.echo(made.token)
    click.echo(f"key {made.key.id} ({made.key.name}); it will not be shown again", err=True)


@keys.command("list")
@takes_settings
def list_(settings: Settings) -> None:
    """List all keys, revoked ones too."""
    from rich.console import Console
    from rich.table import Table

    from spoina.access.service import list_keys

    table = Table("number", "kind", "name", "ends in", "made", "revoked", box=None)
    for key in on_database(settings, list_keys):
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        table.add_row(str(key.id), key.kind, key.name, f"…{key.hint}", f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
    Console().print(table)


@keys.command()
@click.argument("number", type=click.IntRange(1))
@takes_settings
def revoke(settings: Settings, number: int) -> None:
    """Take a key back; it is refused everywhere within seconds."""
    from spoina.access.service import revoke_key
    from spoina.clock import utc_now
    from spoina.ids import KeyId

    key = on_database(settings, lambda pool: revoke_key(pool, KeyId(number), utc_now))
    click.echo(f"revoked key {key.id} ({key.name})")
