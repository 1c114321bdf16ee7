"""Whether everything is in step: orders with the shop, the search index with the catalogue, feeds with both, stock with itself."""

from datetime import datetime, timedelta

from api.feeding import definitions
from api.findings import Finding, Verdict
from feeds.definitions import with_updates
from feeds.records import FeedStatus, feed_states
from search.opening import open_search
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import InvalidInput, SpoinaError
from spoina.inventory.invariants import check_invariants
from spoina.orders.standing import order_standing
from spoina.settings import Settings
from spoina.webhooks.sql import every as every_endpoint

LONGEST_WAIT = timedelta(minutes=10)
"""A shop may be away for a while; what waits longer deserves a look."""
_TROUBLE = frozenset({FeedStatus.HELD_BACK, FeedStatus.FAILED})


async def examine_standing(settings: Settings, pool: Pool, clock: Clock) -> list[Finding]:
    """The database is there and has all its migrations."""
    return [
        await _stock(pool, clock()),
        await _orders(pool, clock()),
        await _search(settings, pool, clock),
        await _feeds(settings, pool),
        await _webhooks(pool),
    ]


async def _stock(pool: Pool, now: datetime) -> Finding:
    broken = [f"{each.invariant}: {each.violations}" for each in await check_invariants(pool, now) if each.violations]
    if broken:
        return Finding("stock", Verdict.PROBLEM, ", ".join(broken), "spoina stock audit shows where")
    return Finding("stock", Verdict.OK, "every invariant holds")


async def _orders(pool: Pool, now: datetime) -> Finding:
    found = await order_standing(pool)
    if found.undeliverable:
        return Finding("orders", Verdict.PROBLEM, f"{found.undeliverable} could not be delivered", "spoina orders dead says why")
    if found.oldest_waiting is not None and now - found.oldest_waiting > LONGEST_WAIT:
        since = f"{found.waiting} waiting for the shop, the oldest since {found.oldest_waiting:%Y-%m-%d %H:%M} UTC"
        return Finding("orders", Verdict.PROBLEM, since, "see that the shop answers and spoina worker runs")
    if found.alerts:
        return Finding("orders", Verdict.NOTE, f"{found.alerts} for a person to look at", "spoina orders alerts lists them")
    return Finding("orders", Verdict.OK, f"{found.waiting} on their way" if found.waiting else "all are in the shop")


async def _search(settings: Settings, pool: Pool, clock: Clock) -> Finding:
    try:
        async with open_search(settings, clock) as opened:
            progress = await opened.indexer(pool, clock).progress()
            status = await opened.engine.status()
    except SpoinaError as error:
        return Finding("search", Verdict.PROBLEM, str(error), "spoina search status tells more; everything else goes on meanwhile")
    if progress.version is None:
        return Finding("search", Verdict.NOTE, "the index is not built yet", "start spoina worker, which builds it")
    if progress.behind:
        return Finding("search", Verdict.NOTE, f"{progress.behind} changes of the catalogue behind", "spoina worker catches up")
    return Finding("search", Verdict.OK, f"{status.count} products, in step with the catalogue")


async def _feeds(settings: Settings, pool: Pool) -> Finding:
    try:
        defined = {each.name for each in with_updates(definitions(settings)())}
    except InvalidInput as error:
        return Finding("feeds", Verdict.PROBLEM, str(error), "until that is mended, all feeds stay as they were defined before")
    known = await feed_states(pool)
    states = [each for each in known if each.name in defined]
    if trouble := [f"{each.name} {each.status.value.replace('_', ' ')}: {each.reason}" for each in states if each.status in _TROUBLE]:
        return Finding("feeds", Verdict.PROBLEM, "; ".join(trouble), "what was published before is still served; spoina feeds list")
    if new := [each.name for each in states if each.status is FeedStatus.NEW]:
        return Finding("feeds", Verdict.NOTE, f"{', '.join(new)}: never published yet", "spoina worker builds them")
    if left := [each.name for each in known if each.name not in defined and each.build is not None]:
        return Finding("feeds", Verdict.NOTE, f"{', '.join(left)}: served, but not defined any more", "spoina feeds list")
    return Finding("feeds", Verdict.OK, f"{len(states)} published" if states else "none is defined")


async def _webhooks(pool: Pool) -> Finding:
    endpoints = await every_endpoint(pool)
    trouble = [f"{each.url}: {each.disabled_because}" for each in endpoints if each.disabled_at is not None]
    if trouble:
        return Finding(
            "outgoing webhooks", Verdict.PROBLEM, "; ".join(trouble), "mend the receiver, then switch it on again at /v1/webhooks"
        )
    failing = [f"{each.url}: nothing arrives since {each.failing_since:%Y-%m-%d %H:%M} UTC" for each in endpoints if each.failing_since]
    if failing:
        return Finding("outgoing webhooks", Verdict.NOTE, "; ".join(failing), "spoina webhooks deliveries NUMBER shows the answers")
    return Finding("outgoing webhooks", Verdict.OK, f"{len(endpoints)} told" if endpoints else "nobody is to be told")
