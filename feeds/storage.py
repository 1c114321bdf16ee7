"""Where built feeds lie: a folder, or anything that obstore can address (s3://, gs://, az://, with the credentials of its own environment
variables). Every object is written once under a name of its own, whole or not at all.

A feed's file is always made in a folder of this machine. There it becomes the object by a new name, or goes elsewhere once it is whole:
what a build that dies leaves behind lies on this machine, and nothing half sent in a bucket.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
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
        try:
            with telling():
                place.parent.mkdir(parents=True, exist_ok=True)
                file = unfinished.open("wb", buffering=0)
            with file:
                writing = Writing(file, size)
                yield writing
                await self._finish(writing, path, unfinished, lasting=lasting)
        except BaseException:
            for each in (unfinished, place):
                with suppress(OSError):
                    each.unlink(missing_ok=True)
            raise

    async def _finish(self, writing: "Writing", path: str, unfinished: Path, *, lasting: bool) -> None:
        """The name is changed before the disk is waited for, so that one wait is for both."""
        with telling():
            writing.trim()
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
        for path in paths:
            with telling():
                for name in (path + UNFINISHED, path):
                    (self.folder / name).unlink(missing_ok=True)
                if self.is_elsewhere:
                    with suppress(FileNotFoundError):
                        await obstore.delete_async(self._store, path)


class Writing:
    """A file in the making. All that touches the disk is done in threads, each of them waited for whatever happens."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._written = 0

    @cached_property
    def _buffer(self) -> "memoryview[int]":
        return memoryview(bytearray(_COPIED_AT_ONCE))

    async def write(self, pieces: Iterable[Piece], before: BinaryIO | None = None) -> None:
        """Spans are of `before`."""
        with telling():
            await _in_thread(partial(self._write, pieces, before))

    def trim(self) -> None:
        self._file.truncate(self._written)

    async def settle(self, now: Path, then: Path) -> None:
        """Gives it its name, under which it outlives a loss of power from here on."""
        await _in_thread(partial(self._settle, now, then))

    def _write(self, pieces: Iterable[Piece], before: BinaryIO | None) -> None:
        if self._size and not self._written:
            self._reserve()
        together: list[bytes | memoryview] = []
        room = PIECE
        for piece in pieces:
            if not isinstance(piece, Span):
                together.append(piece)
                room -= len(piece)
            if isinstance(piece, Span) or room <= 0:
                self._put(b"".join(together))
                together.clear()
                room = PIECE
            if isinstance(piece, Span) and before is not None:
                self._copy(before, piece.start, piece.size)
        self._put(b"".join(together))

    def _reserve(self) -> None:
        """Twice as quick for a large file, and a full disk is known at once."""
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(self._file.fileno(), 0, self._size)

    def _copy(self, before: BinaryIO, start: int, size: int) -> None:
        """By way of memory that is there already: as quick as leaving it to the kernel, which copies what is not aligned byte by byte."""
        end = start + size
        while start < end:
            count = os.preadv(before.fileno(), [self._buffer[: end - start]], start)
            if not count:
                raise EOFError(f"{before.name} is shorter than it was")
            self._put(self._buffer[:count])
            start += count

    def _settle(self, now: Path, then: Path) -> None:
        now.replace(then)
        os.fsync(self._file.fileno())

    def _put(self, content: "bytes | memoryview[int]") -> None:
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        self._written += len(content)


async def _in_thread(work: Callable[[], None]) -> None:
    """Waits for the thread even when cancelled: it must not write into a file that is closed, whose number another may have by then."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait((running,))
        raise


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
