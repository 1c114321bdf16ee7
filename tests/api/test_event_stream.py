"""The line that events are sent on: what is sent at once and what is waited for comes whole and in order, however slow the reader is."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from api.availability.stream import BEGINNING, QUIET, EventStream


class Told:
    """Events that a test gives out; "quiet" stands for a quiet time."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.ended = False

    def end(self) -> None:
        self.ended = True

    async def events(self) -> AsyncGenerator[bytes | None, None]:
        while True:
            yield await self.coming.get()


class Reader:
    """Takes what is sent, or leaves the sender waiting while it is `slow`."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.free = asyncio.Event()
        self.free.set()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        if not self.free.is_set():
            await self.free.wait()
        self.got.append(message.get("body", b"start"))

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def valid() -> bool:
    return True


async def test_what_is_sent_at_once_needs_no_turn_of_the_loop():
    told, reader = Told(), Reader()
    line = EventStream(told, valid, reader.send)
    running = asyncio.create_task(line.run(reader.receive, ()))
    await settle()
    assert line.send_at_once(b"one")
    assert reader.got == [b"start", BEGINNING, b"one"]
    reader.gone.set()
    await running
    assert told.ended


async def test_a_slow_reader_gets_everything_in_order():
    told, reader = Told(), Reader()
    line = EventStream(told, valid, reader.send)
    running = asyncio.create_task(line.run(reader.receive, ()))
    await settle()
    reader.free.clear()
    assert not line.send_at_once(b"one")
    told.coming.put_nowait(None)
    told.coming.put_nowait(b"two")
    await settle()
    assert reader.got == [b"start", BEGINNING]
    reader.free.set()
    await settle()
    assert reader.got[2:] == [b"one", QUIET, b"two"]
    assert line.send_at_once(b"three")
    reader.gone.set()
    await running
    assert reader.got[2:] == [b"one", QUIET, b"two", b"three"]


async def test_a_slow_reader_that_goes_away_leaves_nothing_behind():
    told, reader = Told(), Reader()
    line = EventStream(told, valid, reader.send)
    running = asyncio.create_task(line.run(reader.receive, ()))
    await settle()
    reader.free.clear()
    assert not line.send_at_once(b"one")
    told.coming.put_nowait(None)
    await settle()
    reader.gone.set()
    await asyncio.wait_for(running, 5)
    assert (told.ended, reader.got) == (True, [b"start", BEGINNING])


async def test_a_stream_that_breaks_off_is_in_the_log(caplog: pytest.LogCaptureFixture):
    told, reader = Told(), Reader()

    async def failing() -> bool:
        raise ArithmeticError("no key ring")

    told.coming.put_nowait(None)
    with caplog.at_level(logging.ERROR):
        await EventStream(told, failing, reader.send).run(reader.receive, ())
    assert [record.message for record in caplog.records] == ["a stream of events broke off"]
    assert told.ended
