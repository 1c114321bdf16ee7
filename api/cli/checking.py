"""`spoina doctor`."""

from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import servers, takes_settings
from spoina.errors import DependencyUnavailable
from spoina.settings import Settings

if TYPE_CHECKING:
    from api.findings import Finding

MARKS = {"ok": "[green]ok     [/]", "note": "[yellow]note   [/]", "problem": "[red]problem[/]"}


@click.command()
@takes_settings
@click.pass_context
def doctor(context: click.Context, settings: Settings) -> None:
    """Check every dependency and setting: one line each, and how to mend what is wrong. The exit code is 1 where something is."""
    import asyncio

    from api.diagnosis import examine, examine_machine, problem_with

    findings = examine_machine(settings)
    try:
        with servers(settings) as ready:
            findings += asyncio.run(examine(ready))
    except DependencyUnavailable as error:
        findings.append(problem_with(error))
    for finding in findings:
        _show(finding)
    if any(finding.verdict == "problem" for finding in findings):
        context.exit(1)


def _show(finding: "Finding") -> None:
    from rich.console import Console

    from api.logs import redact

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{MARKS[finding.verdict]} [bold]{finding.name}[/]: ", end="")
    console.print(redact(f"{finding.text}{f' → {finding.remedy}' if finding.remedy else ''}"), markup=False)
