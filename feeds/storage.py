"""Where built feeds lie: a folder, or anything that obstore can address (s3://, gs://, az://, with the credentials of its own environment
variables). Every object is written once under a name of its own, whole or not at all.

A feed's file is always made in a folder of this machine. There it becomes the object by a new name, or goes elsewhere once it is whole:
what a build that dies leaves behind lies on this machine, and nothing half sent in a bucket.
"""

import asyncio
import os
import re
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from feeds.packing import Piece, Span
from spoina.errors import DependencyUnavailable, NotFound

if TYPE_CHECKING:
    from obstore.store import RetryConfig

PIECE = 1024 * 1024
_COPIED_AT_ONCE = 256 * 1024
_WAITING_AT_ONCE = 4
"""Parts of a file that wait to be written, or are being written."""
_KEPT_IN = 8
"""Parts in which a large file goes to the disk: waiting for each takes as long as writing some megabytes."""
_SENT_AT_ONCE = 8 * PIECE
_SENDERS = 2
"""Parts of a file that are on their way at the same time: each is held in memory."""
UNFINISHED = ".unfinished"
_REMEDY = "check SPOINA_FEEDS_STORAGE, its credentials and the free space; published feeds stay as they are"
_LONGEST_REASON = 400
_RETRY: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
_CODE, _MESSAGE = re.compile("<Code>([^<]*)</Code>"), re.compile("<Message>([^<]*)</Message>")
_SIGNED = re.compile(r"(?i)\b(sig|signature|credential|token|password)=[^\s&]+")


def open_storage(url: str | None, folder: Path) -> "FeedStorage":
    """`url` None: in `folder`, which is made when something is first written there. Otherwise `folder` has what is in the making, and
    copies of what is published."""
    if url is None:
        return FeedStorage(partial(LocalStore, folder, mkdir=True), folder)
    return FeedStorage(partial(from_url, url, retry_config=_RETRY), folder, is_elsewhere=True)


class FeedStorage:
    """Nothing is opened or made before it is needed. Raises DependencyUnavailable for whatever storage can answer but NotFound."""

    def __init__(self, open_store: Callable[[], ObjectStore], folder: Path, *, is_elsewhere: bool = False) -> None:
        self._open_store, self.folder, self.is_elsewhere = open_store, folder, is_elsewhere
        self._threads: list[ThreadPoolExecutor] = []
        """Of files that are written; to begin one takes as long as a small feed's file does."""

    @cached_property
    def _store(self) -> ObjectStore:
        with telling():
            return self._open_store()

    @asynccontextmanager
    async def writing(self, path: str, size: int = 0, *, lasting: bool = True) -> AsyncIterator["Writing"]:
        """What is written stands there once the block ends, and not at all if it ends with an exception. `size`: about what it will come
        to, 0 where nobody knows. `lasting`: it outlives a loss of power, and of what goes elsewhere a copy stays here."""
        place = self.folder / path
        unfinished = place.with_name(place.name + UNFINISHED)
        thread = self._threads.pop() if self._threads else ThreadPoolExecutor(1)
        try:
            with telling():
                place.parent.mkdir(parents=True, exist_ok=True)
                file = unfinished.open("wb", buffering=0)
            with file:
                writing = Writing(file, size, thread, lasting=lasting)
                try:
                    yield writing
                    await self._finish(writing, path, unfinished, lasting=lasting)
                finally:
                    await writing.rest()
        except BaseException:
            for each in (unfinished, place):
                with suppress(OSError):
                    each.unlink(missing_ok=True)
            raise
        finally:
            self._threads.append(thread)

    async def _finish(self, writing: "Writing", path: str, unfinished: Path, *, lasting: bool) -> None:
        """The name is changed before the disk is waited for, so that one wait is for both."""
        with telling():
            await writing.end()
            if self.is_elsewhere:
                await obstore.put_async(self._store, path, unfinished, chunk_size=_SENT_AT_ONCE, max_concurrency=_SENDERS)
            if lasting:
                await writing.settle(unfinished, self.folder / path)
            else:
                self._let_be(unfinished, path)

    def _let_be(self, unfinished: Path, path: str) -> None:
        if self.is_elsewhere:
            unfinished.unlink()
        else:
            unfinished.replace(self.folder / path)

    async def opened(self, path: str) -> BinaryIO:
        """For reading; of what is elsewhere a copy that goes when it is closed. Raises NotFound."""
        with telling(path):
            if not self.is_elsewhere:
                return (self.folder / path).open("rb", buffering=0)
            found = await obstore.get_async(self._store, path)
            self.folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as failing:
                copy = failing.enter_context(TemporaryFile(dir=self.folder, buffering=0))
                async for piece in found:
                    copy.write(piece)
                failing.pop_all()
            return copy

    async def pieces(self, path: str, start: int, size: int) -> AsyncIterator[bytes]:
        """`size` bytes from `start` on, in pieces."""
        end = start + size
        while start < end:
            with telling(path):
                piece = bytes(await obstore.get_range_async(self._store, path, start=start, end=min(start + PIECE, end)))
            start += len(piece)
            yield piece

    async def delete(self, paths: Sequence[str]) -> None:
        """Those that are not there are passed over. What was copied or left unfinished here goes with them."""
        if not paths:
            return
        with telling():
            await asyncio.to_thread(self._unlink, paths)
            for path in paths if self.is_elsewhere else ():
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, path)

    def _unlink(self, paths: Sequence[str]) -> None:
        for path in paths:
            for name in (path + UNFINISHED, path):
                (self.folder / name).unlink(missing_ok=True)


