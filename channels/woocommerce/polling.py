"""The delta poll: what the shop says was modified since the last poll, and what went to the trash. It catches what lost webhooks missed.

The cursor is the newest modification seen, by the shop's own clock, so our clock's error does not matter; a modification that lies ahead (a
product planned for next month carries that date) moves no cursor. Each poll starts an overlap earlier, because the modified date has whole
seconds and products may be committed out of order; content hashes make reading twice cheap.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from channels.woocommerce.client import Page
from channels.woocommerce.mirror import LISTS, PER_PAGE, Glance, Mirror, glances
from channels.woocommerce.payloads import items_of
from spoina.sync import runs
from spoina.sync.runs import Counts

OVERLAP = timedelta(minutes=10)
_TICK = timedelta(seconds=1)
CURSORS = {name: f"woocommerce.poll.{name}" for name in ("products", "variations", "trash", "coupons")}

_Take = Callable[[Page, list[Glance]], Awaitable[None]]


async def poll(mirror: Mirror, counts: Counts) -> None:
    """Needs cursors: `set_cursors` is called when the first full pass begins."""
    if mirror.client.has_global_variations:
        await follow(mirror, "variations", {"status": "any"}, lambda page, _: mirror.take_variations(page, counts))
    await follow(mirror, "products", {"status": "any"}, lambda page, _: _take_products(mirror, page, counts))
    await follow(mirror, "trash", {"status": "trash"}, lambda page, seen: _remove(mirror, page, seen, counts))


async def set_cursors(mirror: Mirror, at: datetime) -> None:
    """A full pass that began at `at` has read everything older; polls go on from there."""
    for name in CURSORS.values():
        await runs.save_cursor(mirror.pool, name, at.isoformat(), mirror.clock())


async def _take_products(mirror: Mirror, page: Page, counts: Counts) -> None:
    if mirror.client.has_global_variations:
        await mirror.take_products(page, counts)
    else:
        await mirror.take_families(page, counts)


async def _remove(mirror: Mirror, page: Page, seen: list[Glance], counts: Counts) -> None:
    await mirror.remove([glance.id for glance in seen], page.started_at, counts)


async def follow(mirror: Mirror, name: str, filters: dict[str, str], take: _Take) -> None:
    """Walks the list in order of modification. The last modification seen is the cursor for the next page: page numbers would skip a row
    whenever
    another one moves to the end meanwhile. Only inside one second, which may hold more rows than a page, are page numbers used."""
    path = "products" if name == "trash" else name
    text = await runs.cursor(mirror.pool, CURSORS[name])
    if text is None:
        return
    newest = datetime.fromisoformat(text)
    after, number = newest - OVERLAP, 1
    while True:
        page = await mirror.client.get_page(path, {**LISTS[path], **filters, **_window(after), "page": number})
        seen = glances(items_of(page.body))
        await take(page, seen)
        modified = [glance.modified for glance in seen if glance.modified is not None]
        newest = max([newest, *(moment for moment in modified if moment <= page.started_at)])
        await runs.save_cursor(mirror.pool, CURSORS[name], newest.isoformat(), mirror.clock())
        if len(seen) < PER_PAGE:
            return
        after, number = (modified[-1] - _TICK, 1) if modified and modified[-1] - _TICK > after else (after, number + 1)


def _window(after: datetime) -> dict[str, str]:
    """The shop compares in GMT only when asked to, and then takes the naive form; with a Z it would convert and miss by the UTC offset."""
    naive = after.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return {"modified_after": naive, "dates_are_gmt": "true", "orderby": "modified", "order": "asc"}
