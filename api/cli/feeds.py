"""`spoina feeds list | build | check | explain | diff | rollback | renew-secret`."""

from collections import Counter
from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeds.building import Built
    from feeds.explain import Explanation
    from feeds.inspecting import CheckTotals, FoundIn
    from feeds.records import Build, FeedState
    from feeds.types import FeedDefinition
    from spoina.db import Pool

MOST_SHOWN = 200
LARGEST_BUILD = (1 << 63) - 1


@click.group()
def feeds() -> None:
    """Product feeds: build them, check them, see why an item is in one or not."""


@feeds.command(name="list")
@click.argument("names", nargs=-1)
@takes_settings
def list_feeds(settings: Settings, names: tuple[str, ...]) -> None:
    """List the defined feeds: how each stands, and the address that its channel is given (its path where
    SPOINA_PUBLIC_URL is not set); of NAMES the builds too, the newest first."""
    chosen, public = _chosen(settings, names), _public(settings)
    if not chosen:
        _tell_of_none(settings)
    known = {state.name: state for state in on_database(settings, _states)}
    for definition in chosen:
        state = known.get(definition.name)
        click.echo(f"{definition.name} ({definition.format}): {_standing(state)}, {_published(state)}")
        if state is not None:
            click.echo(f"  {public}{state.address}")
        if names:
            for line in on_database(settings, lambda pool, name=definition.name: _builds(pool, name)):  # type: ignore[misc]
                click.echo(f"  {line}")
    defined = {each.name for each in chosen}
    for state in () if names else [state for name, state in known.items() if name not in defined and state.build is not None]:
        click.echo(
            f"{state.name} ({state.format}): its definition is gone, but it goes on being served: {_published(state)}; "
            f"spoina feeds renew-secret {state.name} takes its address away"
        )
        click.echo(f"  {public}{state.address}")


@feeds.command()
@click.argument("names", nargs=-1)
@click.option("--whole", is_flag=True, help="Take nothing over from the build before.")
@click.option("--force", is_flag=True, help="Publish even what the guards would hold back.")
@takes_settings
def build(settings: Settings, names: tuple[str, ...], whole: bool, force: bool) -> None:
    """Build NAMES (all without any) now, and publish them; ends with 1 where a guard held one back."""

    def done(definition: "FeedDefinition") -> bool:
        built = on_database(settings, lambda pool: _build(settings, pool, definition, whole, force))
        click.echo(f"{definition.name}: {_outcome(built)}")
        return built.held_back is None

    _one_by_one(settings, names, done)


@feeds.command()
@click.argument("names", nargs=-1)
@click.option("--warnings/--no-warnings", default=True, show_default=True, help="Show warnings too.")
@takes_settings
def check(settings: Settings, names: tuple[str, ...], warnings: bool) -> None:
    """Check every item of NAMES (all without any) against its channel's rules, offline; ends with 1 where there are errors."""

    def done(definition: "FeedDefinition") -> bool:
        totals, found, spoke = on_database(settings, lambda pool: _check(pool, definition, warnings))
        for line in _checked(totals, found, spoke, beyond=totals.errors + (totals.warnings if warnings else 0) - len(found)):
            click.echo(f"{definition.name}{line}")
        return totals.errors == 0 and totals.items > 0

    _one_by_one(settings, names, done)


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
@click.argument("build", type=click.IntRange(1, LARGEST_BUILD), required=False)
@takes_settings
def diff(settings: Settings, name: str, build: int | None) -> None:
    """Show by which lines the published feed NAME differs from BUILD (without one: from the build before)."""
    for line in on_database(settings, lambda pool: _difference(settings, pool, name, build)):
        click.echo(line)


@feeds.command()
@click.argument("name")
@click.argument("build", type=click.IntRange(1, LARGEST_BUILD), required=False)
@takes_settings
def rollback(settings: Settings, name: str, build: int | None) -> None:
    """Publish BUILD (without one: the build before) of the feed NAME again; it stays until somebody builds by hand."""
    number = on_database(settings, lambda pool: _roll_back(pool, name, build))
    click.echo(f"{name}: build {number} is published again and pinned; spoina feeds build {name} ends that")


