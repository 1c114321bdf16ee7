"""/feeds/{secret}/{name}.{ext}[.gz]: what was published, and nothing else. No feed is ever built because somebody asks for it.

Plain ASGI, because nearly all of it is about headers. The table of what is published is asked at each request; while PostgreSQL is away,
what was last seen of it still holds.
"""

import asyncio
import logging
from collections.abc import Iterator
from typing import BinaryIO

import asyncpg
from litestar import asgi
from litestar.enums import ScopeType
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from api.plain import encoded, problem_answer, send_answer
from feeds import observing
from feeds.files import FeedFiles, stored_pieces, unpacked_pieces
from feeds.observing import Fetch
from feeds.records import Published, published
from feeds.serving import Answer, Asked, Coding, answer, is_admitted, may_read
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import DependencyUnavailable, NotFound, SpoinaError
from storefront.requests import Headers

PATH = "/feeds"
TEMPLATE = "/feeds/{secret}/{file}"
PATIENCE_SECONDS = 2.0
"""How long PostgreSQL may take before what is remembered is used."""
MOST_REMEMBERED = 1000
_PACKED = ".gz"
_NOT_ALLOWED = b"only GET and HEAD\n"
_NOT_ADMITTED = b"this feed asks for a user and a password\n"

_log = logging.getLogger(__name__)


class FeedRoutes:
    def __init__(self, pool: Pool, files: FeedFiles, clock: Clock) -> None:
        self._pool, self._files, self._clock = pool, files, clock
        self._known: dict[str, Published] = {}
        self._served: dict[str, Published] = {}
        """What was last handed out of each feed, for the times when the newest cannot be read."""

    @property
    def handler(self) -> ASGIRouteHandler:
        return asgi(PATH, is_mount=True, copy_scope=True, opt={"exclude_from_auth": True})(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        scope["path_template"] = TEMPLATE
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"]
        try:
            feed, packed = await self._feed(scope["path"])
        except SpoinaError as error:
            await send_answer(send, problem_answer(error), ())
            return
        status, size = await self._answer(feed, method, _asked(headers, packed=packed, method=method), send)
        await self._note(feed, method, status, size, headers.get(b"user-agent", ""))

    async def _answer(self, feed: Published, method: str, asked: Asked, send: Send) -> tuple[int, int]:
        """Status and number of content bytes that were sent."""
        if method not in {"GET", "HEAD"}:
            return await _plain(send, 405, _NOT_ALLOWED, {"allow": "GET, HEAD"})
        if not is_admitted(feed, asked.authorization):
            return await _plain(send, 401, _NOT_ADMITTED, {"www-authenticate": 'Basic realm="feed", charset="UTF-8"'})
        try:
            feed, file = await self._open(feed)
        except SpoinaError as error:
            problem = problem_answer(error)
            await send_answer(send, problem, ())
            return problem.status, 0
        with file:
            found = answer(feed, asked)
            await send({"type": "http.response.start", "status": found.status, "headers": encoded(dict(found.headers))})
            return found.status, await _send_content(send, file, found, only_headers=method == "HEAD")

    async def _feed(self, path: str) -> tuple[Published, bool]:
        """Raises NotFound, in the same words for a feed that is unknown and for a wrong secret."""
        secret, _, name = path.removeprefix(PATH).strip("/").partition("/")
        packed = name.endswith(_PACKED)
        stem, _, extension = name.removesuffix(_PACKED).rpartition(".")
        feed = await self._published(stem) if "\x00" not in stem else None
        if feed is None or feed.extension != extension or not may_read(feed, secret):
            raise NotFound("feed", "at this address")
        return feed, packed

    async def _published(self, name: str) -> Published | None:
        try:
            feed = await asyncio.wait_for(published(self._pool, name), PATIENCE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("feeds are served as they were last seen: %s", type(failure).__name__)
            return self._known.get(name)
        if feed is None:
            self._known.pop(name, None)
        elif len(self._known) < MOST_REMEMBERED or name in self._known:
            self._known[name] = feed
        return feed

    async def _open(self, feed: Published) -> tuple[Published, BinaryIO]:
        """The file of what is published; where that cannot be read, of what was last handed out."""
        if feed.build is None:
            raise NotFound("feed", "at this address yet: it has not been built")
        try:
            file = await self._files.open(feed.name, feed.build, feed.packed_bytes)
        except (NotFound, DependencyUnavailable) as failure:
            before = self._served.get(feed.name)
            if before is None or before.build == feed.build:
                raise DependencyUnavailable("feed storage", str(failure), "try again later") from failure
            _log.error("feed %s is served as it was before: %s", feed.name, failure)
            return before, await self._files.open(before.name, before.build or 0, before.packed_bytes)
        self._served[feed.name] = feed
        return feed, file

    async def _note(self, feed: Published, method: str, status: int, size: int, user_agent: str) -> None:
        fetch = Fetch(build=feed.build, at=self._clock(), method=method, status=status, size=size, user_agent=user_agent)
        try:
            await asyncio.wait_for(observing.note_fetch(self._pool, feed.name, fetch), PATIENCE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("a fetch of feed %s is not noted: %s", feed.name, type(failure).__name__)


def _asked(headers: dict[bytes, str], *, packed: bool, method: str) -> Asked:
    """A range counts for GET only (RFC 9110, section 14.2)."""
    return Asked(
        packed=packed,
        accept_encoding=headers.get(b"accept-encoding", ""),
        authorization=headers.get(b"authorization", ""),
        if_none_match=headers.get(b"if-none-match"),
        if_modified_since=headers.get(b"if-modified-since"),
        if_range=headers.get(b"if-range"),
        range=headers.get(b"range") if method == "GET" else None,
    )


async def _send_content(send: Send, file: BinaryIO, found: Answer, *, only_headers: bool) -> int:
    size = 0
    if not only_headers and found.size:
        make = unpacked_pieces if found.coding is Coding.UNPACKED else stored_pieces
        pieces = make(file, found.start, found.size)
        while piece := await asyncio.to_thread(_next, pieces):
            size += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    return size


def _next(pieces: Iterator[bytes]) -> bytes:
    return next(pieces, b"")


async def _plain(send: Send, status: int, body: bytes, headers: dict[str, str]) -> tuple[int, int]:
    length: Headers = encoded({**headers, "content-type": "text/plain; charset=utf-8", "content-length": str(len(body))})
    await send({"type": "http.response.start", "status": status, "headers": length})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return status, len(body)
