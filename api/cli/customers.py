"""`spoina customers token`."""

from datetime import timedelta

import rich_click as click

from api.cli.environment import takes_settings
from spoina.settings import Settings


@click.group()
def customers() -> None:
    """Customers, as far as they are known without a login."""


@customers.command()
@click.argument("subject")
@click.option("--group", "groups", multiple=True, help="A group that the customer is in; may be given several times.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it is valid.")
@takes_settings
def token(settings: Settings, subject: str, groups: tuple[str, ...], days: int) -> None:
    """Issue a customer access token, for tests and demonstrations: whoever has it is SUBJECT."""
    from api.customer_tokens import customer_tokens
    from spoina.clock import utc_now

    click.echo(customer_tokens(settings, utc_now).issue(subject, groups, timedelta(days=days)))
