"""The companion plugin's export: products or variations by their numbers, streamed, in several lanes at once.

A lane is a range of numbers, and its place is the last number that came whole. So a stream that is cut goes on behind that number, and
nothing that is deleted or added meanwhile makes another be skipped: there are no pages between which rows could slip.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from channels.woocommerce.client import COMPANION, PER_PAGE, Page, WooCommerceClient
from channels.woocommerce.mirror import LISTS, glances
from channels.woocommerce.payloads import FIELDS, items_of
from spoina.clock import Clock
from spoina.errors import SourceError, SourceUnavailable

AT_ONCE: Final = 1000
"""Items of one stream: PHP's time is limited, and each stream begins where the one before ended."""
MOST_CUTS: Final = 3
"""Streams in a row that brought nothing."""

_ADDRESS: Final = f"/{COMPANION}/export"


class Lane(msgspec.Struct, frozen=True):
    """Numbers above `after`, up to `until`; None: without end."""

    after: int
    until: int | None = None


class Batch(NamedTuple):
    """`lanes`: where all of them stand once this has been taken over."""

    page: Page
    lanes: tuple[Lane, ...]


class _Line(msgspec.Struct, frozen=True):
    """An item, or the last line of all: how far the stream reached."""

    id: int = 0
    last: int | None = None


class _Part(NamedTuple):
    page: Page
    lane: int
    after: int


_Found = asyncio.Queue[_Part | SourceError | None]
"""None: a lane is at its end."""
_line = msgspec.json.Decoder(_Line).decode


class Export:
    """`kind` is products or variations."""

    def __init__(self, client: WooCommerceClient, kind: str, clock: Clock) -> None:
        self._client, self._kind, self._clock = client, kind, clock

    async def lanes(self, at_once: int) -> tuple[tuple[Lane, ...], int | None]:
        """Ranges of about the same size, the last one open for what joins meanwhile; and how many items there are. Raises SourceError."""
        first = await self._listed(1)
        bounds = {0}
        if first.total is not None and first.total > at_once * PER_PAGE:
            for lane in range(1, at_once):
                bounds |= {seen.id for seen in glances(items_of((await self._listed(first.total * lane // at_once)).body))}
        starts = sorted(bounds)
        return tuple(Lane(after, until) for after, until in zip(starts, [*starts[1:], None], strict=True)), first.total

    async def _listed(self, place: int) -> Page:
        return await self._client.get_page(self._kind, {**LISTS[self._kind], "per_page": 1, "page": place, "_fields": "id"})

    async def batches(self, lanes: Sequence[Lane]) -> AsyncGenerator[Batch]:
        """At most PER_PAGE items each. Raises SourceError when a lane cannot be read to its end."""
        standing = list(lanes)
        found: _Found = asyncio.Queue(maxsize=len(standing))
        reading = [asyncio.create_task(self._read_lane(place, lane, found)) for place, lane in enumerate(standing)]
        left = len(reading)
        try:
            while left:
                part = await found.get()
                if isinstance(part, SourceError):
                    raise part
                if part is None:
                    left -= 1
                else:
                    standing[part.lane] = replace(standing[part.lane], after=part.after)
                    yield Batch(part.page, tuple(standing))
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _read_lane(self, place: int, lane: Lane, found: _Found) -> None:
        cuts = 0
        while lane.until is None or lane.after < lane.until:
            before = lane.after
            try:
                async with aclosing(self._streamed(place, lane)) as parts:
                    async for part in parts:
                        await found.put(part)
                        lane = replace(lane, after=part.after)
            except SourceUnavailable as failure:
                cuts = cuts + 1 if lane.after == before else 1
                if cuts == MOST_CUTS:
                    await found.put(failure)
                    return
                await self._client.back_off(cuts)
            except SourceError as failure:
                await found.put(failure)
                return
            else:
                if lane.after == before:
                    break
        await found.put(None)

    async def _streamed(self, place: int, lane: Lane) -> AsyncGenerator[_Part]:
        """One stream's part of the lane. Raises SourceError where it could not be read or was cut, after what came whole."""
        asked = {"kind": self._kind, "after": lane.after, "limit": AT_ONCE, "_fields": FIELDS[self._kind]}
        began, after, items = self._clock(), lane.after, list[bytes]()
        whole, failure = False, None
        try:
            async with aclosing(self._client.lines(_ADDRESS, asked)) as lines:
                async for line in lines:
                    said = _read(line)
                    after, whole = _reached(said, lane, after)
                    if whole:
                        break
                    items.append(line)
                    if len(items) == PER_PAGE:
                        yield _Part(_page(items, began), place, after)
                        items = []
        except SourceUnavailable as error:
            failure = error
        if items or after > lane.after:
            yield _Part(_page(items, began), place, after)
        if failure is not None or not whole:
            raise failure or _cut()


def _reached(said: _Line, lane: Lane, after: int) -> tuple[int, bool]:
    """The last number that is known now, and whether the stream, or the lane, is at its end."""
    if said.last is not None:
        return max(after, said.last if lane.until is None else min(said.last, lane.until)), True
    if lane.until is not None and said.id > lane.until:
        return lane.until, True
    return said.id, False


def _read(line: bytes) -> _Line:
    """Raises SourceUnavailable: a PHP error was printed into the stream, and ends it."""
    try:
        said = _line(line)
    except msgspec.DecodeError:
        raise _cut() from None
    if said.last is None and said.id <= 0:
        raise _cut()
    return said


def _cut() -> SourceUnavailable:
    return SourceUnavailable(_ADDRESS, "the shop broke off its export", "PHP ran out of memory or time; look into the shop's error log.")


def _page(items: Sequence[bytes], began: datetime) -> Page:
    return Page(body=b"[" + b",".join(items) + b"]", started_at=began, address=_ADDRESS)
