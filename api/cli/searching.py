"""`spoina search reindex | status | drift | explain`."""

from typing import TYPE_CHECKING

import rich_click as click

from api.cli.environment import on_database, takes_settings
from spoina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.indexing import Drift, Progress
    from search.polish.reading import Reading, Sought
    from search.types import IndexStatus, SearchResult
    from spoina.db import Pool


@click.group()
def search() -> None:
    """The search index: build it, see where it stands, compare it with the catalogue, ask why something is found."""


@search.command()
@takes_settings
def reindex(settings: Settings) -> None:
    """Build the index from nothing, beside the one that answers meanwhile."""
    built = on_database(settings, lambda pool: _reindex(settings, pool))
    click.echo(f"{built.count} products indexed, generation {built.generation}")


@search.command()
@takes_settings
def status(settings: Settings) -> None:
    """Where the index stands."""
    index, progress = on_database(settings, lambda pool: _status(settings, pool))
    built = f"{index.built_at:%Y-%m-%d %H:%M:%S} UTC" if index.built_at else "never"
    click.echo(f"{index.count} products, generation {index.generation}, built {built}")
    if progress.version is None:
        click.echo("not built yet: the worker does it by itself, spoina search reindex at once")
    else:
        click.echo(f"follows the catalogue at version {progress.version}, {progress.behind} behind")


@search.command()
@click.option("--repair", is_flag=True, help="Index what differs again.")
@takes_settings
def drift(settings: Settings, repair: bool) -> None:
    """Compare every document with the catalogue. Exits with 1 where they differ and nothing was repaired."""
    found = on_database(settings, lambda pool: _drift(settings, pool, repair))
    click.echo(f"{found.compared} products compared")
    for kind in ("missing", "stale", "superfluous"):
        if numbers := getattr(found, kind):
            shown = ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
            click.echo(f"{len(numbers)} {kind}: {shown}")
    if not found.none and not repair:
        click.echo("mend it with spoina search drift --repair")
        raise SystemExit(1)


@search.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 100), default=10)
@takes_settings
def explain(settings: Settings, query: str, limit: int) -> None:
    """How QUERY is read, what it finds and why."""
    result, read = on_database(settings, lambda _: _explain(settings, query, limit))
    for line in _read(read):
        click.echo(line)
    if result.ignored:
        click.echo(f"left out: {', '.join(result.ignored)}")
    note = ", relaxed: nothing has all the words" if result.relaxed else ""
    click.echo(f"{result.total} products{note}")
    for place, hit in enumerate(result.hits, start=1):
        click.echo(f"{place:>3}. {hit.id:<8} {_marked(hit.title, [(each.start, each.end) for each in hit.highlights])}  ({hit.reason})")


async def _reindex(settings: Settings, pool: "Pool") -> "IndexStatus":
    from search.opening import open_search
    from spoina.clock import utc_now

    async with open_search(settings, utc_now) as opened:
        return await opened.indexer(pool, utc_now).build()


async def _status(settings: Settings, pool: "Pool") -> "tuple[IndexStatus, Progress]":
    from search.opening import open_search
    from spoina.clock import utc_now

    async with open_search(settings, utc_now) as opened:
        return await opened.engine.status(), await opened.indexer(pool, utc_now).progress()


async def _drift(settings: Settings, pool: "Pool", repair: bool) -> "Drift":
    from search.opening import open_search
    from spoina.clock import utc_now

    async with open_search(settings, utc_now) as opened:
        indexer = opened.indexer(pool, utc_now)
        found = await indexer.drift()
        if repair and not found.none:
            await indexer.repair(found)
        return found


async def _explain(settings: Settings, query: str, limit: int) -> "tuple[SearchResult, Reading]":
    from search.opening import open_search
    from search.types import SearchQuery
    from spoina.clock import utc_now

    async with open_search(settings, utc_now) as opened:
        result = await opened.engine.search(SearchQuery(text=query, limit=limit, highlight=True))
        vocabulary = opened.analysis.vocabulary(await opened.engine.settings())
        return result, opened.analysis.read(query, vocabulary, prefix=True)


def _read(reading: "Reading") -> "Iterator[str]":
    """How the query is understood, for a person."""
    yield f"read as: {', '.join(map(_word, reading.words)) or 'nothing'}"
    for words in reading.variants:
        yield f"or as: {', '.join(map(_word, words))}"
    if reading.codes:
        yield f"as a code: {', '.join(reading.codes)}"


def _word(word: "Sought") -> str:
    told = ["/".join(word.lemmas)]
    if word.typos:
        told.append(f"{word.typos} letters may be wrong" if word.typos > 1 else "a letter may be wrong")
    told += [f"or {' '.join(each)}" for each in word.alternatives]
    if word.open:
        told.append("or a longer word")
    if word.aside:
        told.append("what it is for")
    return f"{word.text} ({'; '.join(told)})"


def _marked(title: str, spans: list[tuple[int, int]]) -> str:
    """What was found, in capitals: readable where there are no colours."""
    for start, end in spans:
        title = title[:start] + title[start:end].upper() + title[end:]
    return title
