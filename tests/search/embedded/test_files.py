"""The embedded index on disk: writers that are killed, readers in other processes, files that are broken."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from search.documents import document_of
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.polish.analysis import Analysis
from search.types import SearchDocument, SearchQuery, SearchSettings
from spoina.catalog.categories import CategoryTree
from spoina.errors import Busy, SearchUnavailable
from tests.search.embedded.writer_child import SIZE
from tests.spoina.catalog.builders import NOON, product


class Kept:
    """An index in a folder, and a reader and a writer as two processes have them."""

    def __init__(self, folder: Path, analysis: Analysis) -> None:
        self.store, self.analysis = Store(folder / "search"), analysis
        self.index = EmbeddedIndex(Store(folder / "search"), lambda: NOON)
        self.engine = EmbeddedEngine(self.store, analysis)

    def documents(self, **titles: str) -> list[SearchDocument]:
        products = (product(int(name[1:]), title=title) for name, title in titles.items())
        return [document_of(each, CategoryTree(), self.analysis, left={}, at=NOON) for each in products]

    async def found(self, text: str = "") -> list[int]:
        return sorted(hit.id for hit in (await self.engine.search(SearchQuery(text=text, typos=False, limit=250))).hits)

    async def rebuild(self, **titles: str) -> None:
        async def once() -> AsyncIterator[Sequence[SearchDocument]]:
            yield self.documents(**titles)

        await self.index.rebuild(once())


@pytest.fixture
def kept(tmp_path: Path, analysis: Analysis) -> Kept:
    return Kept(tmp_path, analysis)


@asynccontextmanager
async def writing_child(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "tests.search.embedded.writer_child", str(folder))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": ".:deploy"})
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def said(child: asyncio.subprocess.Process) -> tuple[str, int]:
    assert child.stdout is not None
    word, _, number = (await child.stdout.readline()).decode().partition(" ")
    return word, int(number)


async def test_a_writer_killed_in_the_middle_leaves_whole_batches_and_a_free_lock(kept: Kept):
    async with writing_child(kept.store.folder) as child:
        while await said(child) != ("begun", 3):
            pass
        child.send_signal(signal.SIGKILL)
        await child.wait()
    total = (await kept.engine.search(SearchQuery(text="kubek", typos=False))).total
    assert total in {3 * SIZE, 4 * SIZE}
    await kept.index.upsert(kept.documents(_9999="Talerz"))
    assert (await kept.found("talerz"), (await kept.engine.search(SearchQuery(text="kubek"))).total) == ([9999], total)


async def test_what_another_process_writes_is_found_at_once(kept: Kept):
    async with writing_child(kept.store.folder) as child:
        while await said(child) != ("ended", 1):
            pass
        assert (await kept.engine.search(SearchQuery(text="batch1"))).total == SIZE


async def test_readers_follow_an_exchange_and_two_generations_stay(kept: Kept):
    await kept.rebuild(_1="Kubek")
    assert await kept.found() == [1]
    for number in range(2, 6):
        await kept.rebuild(**{f"_{number}": "Kubek"})
        assert await kept.found() == [number]
    assert sorted(path.name for path in kept.store.folder.glob("generation-*")) == ["generation-000004", "generation-000005"]


async def test_what_killed_rebuilds_left_is_removed_by_the_next(kept: Kept):
    await kept.rebuild(_1="Kubek")
    for number in (2, 3):
        kept.store.create(number)
    await kept.rebuild(_2="Kubek")
    left = sorted(path.name for path in kept.store.folder.glob("generation-*"))
    assert (await kept.found(), left) == ([2], ["generation-000001", "generation-000002"])


async def test_while_another_process_rebuilds_writing_and_rebuilding_are_refused(kept: Kept):
    await kept.rebuild(_1="Kubek")
    with kept.store.lock("rebuild"):
        with pytest.raises(Busy):
            await kept.index.upsert(kept.documents(_2="Talerz"))
        assert await kept.found() == [1]
    await kept.index.upsert(kept.documents(_2="Talerz"))
    assert await kept.found() == [1, 2]


async def test_two_rebuilds_at_once_are_one_too_many(kept: Kept):
    async def impatient() -> AsyncIterator[Sequence[SearchDocument]]:
        with pytest.raises(Busy):
            await kept.rebuild(_2="Talerz")
        yield kept.documents(_1="Kubek")

    await kept.index.rebuild(impatient())
    assert await kept.found() == [1]


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow beyond the size of a small one, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_is_told_and_leaves_what_was_there(kept: Kept):
    await kept.rebuild(_1="Kubek")
    many = {f"_{number}": f"Talerz numer {number}" for number in range(2, 400)}
    with no_room():
        for writing in (kept.index.upsert(kept.documents(**many)), kept.rebuild(**many)):
            with pytest.raises(SearchUnavailable, match="cannot be written"):
                await writing
        with pytest.raises(SearchUnavailable, match="cannot be written"):
            await kept.index.configure(SearchSettings(stop_words=tuple(f"slowo{number}" for number in range(400))))
    assert await kept.found() == [1]
    await kept.index.upsert(kept.documents(_2="Talerz"))
    assert await kept.found() == [1, 2]
    await kept.rebuild(_3="Kubek")
    assert await kept.found() == [3]


@pytest.mark.parametrize("broken", ["current.json", "generation-000001/meta.json", "generation-000001/words/meta.json", "settings.json"])
async def test_broken_files_are_told_and_a_rebuild_mends_them(kept: Kept, broken: str):
    await kept.rebuild(_1="Kubek")
    (kept.store.folder / broken).write_text("{ no json")
    with pytest.raises(SearchUnavailable):
        await kept.found()
    (kept.store.folder / "settings.json").unlink(missing_ok=True)
    (kept.store.folder / "current.json").unlink()
    await kept.rebuild(_2="Talerz")
    assert await kept.found() == [2]


async def test_an_index_of_another_format_is_as_good_as_none(kept: Kept):
    await kept.rebuild(_1="Kubek")
    current = kept.store.folder / "current.json"
    current.write_text(current.read_text().replace('"format":', '"format":9'))
    with pytest.raises(SearchUnavailable):
        await kept.found()
    await kept.index.upsert(kept.documents(_2="Talerz"))
    assert await kept.found() == [2]


async def test_searches_go_on_while_batches_are_written(kept: Kept):
    await kept.rebuild(**{f"_{number}": "Kubek" for number in range(1, 101)})

    async def write() -> None:
        for round_number in range(5):
            await kept.index.upsert(kept.documents(**{f"_{number}": f"Kubek {round_number}" for number in range(1, 101)}))

    writing = asyncio.create_task(write())
    seen = set[int]()
    while not writing.done():
        seen.add(len(await kept.found("kubek")))
    await writing
    assert seen == {100}


async def test_searches_go_on_while_the_index_is_rebuilt_again_and_again(kept: Kept):
    await kept.rebuild(**{f"_{number}": "Kubek" for number in range(1, 51)})

    async def rebuild() -> None:
        for _ in range(5):
            await kept.rebuild(**{f"_{number}": "Kubek" for number in range(1, 51)})

    rebuilding = asyncio.create_task(rebuild())
    seen = set[int]()
    while not rebuilding.done():
        seen.update(await asyncio.gather(*(counted(kept) for _ in range(4))))
    await rebuilding
    assert seen == {50}


async def counted(kept: Kept) -> int:
    return len(await kept.found("kubek"))


async def test_a_page_goes_on_where_it_ended_though_products_went(kept: Kept):
    await kept.rebuild(**{f"_{number}": "Kubek" for number in range(1, 7)})
    first = await kept.engine.search(SearchQuery(text="kubek", limit=3))
    await kept.index.delete([hit.id for hit in first.hits])
    rest = await kept.engine.search(SearchQuery(text="kubek", limit=3, after=first.hits[-1].cursor))
    assert ([hit.id for hit in rest.hits], rest.has_next) == ([4, 5, 6], False)
