"""`GET /v1/availability/stream`: what can be sold, as server-sent events.

    event: snapshot   everything that is followed, at the beginning and whenever changes may have been missed (a location's in pages)
    event: change     the variants that changed, each with its newest state
    : …               nothing happened; the line still stands

Every event's id is the number of the last change in it. A reader that comes back with it as Last-Event-ID, to this process or another,
is told what it missed, or everything where that is not known any more.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import aclosing
from typing import Protocol

import msgspec
from litestar.types import HTTPResponseBodyEvent, Receive, Send

from api.availability.answers import EncodedAnswers
from api.availability.requests import Question, asked_by, codes_of
from spoina.access.types import Key
from spoina.errors import InvalidInput, LimitExceeded
from spoina.inventory.changes import ChangeFeed, Follower
from spoina.inventory.channel_stock import PAGE
from spoina.inventory.known_codes import Code
from spoina.inventory.offers import Asked
from spoina.inventory.types import Location
from storefront.requests import Headers

MOST_FOLLOWED = 200
RETRY_MILLISECONDS = 2000
HEADERS: Headers = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
QUIET = b": quiet\n\n"
BEGINNING = b"retry: %d\n\n" % RETRY_MILLISECONDS

_log = logging.getLogger(__name__)


class Followed(msgspec.Struct, frozen=True):
    """What is asked to be followed. `since`: the last number that the reader saw."""

    codes: Sequence[Code]
    asked: Asked
    since: int | None


def followed_by(given: Iterable[tuple[str, str]], last_event_id: str | None, key: Key, locations: Sequence[Location]) -> Followed:
    """`codes=a,b` or `code=a&code=b` (for codes with a comma in them), or `location=`. Raises InvalidInput, LimitExceeded, Forbidden."""
    parameters = list(given)
    texts = [text for name, value in parameters if name == "codes" for text in value.split(",") if text]
    texts += [value for name, value in parameters if name == "code"]
    others = dict(parameters)
    if bool(texts) == ("location" in others):
        raise InvalidInput("codes or location", "exactly one is needed")
    return Followed(
        followed_codes(texts), asked_by(key, others.get("channel"), others.get("location"), locations), last_number(last_event_id)
    )


def followed_codes(texts: Sequence[str]) -> list[Code]:
    codes = list(dict.fromkeys(texts))
    if len(codes) > MOST_FOLLOWED:
        raise LimitExceeded("codes", MOST_FOLLOWED, "codes")
    return codes_of(codes)


def last_number(text: str | None) -> int | None:
    """An id that is none of ours means that nothing is known of what the reader saw."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


class Stream:
    """The events of one follower, as bytes."""

    def __init__(self, follower: Follower, feed: ChangeFeed, answers: EncodedAnswers) -> None:
        self._follower, self._feed, self._answers = follower, feed, answers

    def end(self) -> None:
        self._feed.leave(self._follower)

    def tell_at_once(self, send: Callable[[bytes], bool]) -> None:
        """Changes are given to `send` where that can take them without being waited for."""

        self._follower.at_once = lambda number, items: send(self._change(number, items))

    async def events(self) -> AsyncGenerator[bytes | None, None]:
        """None after a quiet time."""
        while True:
            news = await self._follower.news()
            if news is None:
                yield None
            elif news.items is not None:
                yield self._change(news.number, news.items)
            elif self._follower.codes:
                answer = await self._answers.answer(Question(self._follower.codes, self._follower.asked))
                yield _event(b"snapshot", news.number, answer)
            else:
                for page in self._answers.of_location(self._follower.asked, PAGE):
                    yield _event(b"snapshot", news.number, page)

    def _change(self, number: int, items: frozenset[int]) -> bytes:
        follower = self._follower
        if follower.codes:
            codes = [code for item in items for code in follower.of_items.get(item, ())]
            return _event(b"change", number, self._answers.of_codes(codes, follower.asked))
        return _event(b"change", number, self._answers.of_items(sorted(items), follower.asked))


def _event(kind: bytes, number: int, data: bytes) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (kind, number, data)


class Events(Protocol):
    def end(self) -> None: ...
    def events(self) -> AsyncGenerator[bytes | None, None]:
        """None after a quiet time."""


class EventStream:
    """Sends events until the reader is gone or its key is taken back."""

    def __init__(self, stream: Events, still_valid: Callable[[], Awaitable[bool]], send: Send) -> None:
        self._stream, self._still_valid, self._send = stream, still_valid, send
        self._begun: _Begun | None = None

    async def run(self, receive: Receive, further: Headers) -> None:
        sending = asyncio.create_task(self._send_all(further))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stream.end()
            for task in (sending, leaving):
                task.cancel()
            failed, _ = await asyncio.gather(sending, leaving, return_exceptions=True)
            if isinstance(failed, Exception):
                _log.error("a stream of events broke off", exc_info=failed)

    def send_at_once(self, event: bytes) -> bool:
        """While the stream's next event is waited for. False: the reader is slow, and the task that waits sees the rest off."""
        steps = self._send(_body(event)).__await__()
        try:
            waits_for = next(steps)
        except StopIteration:
            return True
        self._begun = _Begun(steps, waits_for)
        return False

    async def _send_all(self, further: Headers) -> None:
        send = self._send
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *further]})
        await send(_body(BEGINNING))
        async with aclosing(self._stream.events()) as events:
            async for event in events:
                if self._begun is not None:
                    begun, self._begun = self._begun, None
                    await begun
                elif event is None and not await self._still_valid():
                    break
                await send(_body(event or QUIET))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Begun:
    """The rest of an awaitable that was run up to where it waits."""

    def __init__(self, steps: Generator[object, None, None], waits_for: object) -> None:
        self._steps, self._waits_for = steps, waits_for

    def __await__(self) -> Generator[object, None, None]:
        try:
            yield self._waits_for
            yield from self._steps
        finally:
            self._steps.close()


def _body(event: bytes) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": event, "more_body": True}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
