"""One connection hears for everyone, and mends itself."""

import asyncio
from datetime import timedelta

import pytest

from spoina import notifications
from spoina.db import Pool, connect
from spoina.notifications import Bell, Listener


class Ear:
    def __init__(self, *channels: str, failures: int = 0) -> None:
        self.channels = channels
        self.events: list[object] = []
        self.failures = failures
        self.happened = asyncio.Event()

    def heard(self, channel: str, payload: str) -> None:
        self._note((channel, payload))

    def cut_off(self) -> None:
        self._note("cut off")

    async def resumed(self) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError("not now")
        self._note("resumed")

    async def has(self, event: object) -> None:
        while event not in self.events:
            self.happened.clear()
            await self.happened.wait()

    def _note(self, event: object) -> None:
        self.events.append(event)
        self.happened.set()


async def listening_pid(pool: Pool) -> int | None:
    return await pool.fetchval("select pid from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")


async def test_each_subscriber_hears_its_channels(pool: Pool, listener: Listener):
    one, two = Ear("apples"), Ear("apples", "pears")
    for ear in (one, two):
        await listener.subscribe(ear)
    for channel in ("apples", "plums", "pears"):
        await pool.execute("select pg_notify($1, 'ripe')", channel)
    await two.has(("pears", "ripe"))
    assert one.events == ["resumed", ("apples", "ripe")]
    assert two.events == ["resumed", ("apples", "ripe"), ("pears", "ripe")]
    listener.unsubscribe(one)
    await pool.execute("select pg_notify('apples', 'eaten')")
    await two.has(("apples", "eaten"))
    assert one.events == ["resumed", ("apples", "ripe"), "cut off"]


async def test_everything_heard_and_every_gap_is_counted(pool: Pool, listener: Listener):
    counts = [listener.count]
    ear = Ear("apples")
    await listener.subscribe(ear)
    counts.append(listener.count)
    await pool.execute("select pg_notify('apples', 'ripe')")
    await ear.has(("apples", "ripe"))
    counts.append(listener.count)
    await pool.execute("select pg_terminate_backend($1)", await listening_pid(pool))
    await ear.has("cut off")
    counts.append(listener.count)
    while ear.events[-1] != "resumed":
        ear.happened.clear()
        await ear.happened.wait()
    counts.append(listener.count)
    assert counts == sorted(set(counts))


async def test_subscribers_of_before_the_start_are_resumed_by_it(database: str):
    listener, ear = Listener(lambda: connect(database)), Ear("apples")
    await listener.subscribe(ear)
    assert ear.events == []
    await listener.start()
    assert ear.events == ["resumed"]
    await listener.stop()
    assert ear.events == ["resumed", "cut off"]


async def test_a_killed_connection_comes_back(pool: Pool, listener: Listener):
    ear = Ear("apples")
    await listener.subscribe(ear)
    ear.failures = 2  # the first attempts to come back fail half-way
    await pool.execute("select pg_terminate_backend($1)", await listening_pid(pool))
    await ear.has("cut off")
    while ear.events[-1] != "resumed":
        ear.happened.clear()
        await ear.happened.wait()
    await pool.execute("select pg_notify('apples', 'ripe')")
    await ear.has(("apples", "ripe"))
    assert [event for event in ear.events if event != "cut off"] == ["resumed", "resumed", ("apples", "ripe")]


async def test_a_start_that_fails_says_so_and_leaves_no_connection(pool: Pool, database: str):
    listener = Listener(lambda: connect(database))
    await listener.subscribe(Ear("apples", failures=1))
    with pytest.raises(ConnectionResetError):
        await listener.start()
    await listener.stop()
    for _ in range(100):
        if await listening_pid(pool) is None:
            break
        await asyncio.sleep(0.01)
    assert await listening_pid(pool) is None


async def test_a_connection_that_no_longer_answers_is_noticed(database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notifications, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(notifications, "ANSWER_SECONDS", 0.02)
    listener, ear = Listener(lambda: connect(database)), Ear("apples")
    await listener.subscribe(ear)
    await listener.start()
    await asyncio.sleep(0.1)
    assert ear.events == ["resumed"]  # a connection that answers is left alone
    listener._connection._transport.pause_reading()
    await ear.has("cut off")
    while ear.events[-1] != "resumed":
        ear.happened.clear()
        await ear.happened.wait()
    assert ear.events == ["resumed", "cut off", "resumed"]
    await listener.stop()


async def test_a_bell_rings_once_for_what_came_before_and_keeps_what_comes_while_nobody_waits():
    bell = Bell("news")
    assert bell.channels == ("news",)
    bell.heard("news", "1")
    bell.heard("news", "2")
    await asyncio.wait_for(bell.wait(), 5)
    await bell.wait(timedelta(milliseconds=1))
    waiting = asyncio.ensure_future(bell.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    await bell.resumed()
    await asyncio.wait_for(waiting, 5)
