"""Where built feeds lie: a folder, or anything that obstore can address (s3://, gs://, az://, with the credentials of its own environment
variables). Every object is written once under a name of its own, whole or not at all."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property, partial
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from spoina.errors import DependencyUnavailable, NotFound

PIECE = 1024 * 1024
_WRITTEN_AT_ONCE = 8 * PIECE
_REMEDY = "check SPOINA_FEEDS_STORAGE, its credentials and the free space; published feeds stay as they are"


def open_storage(url: str | None, folder: Path) -> "FeedStorage":
    """`url` None: in `folder`, which is made when something is first written there."""
    if url is None:
        return FeedStorage(partial(LocalStore, folder, mkdir=True), folder)
    return FeedStorage(partial(from_url, url), None)


class FeedStorage:
    """`folder` is where the objects lie if they are files of this machine; nothing is opened or made before it is needed. Raises
    DependencyUnavailable for whatever storage can answer but NotFound."""

    def __init__(self, open_store: Callable[[], ObjectStore], folder: Path | None) -> None:
        self._open_store, self.folder = open_store, folder

    @cached_property
    def _store(self) -> ObjectStore:
        with _telling():
            return self._open_store()

    @asynccontextmanager
    async def writing(self, path: str) -> AsyncIterator["Writing"]:
        """What is written stands there once the block ends, and not at all if it ends with an exception."""
        with _telling():
            writer = obstore.open_writer_async(self._store, path, buffer_size=_WRITTEN_AT_ONCE)
        yield Writing(writer)
        with _telling():
            await writer.close()

    async def write(self, path: str, content: bytes) -> None:
        with _telling():
            await obstore.put_async(self._store, path, content)

    async def read(self, path: str) -> bytes:
        with _telling(path):
            return bytes(await (await obstore.get_async(self._store, path)).bytes_async())

    async def pieces(self, path: str, start: int, size: int) -> AsyncIterator[bytes]:
        """`size` bytes from `start` on, in pieces."""
        end = start + size
        while start < end:
            with _telling(path):
                piece = bytes(await obstore.get_range_async(self._store, path, start=start, end=min(start + PIECE, end)))
            start += len(piece)
            yield piece

    async def delete(self, paths: Sequence[str]) -> None:
        """Those that are not there are passed over."""
        for path in paths:
            with _telling():
                try:
                    await obstore.delete_async(self._store, path)
                except FileNotFoundError:
                    continue


class Writing:
    def __init__(self, writer: "obstore.AsyncWritableFile") -> None:
        self._writer = writer

    async def write(self, content: bytes) -> None:
        with _telling():
            await self._writer.write(content)


class Reading:
    """An object from some place on, taken in amounts of the caller's choosing."""

    def __init__(self, storage: FeedStorage, path: str, start: int, size: int) -> None:
        self._pieces = storage.pieces(path, start, size)
        self._have = b""

    async def take(self, size: int) -> bytes:
        parts, missing = [], size
        while missing > len(self._have):
            parts.append(self._have)
            missing -= len(self._have)
            self._have = await anext(self._pieces)
        parts.append(self._have[:missing])
        self._have = self._have[missing:]
        return b"".join(parts)


@contextmanager
def _telling(path: str = "") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if not path:
            raise
        raise NotFound("feed file", path) from error
    except (BaseError, OSError) as error:
        raise DependencyUnavailable("feed storage", str(error).partition("\n")[0], _REMEDY) from error
