"""WooCommerce's REST API: pages as raw bytes, in order, a bounded number asked for ahead; everything that fails has a name and a remedy."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from datetime import datetime
from secrets import token_hex
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
import msgspec

from channels.woocommerce import answers
from channels.woocommerce.answers import Answer
from channels.woocommerce.connection import Params, ShopConnection
from channels.woocommerce.pacing import Pace
from channels.woocommerce.payloads import SiteIndexPayload
from spoina.clock import Clock, utc_now
from spoina.errors import SourceMissing, SourceRefused
from spoina.settings import WooCommerceSettings

PER_PAGE: Final = 100
"""WooCommerce's own limit for per_page."""
COMPANION: Final = "wc-spoina/v1"
"""The namespace of the plugin Spoina Companion (deploy/wordpress)."""

T = TypeVar("T")
_INDEX_FIELDS: Final = "name,description,url,home,gmt_offset,timezone_string,namespaces"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, not decoded. `total` and `pages` count the whole list, as the shop saw it then; None where it did not say.

    What the shop did after `started_at` may be missing: it is when the request was sent, or when a cache says it got the answer.
    """

    body: bytes
    started_at: datetime
    address: str
    number: int = 1
    total: int | None = None
    pages: int | None = None


class ShopCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop can do for this key. `global_variations`: one list of all its variations (WooCommerce 10.3). `companion`: the plugin
    Spoina Companion is there."""

    site: SiteIndexPayload
    https: bool
    global_variations: bool
    writable: bool
    companion: bool = False


class WooCommerceClient:
    """One shop, one client, an async context manager. Redirects are not followed; every method raises SourceError.

    Paths are relative to `wc/v3`; one that begins with a slash is relative to `/wp-json` (WordPress's own routes).
    """

    def __init__(
        self,
        settings: WooCommerceSettings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
        pace: Pace | None = None,
        nonce: Callable[[], str] = token_hex,
    ) -> None:
        self._concurrency = settings.concurrency
        self._connection = ShopConnection(settings, transport=transport, clock=clock, pace=pace or Pace(), nonce=nonce)
        self._capabilities: ShopCapabilities | None = None

    def __repr__(self) -> str:
        return f"WooCommerceClient({self._connection.address!r})"

    async def __aenter__(self) -> Self:
        await self._connection.http.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._connection.http.__aexit__(kind, error, trace)

    @property
    def has_global_variations(self) -> bool:
        """As `probe` found; False before, since reading variations under their product works in every shop."""
        return self._capabilities is not None and self._capabilities.global_variations

    @property
    def has_companion(self) -> bool:
        """As `probe` found."""
        return self._capabilities is not None and self._capabilities.companion

    async def get_page(self, path: str, params: Params | None = None) -> Page:
        answer, started_at = await self._connection.ask("GET", path, params)
        return _page(answer, started_at, _whole_number(str((params or {}).get("page"))) or 1)

    async def find(self, path: str, params: Params | None = None) -> Page | None:
        """One thing by its number; None where the shop has none of that number."""
        answer, started_at = await self._connection.ask("GET", path, params)
        return None if answers.is_absent(answer) else _page(answer, started_at, 1)

    async def pages(self, path: str, params: Params | None = None, *, start_page: int = 1) -> AsyncIterator[Page]:
        """The pages of a list in order, at most `concurrency` of them on their way or waiting to be taken.

        The end is where the shop last said it was, so the list may grow or shrink meanwhile. When earlier rows vanish, rows slip onto a
        page that has been read: who needs every row asks for those not met.
        """
        asked: deque[asyncio.Task[Page]] = deque()
        following, last = start_page, start_page
        try:
            while following <= last or asked:
                while following <= last and len(asked) < self._concurrency:
                    numbered = {"per_page": PER_PAGE, **(params or {}), "page": following}
                    asked.append(asyncio.create_task(self.get_page(path, numbered)))
                    following += 1
                page = await asked.popleft()
                if page.body == b"[]":
                    return
                last = page.number + 1 if page.pages is None else page.pages
                yield page
        finally:
            await _cancel(asked)

    def lines(self, path: str, params: Params) -> AsyncGenerator[bytes]:
        """The whole lines of one answer as they come; it is not asked for again."""
        return self._connection.lines(path, params)

    async def back_off(self, attempt: int) -> None:
        """Waits before what was cut is asked for again."""
        await self._connection.back_off(attempt)

    @property
    def concurrency(self) -> int:
        """Requests at a time."""
        return self._concurrency

    async def get_json(self, path: str, kind: type[T], params: Params | None = None) -> T:
        answer, _ = await self._connection.ask("GET", path, params)
        return _decoded(answer, kind)

    async def post(self, path: str, body: object, kind: type[T]) -> T:
        """Not idempotent, so it is sent again only where the shop surely did nothing with it."""
        return await self._write("POST", path, body, kind)

    async def send_once(self, method: str, path: str, body: object) -> Answer:
        """Whatever the shop answers, to a request that is never repeated here. Raises SourceUnavailable, SourceMalformed."""
        return await self._connection.send_once(method, path, msgspec.json.encode(body))

    async def ask(self, path: str, params: Params | None = None) -> tuple[Answer, datetime]:
        """A question's answer with its headers and its status, whatever it is, and the moment from which it is true."""
        return await self._connection.ask("GET", path, params)

    async def put(self, path: str, body: object, kind: type[T]) -> T:
        return await self._write("PUT", path, body, kind)

    async def delete(self, path: str, params: Params | None = None) -> bool:
        """Whether there was something to delete."""
        answer, _ = await self._connection.ask("DELETE", path, params)
        if answers.is_absent(answer):
            return False
        answers.json_body(answer)
        return True

    async def probe(self) -> ShopCapabilities:
        """Finds out what this shop is and what this key may do; changes nothing in the shop."""
        site = await self.get_json("/", SiteIndexPayload, {"_fields": _INDEX_FIELDS})
        if "wc/v3" not in site.namespaces:
            raise SourceMissing(self._connection.address, "this WordPress has no WooCommerce REST API", "Activate the plugin WooCommerce.")
        await self.get_page("products", {"per_page": 1, "_fields": "id"})
        self._capabilities = ShopCapabilities(
            site=site,
            https=self._connection.is_https,
            global_variations=await self._has_route("variations"),
            writable=await self._may_write(),
            companion=COMPANION in site.namespaces,
        )
        return self._capabilities

    async def _has_route(self, path: str) -> bool:
        try:
            await self.get_page(path, {"per_page": 1, "_fields": "id"})
        except SourceMissing:
            return False
        return True

    async def _may_write(self) -> bool:
        """A batch of nothing: WooCommerce looks at the key before it looks at the batch."""
        try:
            await self.post("products/batch", {}, msgspec.Raw)
        except SourceRefused:
            return False
        return True

    async def _write(self, method: str, path: str, body: object, kind: type[T]) -> T:
        answer, _ = await self._connection.ask(method, path, None, msgspec.json.encode(body))
        return _decoded(answer, kind)


def _page(answer: Answer, started_at: datetime, number: int) -> Page:
    return Page(
        body=answers.json_body(answer),
        started_at=started_at,
        address=answer.address,
        number=number,
        total=_whole_number(answer.headers.get("x-wp-total")),
        pages=_whole_number(answer.headers.get("x-wp-totalpages")),
    )


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _decoded(answer: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answers.json_body(answer), type=kind)
    except msgspec.DecodeError as error:
        raise answers.malformed(answer, f"the answer has an unexpected form: {error}") from None


async def _cancel(tasks: Iterable[asyncio.Task[Page]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
