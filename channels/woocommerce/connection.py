"""One shop's HTTP connection: signed requests, whole answers, as many attempts as are worth while, no answer out of a cache."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import httpx

from channels.woocommerce import answers
from channels.woocommerce.answers import LARGEST_ANSWER, Answer
from channels.woocommerce.pacing import Pace, seconds_asked_for
from channels.woocommerce.signing import signer
from spoina.clock import Clock
from spoina.errors import InvalidInput, SourceError, SourceMalformed, SourceUnavailable
from spoina.settings import WooCommerceSettings

Params = Mapping[str, object]
"""Values are sent as str() writes them."""

USER_AGENT: Final = "Spoina (WooCommerce channel)"
_TIMEOUT: Final = httpx.Timeout(connect=10, read=60, write=30, pool=None)
_KEEP_ALIVE_SECONDS: Final = 4
"""Below Apache's 5: a connection that the server is just closing would lose the next request."""
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class ShopConnection:
    """Paths are relative to `wc/v3`, one that begins with a slash to `/wp-json`. The key works under `wc/` and `wc-…/` only and
    is not shown elsewhere: WordPress would take it for an application password and refuse even what everybody may read."""

    def __init__(
        self,
        settings: WooCommerceSettings,
        *,
        transport: httpx.AsyncBaseTransport | None,
        clock: Clock,
        pace: Pace,
        nonce: Callable[[], str],
    ) -> None:
        self._root = _root(settings.url)
        self._clock, self._pace, self._nonce = clock, pace, nonce
        self._sign = signer(settings, clock, nonce)
        self._caches_answer = False
        self.http = _http_client(settings, transport)

    @property
    def address(self) -> str:
        return _address(self._root)

    @property
    def is_https(self) -> bool:
        return self._root.startswith("https://")

    async def send_once(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """The shop's answer, whatever its status, to a request that is sent at most once: for who cannot bear it done twice. Raises
        SourceUnavailable (`sent`: whether the shop may have got it), SourceMalformed."""
        await self._pace.turn()
        try:
            return await self._send(method, path, None, body)
        except httpx.RequestError as error:
            raise self._unreachable(path, error) from None

    async def ask(self, method: str, path: str, params: Params | None = None, body: bytes | None = None) -> tuple[Answer, datetime]:
        """The shop's answer, whatever its status, and the moment from which it is true. Raises SourceUnavailable, SourceMalformed.

        A cache in front of the shop (a plugin's, a CDN's) shows by its Age header; from then on each question is unlike any asked before.
        """
        answer, started_at = await self._persist(method, path, params, body)
        if _age(answer) and not self._caches_answer:
            self._caches_answer = True
            answer, started_at = await self._persist(method, path, params, body)
        return answer, started_at - _age(answer)

    async def lines(self, path: str, params: Params) -> AsyncGenerator[bytes]:
        """The whole lines of an answer as they come, asked for once. Raises SourceUnavailable (also where it breaks off), SourceRefused,
        SourceMissing, SourceMalformed."""
        await self._pace.turn()
        url, headers = self._addressed("GET", path, params)
        try:
            async with self.http.stream("GET", url, headers=headers) as response:
                if response.status_code >= 300:
                    raise await self._refused("GET", response)
                async for line in _whole_lines(response):
                    yield line
        except httpx.RequestError as error:
            raise self._unreachable(path, error) from None

    async def _refused(self, method: str, response: httpx.Response) -> SourceError:
        answer = await _answer_of(method, response)
        if answers.asks_for_quiet(answer):
            self._pace.quiet(1, seconds_asked_for(answer.headers.get("retry-after"), self._clock()))
        return answers.refusal(answer)

    async def back_off(self, attempt: int) -> None:
        await self._pace.back_off(attempt)

    async def _persist(self, method: str, path: str, params: Params | None, body: bytes | None) -> tuple[Answer, datetime]:
        attempt = 1
        while True:
            await self._pace.turn()
            started_at = self._clock()
            try:
                answer = await self._send(method, path, params, body)
            except httpx.RequestError as error:
                if attempt >= self._pace.attempts or not _may_repeat(method, error):
                    raise self._unreachable(path, error) from None
                await self._pace.back_off(attempt)
            else:
                if not _is_worth_repeating(answer):
                    return answer, started_at
                await self._wait_or_give_up(answer, attempt)
            attempt += 1

    async def _wait_or_give_up(self, answer: Answer, attempt: int) -> None:
        retry_after = seconds_asked_for(answer.headers.get("retry-after"), self._clock())
        if attempt >= self._pace.attempts:
            raise SourceUnavailable(
                answer.address,
                f"the shop answered {answer.status}, {attempt} times",
                "It is overloaded, limits requests or is being updated; Spoina asks again later by itself.",
                retry_after,
            )
        if answers.asks_for_quiet(answer):
            self._pace.quiet(attempt, retry_after)
        else:
            await self._pace.back_off(attempt)

    async def _send(self, method: str, path: str, params: Params | None, body: bytes | None) -> Answer:
        asked, headers = self._addressed(method, path, params)
        if body is not None:
            headers["Content-Type"] = "application/json"
        async with self.http.stream(method, asked, content=body, headers=headers) as response:
            return await _answer_of(method, response)

    def _addressed(self, method: str, path: str, params: Params | None) -> tuple[str, dict[str, str]]:
        """The whole address with its query, and the headers that sign it."""
        url = f"{self._root}{path}" if path.startswith("/") else f"{self._root}/wc/v3/{path}"
        query = [(name, str(value)) for name, value in (params or {}).items()]
        if self._caches_answer and method == "GET":
            query.append(("_", self._nonce()))
        headers, signed = self._sign(method, url, query) if _takes_key(path) else ({}, query)
        return f"{url}?{urlencode(signed, quote_via=quote)}" if signed else url, headers

    def _unreachable(self, path: str, error: httpx.RequestError) -> SourceUnavailable:
        """Only the error's kind is told: its text may hold the address that was asked, signature and all."""
        reason, remedy = _REASONS.get(
            type(error), (f"the connection failed ({type(error).__name__})", "Spoina asks again later by itself.")
        )
        return SourceUnavailable(f"{self.address} ({path})", reason, remedy, sent=not isinstance(error, _NEVER_SENT))


_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)


