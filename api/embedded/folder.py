"""Where the embedded servers of one data folder keep their things."""

import hashlib
import re
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import msgspec

DATABASE = "spoina"
LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 107 bytes on Linux and 103 on macOS."""
SAFE_SOCKET_PATH = re.compile(r"[A-Za-z0-9._/-]+")
"""Clients read a comma in a host as a list of hosts, and PostgreSQL one in a folder as a list of folders."""


class Servers(msgspec.Struct, frozen=True):
    """`database_url` suits asyncpg, libpq and dbmate, `redis_url` redis-py; both name Unix sockets."""

    database_url: str
    redis_url: str


class DataFolder(msgspec.Struct, frozen=True, dict=True):
    """`root` is absolute, without symbolic links, and exists."""

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def start_lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        return self.root / "keeper.lock"

    @cached_property
    def sockets(self) -> Path:
        """Inside the folder where the path fits into a socket address, else a short folder of its own in /tmp."""
        inside = self.root / "sockets"
        longest = str(inside / ".s.PGSQL.5432.lock")
        if len(longest.encode()) <= LONGEST_SOCKET_PATH and SAFE_SOCKET_PATH.fullmatch(longest):
            return inside
        # The inode keeps a folder that was deleted and made anew apart from its predecessor's servers. Not TMPDIR:
        # two terminals that differ in it must find the same sockets.
        identity = self.root.stat()
        digest = hashlib.sha256(f"{identity.st_dev}-{identity.st_ino}-{self.root}".encode()).hexdigest()
        return Path("/tmp") / f"spoina-{digest[:16]}"  # noqa: S108

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def servers(self) -> Servers:
        return Servers(
            database_url=f"postgres://postgres@/{DATABASE}?host={quote(str(self.sockets), safe='/')}&sslmode=disable",
            redis_url=f"unix://{self.valkey_socket}",
        )