@feeds.command(name="renew-secret")
@click.argument("name")
@takes_settings
def renew_secret(settings: Settings, name: str) -> None:
    """Give the feed NAME another address, where somebody knows the old one who should not: that is refused from now on."""
    state = on_database(settings, lambda pool: _renew_secret(pool, name))
    click.echo(f"{name}: give the channel this address, the old one is refused from now on\n  {_public(settings)}{state.address}")


def _one_by_one(settings: Settings, names: tuple[str, ...], do: "Callable[[FeedDefinition], bool]") -> None:
    """Also those after one that cannot be done. Ends with 1 where there was such a one, or `do` was not content."""
    from spoina.errors import DependencyUnavailable, SpoinaError

    chosen, all_well = _chosen(settings, names), True
    if not chosen:
        _tell_of_none(settings)
    for definition in chosen:
        try:
            all_well = do(definition) and all_well
        except DependencyUnavailable:
            raise
        except SpoinaError as error:
            click.echo(f"{definition.name}: {error}", err=True)
            all_well = False
    if not all_well:
        raise SystemExit(1)


def _tell_of_none(settings: Settings) -> None:
    from api.feeding import definitions_folder

    click.echo(f"no feeds are defined in {definitions_folder(settings)}; feeds/demo has one for each channel to copy")


def _public(settings: Settings) -> str:
    return (settings.woocommerce.webhook_url if settings.woocommerce is not None else None) or ""


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
    return f"{state.status.value.replace('_', ' ')}{pinned}" + (f": {state.reason}" if state.reason else "")


def _published(state: "FeedState | None") -> str:
    build = None if state is None else state.build
    if build is None:
        return "never published"
    seen = f", what the shop sold at {build.as_of:%F %T} UTC" if build.as_of is not None else ""
    return f"build {build.id} of {build.finished_at:%F %T} UTC{seen}: {build.items} items, {build.failing} failing"


def _checked(totals: "CheckTotals", found: "list[FoundIn]", spoke: "Counter[str]", beyond: int) -> "Iterator[str]":
    yield from (f" {each.item}: {each.finding.rule} ({each.finding.severity}) {each.finding.message}" for each in found)
    yield from (f": categories.{handle}: the shop has no such category" for handle in totals.unknown)
    if beyond > 0:
        yield f": {beyond} findings more"
    if spoke:
        yield f": {_times(spoke)}"
    if totals.left_out:
        yield f": left out by {_times(totals.left_out)}"
    yield f": {totals.items} items, {totals.errors} errors, {totals.warnings} warnings, {totals.excluded} left out"
    if not totals.items:
        yield ": no item is left, so that a build would be held back"


def _times(counted: "Counter[str]") -> str:
    return ", ".join(f"{rule} {count} times" for rule, count in counted.most_common())


def _told_of(build: "Build") -> str:
    rules = ", ".join(f"{rule}: {count}" for rule, count in build.rules.items())
    counts = f"{build.items} items, {build.failing} failing, {build.excluded} left out"
    why = f" ({build.reason})" if build.reason else ""
    return (
        f"build {build.id} of {build.started_at:%F %T} UTC: {build.state.replace('_', ' ')}{why}, {counts}{f'; {rules}' if rules else ''}"
    )


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
    lines += [
        f"  {each.effect.value} {each.rule!r}: {'fits' if each.fits else 'does not fit'}{f' ({each.note})' if each.note else ''}"
        for each in told.filters
    ]
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


async def _renew_secret(pool: "Pool", name: str) -> "FeedState":
    from api.feeding import new_secret
    from feeds.records import feed_states, renew_secret

    await renew_secret(pool, name, new_secret())
    (state,) = await feed_states(pool, name)
    return state


async def _difference(settings: Settings, pool: "Pool", name: str, build: int | None) -> list[str]:
    from api.feeding import feed_storage
    from feeds.differing import difference

    return [line async for line in difference(pool, feed_storage(settings), name, build)]


async def _roll_back(pool: "Pool", name: str, build: int | None) -> int:
    from feeds.records import roll_back
    from spoina.clock import utc_now

    return await roll_back(pool, name, build, utc_now())
