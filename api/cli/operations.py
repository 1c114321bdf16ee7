"""`spoina operations list`."""

import rich_click as click


@click.group()
def operations() -> None:
    """The trusted documents that storefronts send by their hash."""


@operations.command("list")
def list_() -> None:
    """List all of them: compiled or not and why, and what each may cost."""
    from rich.console import Console
    from rich.table import Table

    from storefront.documents import load_trusted, operations_folder
    from storefront.schema import build_schema

    table = Table("document", "state", "SQL", "cost", "sha256", box=None)
    for document in load_trusted(build_schema(), operations_folder()).values():
        projection = document.operation(None).projection
        state = f"{projection.state}: {projection.reason}" if projection.reason else projection.state
        budget = document.budget
        table.add_row(document.name, state, str(budget.sql if budget else ""), str(budget.cost if budget else ""), document.sha256)
    Console().print(table)
