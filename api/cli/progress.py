"""A pass over the shop, as it is shown in a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from spoina.sync.types import Progress, ReportProgress


@contextmanager
def shown_progress(console: Console) -> Iterator[ReportProgress]:
    """One bar for each stage; where the output is no terminal, nothing until the end."""
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        stages: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            if progress.stage not in stages:
                _fill(bars)
                stages[progress.stage] = bars.add_task(progress.stage)
            done = progress.done if progress.total is None else min(progress.done, progress.total)
            bars.update(stages[progress.stage], completed=done, total=progress.total)

        yield report
        _fill(bars)


def _fill(bars: Bars) -> None:
    """A stage that is over was read to its end: its last page is not told of, because the next stage begins."""
    for task in bars.tasks:
        bars.update(task.id, completed=task.total or task.completed)
