"""The files that crawlers are given and that builds start from: those of the storage where it is a folder of this machine, otherwise copies
that are kept here, so that what was published goes on being served while storage is away."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import time
from typing import BinaryIO
from uuid import uuid4

from isal import isal_zlib

from feeds.records import file_of
from feeds.storage import PIECE, FeedStorage, telling
from spoina.errors import DependencyUnavailable, NotFound

_GZIP = 31
_FETCHING = ".fetching"
_ABANDONED_SECONDS = 3600.0


class FeedFiles:
    """Any number of processes may share the folder."""

    def __init__(self, storage: FeedStorage) -> None:
        self._storage = storage
        self._fetching: dict[Path, asyncio.Task[None]] = {}

    async def open(self, feed: str, build: int, size: int) -> BinaryIO:
        """A build's file, of `size` bytes. Whoever opened it may read it to its end, whatever becomes of it meanwhile. Raises NotFound,
        also for one that has another size, and DependencyUnavailable."""
        name = file_of(feed, build)
        path = self._storage.folder / name
        if self._storage.is_elsewhere and not _is_whole(path, size):
            await self._fetch(name, size)
        with telling(name):
            file = path.open("rb")
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise NotFound("feed file", f"{name} of {size} bytes")
        return file

    async def _fetch(self, name: str, size: int) -> None:
        """Once for all that ask for it meanwhile; one of them going away does not end it."""
        path = self._storage.folder / name
        task = self._fetching.get(path)
        if task is None:
            task = self._fetching[path] = asyncio.create_task(self._copy(name, path, size))
            task.add_done_callback(lambda _: self._fetching.pop(path))
        await asyncio.shield(task)

    async def _copy(self, name: str, path: Path, size: int) -> None:
        """Under a name of its own until it is whole: another process may be fetching the same."""
        unfinished = path.with_name(f"{path.name}.{uuid4().hex}{_FETCHING}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                async for piece in self._storage.pieces(name, 0, size):
                    file.write(piece)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            unfinished.replace(path)
        except OSError as error:
            raise DependencyUnavailable("feed copies", str(error), f"make room in {self._storage.folder}") from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        self.keep_only(path)

    def keep_only(self, path: Path) -> None:
        """Other copies of the feed go, and what a process that died was fetching."""
        with suppress(OSError):
            for other in path.parent.iterdir():
                is_copy = other.suffix == ".gz" and other != path
                if is_copy or (other.suffix == _FETCHING and other.stat().st_mtime < time() - _ABANDONED_SECONDS):
                    other.unlink(missing_ok=True)


def _is_whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def stored_pieces(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    """`size` bytes of the file from `start` on."""
    file.seek(start)
    while size > 0 and (piece := file.read(min(size, PIECE))):
        size -= len(piece)
        yield piece


def unpacked_pieces(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    """`size` bytes of what is packed in the file, from `start` on."""
    unpacking, passed = isal_zlib.decompressobj(_GZIP), 0
    packed = b""
    while size > 0:
        packed = unpacking.unconsumed_tail or file.read(PIECE)
        piece = unpacking.decompress(packed, PIECE)
        if not piece and not packed:
            return
        wanted = piece[max(start - passed, 0) :][:size]
        passed += len(piece)
        if wanted:
            size -= len(wanted)
            yield wanted
