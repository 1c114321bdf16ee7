"""Whatever happens to a build, what was published stays whole."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from obstore.store import LocalStore

from feeds import records
from feeds.building import Builder
from feeds.files import FeedFiles
from feeds.storage import FeedStorage, Writing
from spoina.errors import DependencyUnavailable
from tests.feeds.shop import SetClock, builder, definition, good, open_shop, packed, put_in

KILLED_WHILE_WRITING = """
import asyncio, os, signal, sys
from pathlib import Path
from feeds.storage import Writing
from spoina.db import connect_pool
from tests.feeds.shop import builder, definition

async def dying(self, content):
    await self._writer.write(content)
    await self._writer.flush()
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    Writing.write = dying
    pool = await connect_pool(sys.argv[1])
    await builder(pool, Path(sys.argv[2])).build(definition())

asyncio.run(main())
"""


async def test_killed_in_the_middle_of_writing(pool, database, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    first = await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    await put_in(pool, [good(7, title="Nowy kubek")])
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, database, str(tmp_path)]
    child = await asyncio.to_thread(subprocess.run, command, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert child.returncode == -signal.SIGKILL
    assert [each.state for each in await records.builds_of(pool, "google-pl")] == ["building", "published"]
    assert await packed(pool, tmp_path) == before
    built = await builder(pool, tmp_path).build(definition())
    assert (built.made.incremental, built.made.rendered) == (True, 1)
    states = {each.id: (each.state, each.reason) for each in await records.builds_of(pool, "google-pl")}
    assert states[first.number] == ("published", "")
    assert states[first.number + 1] == ("failed", "the process died")
    assert {file.name for file in tmp_path.glob("google-pl/*.gz")} == {f"{first.number}.gz", f"{built.number}.gz"}


@pytest.fixture
def failing_writes(monkeypatch):
    async def full(self, content):
        raise DependencyUnavailable("feed storage", "No space left on device (os error 28)", "make room")

    monkeypatch.setattr(Writing, "write", full)


async def test_a_full_disk(pool, tmp_path, failing_writes, monkeypatch):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    with pytest.raises(DependencyUnavailable, match="No space left"):
        await builder(pool, tmp_path).build(definition())
    (state,) = await records.feed_states(pool, "google-pl")
    assert (state.status, state.build) == ("failed", None)
    assert "No space left" in state.reason
    monkeypatch.undo()
    assert (await builder(pool, tmp_path).build(definition())).changed
    assert len(list(tmp_path.glob("google-pl/*"))) == 2


async def test_storage_that_is_away_during_a_build(pool, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    await put_in(pool, [good(7, title="Nowy kubek")])
    away = Builder(pool, FeedStorage(partial(LocalStore, tmp_path / "away", mkdir=False), None), SetClock(), lambda: "x")
    with pytest.raises(DependencyUnavailable):
        await away.build(definition())
    (state,) = await records.feed_states(pool, "google-pl")
    assert state.status == "failed"
    assert await packed(pool, tmp_path) == before


async def test_storage_that_is_away_while_crawlers_come(pool, tmp_path):
    """With storage elsewhere, copies are served."""
    await open_shop(pool, [good(number) for number in range(1, 41)])
    elsewhere = tmp_path / "elsewhere"
    await builder(pool, elsewhere).build(definition())
    feed = await records.published(pool, "google-pl")
    files = FeedFiles(FeedStorage(partial(LocalStore, elsewhere), None), tmp_path / "copies")
    with await files.open(feed) as file:
        before = file.read()
    shutil.rmtree(elsewhere)
    with await files.open(feed) as file:
        assert file.read() == before
    fresh = FeedFiles(FeedStorage(partial(LocalStore, elsewhere), None), tmp_path / "none")
    with pytest.raises(DependencyUnavailable):
        await fresh.open(feed)
