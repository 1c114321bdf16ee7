"""`spoina feeds list | build | check | explain | diff | rollback`."""

from collections import Counter
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from feeds.building import Built
    from feeds.explain import Explanation
    from feeds.inspecting import CheckTotals, FoundIn
    from feeds.records import Build, FeedState
    from feeds.types import FeedDefinition
    from spoina.db import Pool

MOST_SHOWN = 200


@click.group()
def feeds() -> None:
    """Product feeds: build them, check them, see why an item is in one or not."""


@feeds.command(name="list")
@click.argument("names", nargs=-1)
@takes_settings
def list_feeds(settings: Settings, names: tuple[str, ...]) -> None:
    """List the defined feeds: how each stands, and the address that its channel is given (its path where
    SPOINA_PUBLIC_URL is not set); of NAMES the builds too, the newest first."""
    from api.feeding import definitions_folder

    chosen = _chosen(settings, names)
    if not chosen:
        click.echo(f"no feeds are defined in {definitions_folder(settings)}; feeds/demo has one for each channel to copy")
    public = (settings.woocommerce.webhook_url if settings.woocommerce is not None else None) or ""
    known = {state.name: state for state in on_database(settings, _states)}
    for definition in chosen:
        state = known.get(definition.name)
        click.echo(f"{definition.name} ({definition.format}): {_standing(state)}, {_published(state)}")
        if state is not None:
            click.echo(f"  {public}{state.address}")
        if names:
            for line in on_database(settings, lambda pool, name=definition.name: _builds(pool, name)):  # type: ignore[misc]
                click.echo(f"  {line}")


@feeds.command()
@click.argument("names", nargs=-1)
@click.option("--whole", is_flag=True, help="Take nothing over from the build before.")
@click.option("--force", is_flag=True, help="Publish even what the guards would hold back.")
@takes_settings
def build(settings: Settings, names: tuple[str, ...], whole: bool, force: bool) -> None:
    """Build NAMES (all without any) now, and publish them; ends with 1 where a guard held one back."""
    held_back = False
    for definition in _chosen(settings, names):
        built = on_database(settings, lambda pool, each=definition: _build(settings, pool, each, whole, force))  # type: ignore[misc]
        held_back = held_back or built.held_back is not None
        click.echo(f"{definition.name}: {_outcome(built)}")
    if held_back:
        raise SystemExit(1)


@feeds.command()
@click.argument("names", nargs=-1)
@click.option("--warnings/--no-warnings", default=True, show_default=True, help="Show warnings too.")
@takes_settings
def check(settings: Settings, names: tuple[str, ...], warnings: bool) -> None:
    """Check every item of NAMES (all without any) against its channel's rules, offline; ends with 1 where there are errors."""
    wrong = False
    for definition in _chosen(settings, names):
        totals, found, spoke = on_database(settings, lambda pool, each=definition: _check(pool, each, warnings))  # type: ignore[misc]
        for each in found:
            click.echo(f"{definition.name} {each.item}: {each.finding.rule} ({each.finding.severity}) {each.finding.message}")
        if (beyond := totals.errors + (totals.warnings if warnings else 0) - len(found)) > 0:
            click.echo(f"{definition.name}: {beyond} findings more")
        if spoke:
            click.echo(f"{definition.name}: {', '.join(f'{rule} {count} times' for rule, count in spoke.most_common())}")
        click.echo(
            f"{definition.name}: {totals.items} items, {totals.errors} errors, {totals.warnings} warnings, {totals.excluded} left out"
        )
        wrong = wrong or totals.errors > 0
    if wrong:
        raise SystemExit(1)


@feeds.command()
@click.argument("name")
@click.argument("sku")
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@takes_settings
def explain(settings: Settings, name: str, sku: str, as_json: bool) -> None:
    """Say why SKU (or a variant's number) is in the feed NAME or not, and where each value comes from."""
    import msgspec

    (definition,) = _chosen(settings, (name,))
    told = on_database(settings, lambda pool: _explained(pool, definition, sku))
    click.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() if as_json else _told(told))


@feeds.command()
@click.argument("name")
@click.argument("build", type=int, required=False)
@takes_settings
def diff(settings: Settings, name: str, build: int | None) -> None:
    """Show by which lines the published feed NAME differs from BUILD (without one: from the build before)."""
    for line in on_database(settings, lambda pool: _difference(settings, pool, name, build)):
        click.echo(line)


@feeds.command()
@click.argument("name")
@click.argument("build", type=int, required=False)
@takes_settings
def rollback(settings: Settings, name: str, build: int | None) -> None:
    """Publish BUILD (without one: the build before) of the feed NAME again; it stays until somebody builds by hand."""
    number = on_database(settings, lambda pool: _roll_back(pool, name, build))
    click.echo(f"{name}: build {number} is published again and pinned; spoina feeds build {name} ends that")


