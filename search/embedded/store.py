"""Where the embedded index lives, and how writers and readers of several processes agree.

    <folder>/current.json         which generation answers: replaced whole, never written in place
    <folder>/generation-000007/   a tantivy index of the products; its own meta.json is replaced whole by each commit
                       …/words/   another of their words, each once: where misspellings are looked up
    <folder>/settings.json        synonyms and stop words
    <folder>/write.lock           held while a batch is written
    <folder>/rebuild.lock         held while a generation is built

The locks are the operating system's, so that they end with the process that holds them: a writer killed at any moment leaves the index as
the last commit made it.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import tantivy

from search.embedded.schema import FORMAT, prepare, schema
from search.embedded.words import WORDS_FOLDER, words_schema
from search.types import SearchSettings
from spoina.errors import Busy, IndexUnreadable, SearchUnavailable

WAIT_SECONDS = 30.0
"""For another process's batch."""
_POLL_SECONDS = 0.02
_GENERATION = re.compile(r"generation-(\d{6,})")


class Current(msgspec.Struct, frozen=True, kw_only=True):
    generation: int
    format: int
    built_at: datetime | None = None


class Files(NamedTuple):
    """One generation."""

    products: tantivy.Index
    words: tantivy.Index


class Stamp(msgspec.Struct, frozen=True):
    """Tells two states of the files apart without reading them."""

    current: tuple[int, int]
    meta: tuple[int, int]
    settings: tuple[int, int]


_decode_current = msgspec.json.Decoder(Current).decode
_decode_settings = msgspec.json.Decoder(SearchSettings).decode


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Written out once: every search looks at them.
        self._current, self._settings = str(folder / "current.json"), str(folder / "settings.json")

    def current(self) -> Current | None:
        """None: nothing has been written yet, or only by another version of the program."""
        try:
            current = _decode_current((self.folder / "current.json").read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            raise unreadable(error) from error
        return current if current.format == FORMAT else None

    def stamp(self, generation: int | None) -> Stamp:
        meta = (0, 0) if generation is None else _mark(f"{self.folder}/{_generation(generation)}/meta.json")
        return Stamp(_mark(self._current), meta, _mark(self._settings))

    def path(self, generation: int) -> Path:
        return self.folder / _generation(generation)

    def settings(self) -> SearchSettings:
        try:
            return _decode_settings((self.folder / "settings.json").read_bytes())
        except FileNotFoundError:
            return SearchSettings()
        except (OSError, msgspec.MsgspecError) as error:
            raise SearchUnavailable(f"the shop's words cannot be read: {error}", "set them again: PUT /v1/search/words") from error

    def save_settings(self, settings: SearchSettings) -> None:
        self._replace("settings.json", msgspec.json.encode(settings))

    def open(self, generation: int) -> Files:
        path = self.path(generation)
        try:
            files = Files(tantivy.Index.open(str(path)), tantivy.Index.open(str(path / WORDS_FOLDER)))
        except (ValueError, OSError) as error:
            raise unreadable(error) from error
        return _prepared(files)

    def create(self, generation: int) -> Files:
        path = self.path(generation)
        shutil.rmtree(path, ignore_errors=True)
        (path / WORDS_FOLDER).mkdir(parents=True)
        return _prepared(Files(tantivy.Index(schema(), str(path)), tantivy.Index(words_schema(), str(path / WORDS_FOLDER))))

    def make_current(self, generation: int, built_at: datetime | None) -> None:
        self._replace("current.json", msgspec.json.encode(Current(generation=generation, format=FORMAT, built_at=built_at)))

    def next_generation(self) -> int:
        """In the place of one that was begun after the current one and never ended. Where nobody can tell which is current, after all."""
        try:
            current = self.current()
        except IndexUnreadable:
            current = None
        return (current.generation if current is not None else max(self._generations(), default=0)) + 1

    def tidy(self, current: int) -> None:
        """Removes what a rebuild left behind and all older generations but the last: a reader may be about to open that."""
        older = sorted(number for number in self._generations() if number < current)
        for number in (*older[:-1], *(number for number in self._generations() if number > current)):
            shutil.rmtree(self.path(number), ignore_errors=True)

    @contextmanager
    def lock(self, name: str, *, shared: bool = False, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Blocks. Raises Busy when somebody else holds it, or of a shared one somebody holds it alone, for longer than `wait` seconds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.lock").open("w") as file:
            deadline = time.monotonic() + wait
            while not _taken(file.fileno(), shared=shared):
                if time.monotonic() >= deadline:
                    raise Busy("search index", "it is being rebuilt" if shared else f"another process holds its {name} lock")
                time.sleep(_POLL_SECONDS)
            yield

    def _generations(self) -> list[int]:
        names = (_GENERATION.fullmatch(path.name) for path in self.folder.iterdir()) if self.folder.is_dir() else ()
        return [int(match[1]) for match in names if match]

    def _replace(self, name: str, body: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f"{name}.{os.getpid()}"
        with beside.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / name)


def _prepared(files: Files) -> Files:
    """Readers are told when to look again; otherwise tantivy would watch the files and read them anew by itself, for writers as well."""
    prepare(files.products)
    for index in files:
        index.config_reader("Manual", 0)
    return files


def unreadable(error: Exception) -> IndexUnreadable:
    return IndexUnreadable(str(error))


@contextmanager
def writing() -> Iterator[None]:
    """A disk without room is told by tantivy as a ValueError; what was committed before stays as it is. Raises SearchUnavailable."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise SearchUnavailable(f"the index cannot be written: {error}", "make room in the data folder, and let us write there") from error


def _generation(number: int) -> str:
    return f"generation-{number:06}"


def _mark(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would cost more than the call
    except FileNotFoundError:
        return (0, 0)
    except OSError as error:
        raise unreadable(error) from error
    return (found.st_ino, found.st_mtime_ns)


def _taken(descriptor: int, *, shared: bool) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
