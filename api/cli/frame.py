"""The group of all commands, and how their errors are told: one line and what to do, never a traceback for what we know."""

import rich_click as click

from api.cli.checking import doctor
from api.cli.customers import customers
from api.cli.demonstrating import demo
from api.cli.feeds import feeds
from api.cli.keys import keys
from api.cli.operations import operations
from api.cli.orders import orders
from api.cli.quarantine import quarantine
from api.cli.searching import search
from api.cli.serving import migrate, schema, serve, worker
from api.cli.stock import stock
from api.cli.syncing import sync
from api.cli.webhooks import webhooks
from spoina.errors import SpoinaError


class SpoinaGroup(click.RichGroup):
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SpoinaError as error:
            from api.logs import redact

            click.echo(f"{click.style('Error:', fg='red', bold=True)} {redact(str(error))}", err=True)
            ctx.exit(1)


@click.group(cls=SpoinaGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spoina")
def main() -> None:
    """Spoina: one catalogue, one cart and one live availability for every channel of a WooCommerce shop.

    Settings come from the environment (SPOINA_DATABASE_URL, SPOINA_REDIS_URL, SPOINA_WOOCOMMERCE_URL, …_KEY, …_SECRET, SPOINA_PUBLIC_URL).
    Without a database the program starts its own in the data folder.
    """


OWN = (demo, serve, worker, migrate, doctor)
LOOKING_AFTER = (sync, quarantine, stock, search, feeds, orders, keys, customers, webhooks)
PUBLISHED = (schema, operations)
for command in (*OWN, *LOOKING_AFTER, *PUBLISHED):
    main.add_command(command)