class Writing:
    """A file in the making. All that touches the disk is done in a thread of its own, which is waited for whatever happens: it must not
    write into a file that is closed, whose number another may have by then."""

    def __init__(self, file: BinaryIO, size: int, thread: ThreadPoolExecutor, *, lasting: bool) -> None:
        """`thread`: for this file alone while it is written. `lasting`: where the size is known, what is written goes on to the disk
        meanwhile, so that little is left to wait for in the end."""
        self._file, self._size = file, size
        self._kept_at_once = max(size // _KEPT_IN, PIECE) if size and lasting else sys.maxsize
        self._written = self._kept = 0
        self._together: list[bytes | memoryview[int]] = []
        self._room = PIECE
        self._window = range(0)
        """What of the file before lies in the buffer, until all that is in `_together` is written."""
        self._thread = thread
        self._running: deque[asyncio.Future[None]] = deque()

    @cached_property
    def _buffer(self) -> "memoryview[int]":
        return memoryview(bytearray(_COPIED_AT_ONCE))

    async def write(self, pieces: Iterable[Piece], before: BinaryIO | None = None) -> None:
        """Waits only until little of what came earlier is left to be written. Spans are of `before`."""
        with telling():
            await self._finished(_WAITING_AT_ONCE - 1)
        self._begin(partial(self._write, pieces, before))

    async def end(self) -> None:
        """Nothing more is to come."""
        await self._finished()
        self._file.truncate(self._written)

    async def settle(self, now: Path, then: Path) -> None:
        """Gives it its name, under which it outlives a loss of power from here on."""
        self._begin(partial(self._settle, now, then))
        await self._finished()

    async def rest(self) -> None:
        """Nothing is being done any more, also where waiting for that was cancelled."""
        try:
            await asyncio.shield(asyncio.gather(*self._running, return_exceptions=True))
        except BaseException:
            self._thread.submit(int).result()
            raise

    def _begin(self, work: Callable[[], None]) -> None:
        self._running.append(asyncio.get_running_loop().run_in_executor(self._thread, work))

    async def _finished(self, but: int = 0) -> None:
        """All that was begun, but so many."""
        while len(self._running) > but:
            await asyncio.shield(self._running[0])
            self._running.popleft()

    def _write(self, pieces: Iterable[Piece], before: BinaryIO | None) -> None:
        if self._size and not self._written:
            self._reserve()
        self._window = range(0)
        for piece in pieces:
            if not isinstance(piece, Span):
                self._add(piece)
            elif before is not None:
                self._copy(before, piece)
        self._put()
        if self._written - self._kept >= self._kept_at_once:
            os.fdatasync(self._file.fileno())
            self._kept = self._written

    def _reserve(self) -> None:
        """Twice as quick for a large file, and a full disk is known at once."""
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._file.fileno(), 0, self._size)

    def _add(self, piece: "bytes | memoryview[int]") -> None:
        self._together.append(piece)
        self._room -= len(piece)
        if self._room <= 0:
            self._put()

    def _copy(self, before: BinaryIO, span: Span) -> None:
        """By way of memory that is there already: as quick as leaving it to the kernel, which copies what is not aligned byte by byte.
        Spans mostly lie so close together that many of them are read at once."""
        at, end = span.start, span.start + span.size
        while at < end:
            if at not in self._window:
                self._put()
                self._window = range(at, at + os.preadv(before.fileno(), [self._buffer], at))
                if not self._window:
                    raise EOFError(f"{before.name} is shorter than it was")
            first, stop = at - self._window.start, min(end, self._window.stop)
            self._add(self._buffer[first : stop - self._window.start])
            at = stop

    def _settle(self, now: Path, then: Path) -> None:
        now.replace(then)
        os.fsync(self._file.fileno())

    def _put(self) -> None:
        left = memoryview(b"".join(self._together))
        self._together.clear()
        self._room = PIECE
        self._written += len(left)
        while left:
            left = left[self._file.write(left) :]


@contextmanager
def telling(path: str = "") -> Iterator[None]:
    """What storage and disks answer, as errors of ours. `path`: what is looked for, if anything."""
    try:
        yield
    except FileNotFoundError as error:
        if not path:
            raise DependencyUnavailable("feed storage", _reason(error), _REMEDY) from error
        raise NotFound("feed file", path) from error
    except (BaseError, OSError) as error:
        raise DependencyUnavailable("feed storage", _reason(error), _REMEDY) from error


def _reason(error: Exception) -> str:
    """In one line: what was asked and refused, and of the service's answer only its code and message, because the rest may quote what the
    request was signed with."""
    text = str(error)
    asked = _SIGNED.sub(r"\1=…", text.partition("\n")[0].partition(": <")[0])
    told = [found[1] for found in (_CODE.search(text), _MESSAGE.search(text)) if found is not None]
    return (f"{asked}, {': '.join(told)}" if told else asked)[:_LONGEST_REASON]
