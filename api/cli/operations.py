"""`spoina operations list | check | usage | schema`."""

from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from api.field_usage import FieldReport


@click.group()
def operations() -> None:
    """The trusted documents that storefronts send by their hash, and which client uses which field."""


@operations.command("list")
def list_() -> None:
    """List all of them: compiled or not and why, and what each may cost."""
    from rich.console import Console
    from rich.table import Table

    from storefront.documents import served_documents

    table = Table("document", "state", "SQL", "cost", "sha256", box=None)
    for document in served_documents()[1].values():
        projection = document.operation(None).projection
        state = f"{projection.state}: {projection.reason}" if projection.reason else projection.state
        budget = document.budget
        table.add_row(document.name, state, str(budget.sql if budget else ""), str(budget.cost if budget else ""), document.sha256)
    Console().print(table)


@operations.command()
@click.option("--write", is_flag=True, help="Keep the result, so that no start validates them again; for developers.")
def check(*, write: bool) -> None:
    """Validate all of them against the schema; the first that is not valid is told."""
    from storefront.documents import load_trusted, operations_folder
    from storefront.schema import served_schema
    from storefront.validity import write_valid

    schema, folder = served_schema(), operations_folder()
    documents = load_trusted(schema, folder, anew=True)
    if write:
        write_valid(schema, documents, folder)
    click.echo(f"{len(documents)} documents are valid")


@operations.command()
@click.argument("field", required=False)
@click.option("--deprecated", is_flag=True, help="Only what is deprecated.")
@click.option("--days", default=30, show_default=True, help="Uses of so many days; unused for so long, a deprecated field may be removed.")
@takes_settings
def usage(settings: Settings, field: str | None, deprecated: bool, days: int) -> None:
    """Which client uses FIELD ("Product.handle", a type, or all), and which deprecated ones may be removed."""
    from api.field_usage import Question, usage_report
    from spoina.clock import utc_now

    question = Question(field=field, deprecated=deprecated, days=days)
    report = on_database(settings, lambda pool: usage_report(pool, question, utc_now))
    click.echo(f"counted since {report.counted_since:%Y-%m-%d %H:%M} UTC" if report.counted_since else "nothing was counted yet")
    for each in report.fields:
        _show(each)


@operations.command()
@click.option("--days", default=30, show_default=True, help="Unused for so long, a deprecated field may be removed.")
@takes_settings
def schema(settings: Settings, days: int) -> None:
    """Print the schema with the day on which each deprecated field is safe to remove."""
    from api.field_usage import Question, dated, usage_report
    from spoina.clock import utc_now
    from storefront.sdl import sdl

    report = on_database(settings, lambda pool: usage_report(pool, Question(deprecated=True, days=days), utc_now))
    click.echo(dated(sdl(), report))


def _show(field: "FieldReport") -> None:
    click.echo(f"{field.coordinate}{_verdict(field)}")
    for use in field.uses:
        client = f"{use.client} {use.version}".rstrip()
        click.echo(f"  {client}: {use.requests} requests, {use.first_seen:%Y-%m-%d %H:%M} to {use.last_seen:%Y-%m-%d %H:%M} UTC")


def _verdict(field: "FieldReport") -> str:
    if field.deprecated is None:
        return ""
    when = "safe to remove" if field.safe_to_remove else f"safe to remove on {field.safe_on}" if field.safe_on else "not known yet"
    return f"  deprecated, {when}: {field.deprecated}"