def _definitions(settings: Settings) -> "list[FeedDefinition]":
    from api.feeding import definitions
    from feeds.definitions import with_updates

    return with_updates(definitions(settings)())


def _chosen(settings: Settings, names: tuple[str, ...]) -> "list[FeedDefinition]":
    from api.feeding import definitions_folder
    from spoina.errors import NotFound

    found = _definitions(settings)
    if unknown := set(names) - {each.name for each in found}:
        raise NotFound("feed", f"{min(unknown)!r} in {definitions_folder(settings)}")
    return [each for each in found if not names or each.name in names]


def _standing(state: "FeedState | None") -> str:
    if state is None:
        return "new"
    pinned = ", pinned" if state.pinned else ""
    return f"{state.status}{pinned}" + (f": {state.reason}" if state.reason else "")


def _published(state: "FeedState | None") -> str:
    build = None if state is None else state.build
    if build is None:
        return "never published"
    seen = f", what the shop sold at {build.as_of:%F %T} UTC" if build.as_of is not None else ""
    return f"build {build.id} of {build.finished_at:%F %T} UTC{seen}: {build.items} items, {build.failing} failing"


def _told_of(build: "Build") -> str:
    rules = ", ".join(f"{rule}: {count}" for rule, count in build.rules.items())
    counts = f"{build.items} items, {build.failing} failing, {build.excluded} left out"
    why = f" ({build.reason})" if build.reason else ""
    return f"build {build.id} of {build.started_at:%F %T} UTC: {build.state}{why}, {counts}{f'; {rules}' if rules else ''}"


def _outcome(built: "Built") -> str:
    totals, made = built.made.totals, built.made
    counts = f"{totals.items} items, {totals.failing} failing, {totals.excluded} left out"
    how = f"{made.rendered} of {totals.products} products rendered, {counts}"
    if built.held_back is not None:
        return f"held back: {built.held_back} ({how})"
    return (
        f"{'published build' if built.changed else 'nothing changed since build'} {built.number} ({how}), content {made.digest.hex()[:16]}"
    )


def _told(told: "Explanation") -> str:
    verdict = "in the feed" if told.included else f"not in the feed: {told.decided_by} ({told.reason})"
    lines = [f"{told.sku or told.variant} is {verdict}"]
    lines += [f"  filter {each.rule!r}: {'fits' if each.fits else 'does not fit'} {each.note}".rstrip() for each in told.filters]
    lines += [f"  rule {each.rule!r}: {each.field} {each.before!r} -> {each.after!r}" for each in told.changes]
    for field in told.fields:
        sources = "; ".join(f"{name} ({origin})" for name, origin in field.origins.items())
        lines.append(f"  {field.field} = {field.value!r}{f'  from {sources}' if sources else ''}")
    lines += [f"  {each.severity}: {each.rule} {each.message}" for each in told.findings]
    return "\n".join(lines)


async def _states(pool: "Pool") -> "list[FeedState]":
    from feeds.records import feed_states

    return await feed_states(pool)


async def _builds(pool: "Pool", name: str) -> list[str]:
    from feeds.records import builds_of

    return [_told_of(build) for build in await builds_of(pool, name)]


async def _build(settings: Settings, pool: "Pool", definition: "FeedDefinition", whole: bool, force: bool) -> "Built":
    from api.feeding import feed_builder

    return await feed_builder(settings, pool).build(definition, by_hand=True, whole=whole, force=force)


async def _check(pool: "Pool", definition: "FeedDefinition", warnings: bool) -> "tuple[CheckTotals, list[FoundIn], Counter[str]]":
    from feeds.inspecting import CheckTotals, check_items
    from spoina.clock import utc_now

    totals = CheckTotals()
    shown: list[FoundIn] = []
    spoke: Counter[str] = Counter()
    async for found in check_items(pool, definition, utc_now(), totals):
        if warnings or found.finding.severity == "error":
            spoke[found.finding.rule] += 1
            if len(shown) < MOST_SHOWN:
                shown.append(found)
    return totals, shown, spoke


async def _explained(pool: "Pool", definition: "FeedDefinition", sku: str) -> "Explanation":
    from feeds.inspecting import explain_item
    from spoina.clock import utc_now

    return await explain_item(pool, definition, sku, utc_now())


async def _difference(settings: Settings, pool: "Pool", name: str, build: int | None) -> list[str]:
    from api.feeding import feed_storage
    from feeds.differing import difference

    return [line async for line in difference(pool, feed_storage(settings), name, build)]


async def _roll_back(pool: "Pool", name: str, build: int | None) -> int:
    from feeds.records import roll_back
    from spoina.clock import utc_now

    return await roll_back(pool, name, build, utc_now())