def _takes_key(path: str) -> bool:
    return not path.startswith("/") or path.startswith("/wc-")


_REASONS: Final = {
    httpx.ConnectError: (
        "no connection",
        "Check the shop's address, that it is up, that its certificate is valid, and that this machine may reach it.",
    ),
    httpx.ConnectTimeout: ("no connection in time", "Check the shop's address and that this machine may reach it."),
    httpx.ReadTimeout: ("no answer in time", "The shop is overloaded; Spoina asks again later by itself."),
    httpx.RemoteProtocolError: ("the shop broke off its answer", "PHP ran out of memory or time; look into the shop's error log."),
    httpx.DecodingError: ("the answer's compression is broken", "Look for a plugin or proxy that compresses twice."),
}


def _http_client(settings: WooCommerceSettings, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """On the same machine compressing costs more than sending, and a proxy of the environment cannot reach this machine's own shop."""
    near = urlsplit(settings.url).hostname in _LOOPBACK
    return httpx.AsyncClient(
        transport=transport,
        timeout=_TIMEOUT,
        limits=httpx.Limits(
            max_connections=settings.concurrency,
            max_keepalive_connections=settings.concurrency,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
        ),
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "identity" if near else "gzip",
            "Cache-Control": "no-cache",
            "User-Agent": USER_AGENT,
        },
        trust_env=not near,
    )


def _root(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput("SPOINA_WOOCOMMERCE_URL", "an address such as https://shop.example is needed")
    return f"{url.rstrip('/').removesuffix('/wp-json')}/wp-json"


def _address(url: str) -> str:
    """Without what may be secret: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def _answer_of(method: str, response: httpx.Response) -> Answer:
    address = _address(str(response.url))
    body = await _whole_body(response, address)
    return Answer(method=method, address=address, status=response.status_code, headers=response.headers, body=body)


async def _whole_lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """What follows the last line's end was cut off."""
    rest = b""
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
        if len(rest) > LARGEST_ANSWER:
            raise _too_large(_address(str(response.url)))


async def _whole_body(response: httpx.Response, address: str) -> bytes:
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise _too_large(address)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(address: str) -> SourceMalformed:
    return SourceMalformed(
        address,
        f"the answer is larger than {LARGEST_ANSWER >> 20} MB",
        "A plugin puts far too much into the shop's answers; find it by the size of /wp-json/wc/v3/products?per_page=1.",
    )


def _may_repeat(method: str, error: httpx.RequestError) -> bool:
    return method != "POST" or isinstance(error, _NEVER_SENT)


def _is_worth_repeating(answer: Answer) -> bool:
    """A POST only where the shop surely did nothing with it: not after a 500 that may have come once the work was done."""
    return answers.is_worth_another_try(answer) and (answer.method != "POST" or answers.asks_for_quiet(answer))


def _age(answer: Answer) -> timedelta:
    age = answer.headers.get("age", "")
    return timedelta(seconds=int(age)) if answer.method == "GET" and age.isdecimal() and len(age) < 9 else timedelta(0)
