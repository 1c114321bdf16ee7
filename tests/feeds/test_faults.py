"""Whatever happens to a build, what was published stays whole."""

import asyncio
import errno
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
from tests.feeds.shop import SetClock, builder, definition, good, open_shop, packed, put_in, storage_in

KILLED_WHILE_WRITING = """
import asyncio, os, signal, sys
from pathlib import Path
from feeds.storage import Writing
from spoina.db import connect_pool
from tests.feeds.shop import builder, definition

async def dying(self, pieces, before=None):
    self._file.write(b"".join(piece for piece in pieces if isinstance(piece, bytes)))
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


@pytest.mark.parametrize("step", ["_reserve", "_copy", "_put", "_settle"])
async def test_a_full_disk(pool, tmp_path, monkeypatch, step):
    """In each of the ways in which an incremental build touches it."""
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    await put_in(pool, [good(7, title="Nowy kubek")])
    with monkeypatch.context() as broken:
        broken.setattr(Writing, step, full)
        with pytest.raises(DependencyUnavailable, match="No space left"):
            await builder(pool, tmp_path).build(definition())
    (state,) = await records.feed_states(pool, "google-pl")
    assert (state.status, "No space left" in state.reason) == ("failed", True)
    assert await packed(pool, tmp_path) == before
    assert len(list(tmp_path.glob("google-pl/*"))) == 2
    built = await builder(pool, tmp_path).build(definition())
    assert (built.changed, built.made.incremental, len(list(tmp_path.glob("google-pl/*")))) == (True, True, 4)


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_storage_that_is_away_during_a_build(pool, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    await put_in(pool, [good(7, title="Nowy kubek")])
    (tmp_path / "in the way").write_text("")
    away = Builder(pool, storage_in(tmp_path / "in the way"), SetClock(), lambda: "x")
    with pytest.raises(DependencyUnavailable):
        await away.build(definition())
    (state,) = await records.feed_states(pool, "google-pl")
    assert state.status == "failed"
    assert await packed(pool, tmp_path) == before


async def test_a_published_file_that_is_lost_is_published_anew(pool, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    first = await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    for lose in (lambda file: file.unlink(), lambda file: os.truncate(file, 100)):
        lose(tmp_path / records.file_of("google-pl", (await records.published(pool, "google-pl")).build))
        again = await builder(pool, tmp_path).build(definition())
        assert (again.changed, again.made.incremental, again.number > first.number) == (True, False, True)
        assert await packed(pool, tmp_path) == before


async def test_a_lost_index_is_made_anew(pool, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    first = await builder(pool, tmp_path).build(definition())
    (tmp_path / records.index_of("google-pl", first.number)).unlink()
    outcomes = [await builder(pool, tmp_path).build(definition()) for _ in range(2)]
    assert [(each.changed, each.made.incremental) for each in outcomes] == [(True, False), (False, True)]


@pytest.mark.parametrize("what", ["file", "index"])
async def test_a_build_that_is_not_what_it_was_is_not_built_upon(pool, tmp_path, what):
    """As after a loss of power, on a disk that says too early that it has written."""
    await open_shop(pool, [good(number) for number in range(1, 41)])
    built = await builder(pool, tmp_path).build(definition())
    torn = tmp_path / (records.file_of if what == "file" else records.index_of)("google-pl", built.number)
    torn.write_bytes(torn.read_bytes()[:200] + bytes(torn.stat().st_size - 200))
    await put_in(pool, [good(number, title="Nowy kubek") for number in range(20, 25)])
    again = await builder(pool, tmp_path).build(definition())
    assert (again.changed, again.made.incremental) == (True, False)
    await builder(pool, tmp_path).build(definition(name="reference"))
    assert await packed(pool, tmp_path) == await packed(pool, tmp_path, "reference")


async def test_storage_that_is_away_while_crawlers_come(pool, tmp_path):
    """With storage elsewhere, copies are served."""
    await open_shop(pool, [good(number) for number in range(1, 41)])
    elsewhere = tmp_path / "elsewhere"
    await builder(pool, elsewhere).build(definition())
    feed = await records.published(pool, "google-pl")

    def files(folder: str) -> FeedFiles:
        return FeedFiles(FeedStorage(partial(LocalStore, elsewhere), tmp_path / folder, is_elsewhere=True))

    with await files("copies").open(feed.name, feed.build, feed.packed_bytes) as file:
        before = file.read()
    shutil.rmtree(elsewhere)
    with await files("copies").open(feed.name, feed.build, feed.packed_bytes) as file:
        assert file.read() == before
    with pytest.raises(DependencyUnavailable):
        await files("none").open(feed.name, feed.build, feed.packed_bytes)
