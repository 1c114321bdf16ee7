"""The files that crawlers are given: those of the storage where it is a folder of this machine, otherwise copies that are kept here, so
that
what was published goes on being served while storage is away."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from feeds.records import Published, file_of
from feeds.storage import PIECE, FeedStorage
from spoina.errors import DependencyUnavailable, NotFound

_GZIP = 31
_log = logging.getLogger(__name__)


class FeedFiles:
    """`copies` is a folder of this process's machine; unused where storage is one itself."""

    def __init__(self, storage: FeedStorage, copies: Path) -> None:
        self._storage, self._copies = storage, copies
        self._fetching: dict[Path, asyncio.Task[None]] = {}

    async def open(self, feed: Published) -> BinaryIO:
        """The published build's file. Whoever opened it may read it to its end, whatever is published meanwhile. Raises NotFound,
        DependencyUnavailable."""
        path = self._path(feed)
        if self._storage.folder is None and not path.exists():
            await self._fetch(feed, path)
        try:
            return path.open("rb")
        except FileNotFoundError:
            raise NotFound("feed file", path.name) from None

    def _path(self, feed: Published) -> Path:
        return (self._storage.folder or self._copies) / file_of(feed.name, feed.build or 0)

    async def _fetch(self, feed: Published, path: Path) -> None:
        """Once for all that ask for it meanwhile; one of them going away does not end it."""
        task = self._fetching.get(path)
        if task is None:
            task = self._fetching[path] = asyncio.create_task(self._copy(feed, path))
            task.add_done_callback(lambda _: self._fetching.pop(path))
        await asyncio.shield(task)

    async def _copy(self, feed: Published, path: Path) -> None:
        unfinished = path.with_suffix(".unfinished")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                async for piece in self._storage.pieces(file_of(feed.name, feed.build or 0), 0, feed.packed_bytes):
                    file.write(piece)
            unfinished.replace(path)
        except OSError as error:
            raise DependencyUnavailable("feed copies", str(error), f"make room in {self._copies}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        self._forget_others(path)

    def _forget_others(self, path: Path) -> None:
        for other in path.parent.glob("*.gz"):
            if other != path:
                with suppress(OSError):
                    other.unlink()


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
