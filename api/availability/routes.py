"""`/v1/availability`: one code, a batch, or a stream. On the hot lane; api/rest/availability.py documents them."""

from collections.abc import AsyncIterator, Iterable, Mapping
from urllib.parse import parse_qsl

from litestar.exceptions import MethodNotAllowedException
from litestar.types import HTTPScope, Receive, Send

from api.authentication import admit, presented_token
from api.availability.answers import EncodedAnswers
from api.availability.requests import MOST_CODES, Batch, Question, asked_by, parse_batch, question_of_batch, question_of_one
from api.availability.stream import QUIET, EventStream, Stream, followed_by
from api.bodies import read_body
from api.limits.clients import ClientLimits
from api.plain import JSON, Answer, text_of
from spoina.access.rules import may
from spoina.access.service import KeyRing
from spoina.access.types import Key, Scope
from spoina.errors import Forbidden, NotFound
from spoina.inventory.changes import ChangeFeed
from spoina.inventory.offers import OfferReader
from storefront.requests import Headers

PATH = "/v1/availability"
ONE = f"{PATH}/"
STREAM = f"{PATH}/stream"
ONE_TEMPLATE = f"{PATH}/{{code}}"
BODY_BYTES = 128 * 1024
NOBODY = b'"items":[]'


class AvailabilityRoutes:
    def __init__(self, keys: KeyRing, limits: ClientLimits, offers: OfferReader, feed: ChangeFeed, answers: EncodedAnswers) -> None:
        self._keys, self._limits, self._offers, self._feed, self._answers = keys, limits, offers, feed, answers

    async def answer(self, scope: HTTPScope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        """Raises what makes a problem."""
        key = await self._limits.admit(scope, headers, Scope.AVAILABILITY_READ)
        self._limits.of(key, scope, headers).pay(1)
        if scope["path"].startswith(ONE):
            _allow(scope, "GET")
            return await self.one(scope["path"].removeprefix(ONE), dict(_parameters(scope)), key)
        _allow(scope, "POST")
        body = await read_body(receive, headers.get(b"content-length"), BODY_BYTES)
        if (known := self._answers.repeated(key.kind, body)) is not None:
            return Answer(200, known, JSON)
        batch = parse_batch(body)
        if (made := self._again(batch, key)) is not None:
            self._answers.remember(key.kind, body, made)
            return Answer(200, made, JSON)
        return await self.batch(batch, key)

    async def admitted(self, headers: Mapping[bytes, bytes]) -> Key:
        return await admit(self._keys, headers, Scope.AVAILABILITY_READ)

    async def batch(self, batch: Batch, key: Key) -> Answer:
        return await self._answered(question_of_batch(batch, key, self._offers.locations), key)

    def _again(self, batch: Batch, key: Key) -> bytes | None:
        if batch.explain or not 0 < len(batch.codes) <= MOST_CODES:
            return None
        return self._answers.again(asked_by(key, batch.channel, batch.location, self._offers.locations), batch.codes)

    async def one(self, code: str, parameters: Mapping[str, str], key: Key) -> Answer:
        answer = await self._answered(question_of_one(code, parameters, key, self._offers.locations), key)
        if NOBODY in answer.body:
            raise NotFound("variant with the code", code)
        return answer

    async def _answered(self, question: Question, key: Key) -> Answer:
        if question.explain and not may(key.kind, Scope.AVAILABILITY_EXPLAIN):
            raise Forbidden(Scope.AVAILABILITY_EXPLAIN)
        return Answer(200, await self._answers.answer(question), JSON)

    async def stream(self, scope: HTTPScope, receive: Receive, send: Send, further: Headers) -> None:
        """Raises what makes a problem before the stream begins, and nothing afterwards."""
        _allow(scope, "GET")
        headers = dict(scope["headers"])
        key = await self.admitted(headers)
        since = text_of(headers.get(b"last-event-id"))
        stream = self._followed(_parameters(scope), since, key)
        token = presented_token(headers) or ""
        line = EventStream(stream, lambda: self._still_valid(token), send)
        stream.tell_at_once(line.send_at_once)
        await line.run(receive, further)

    async def events(self, given: Iterable[tuple[str, str]], since: str | None, key: Key) -> AsyncIterator[bytes]:
        stream = self._followed(given, since, key)
        try:
            async for event in stream.events():
                yield QUIET if event is None else event
        finally:
            stream.end()

    def _followed(self, given: Iterable[tuple[str, str]], since: str | None, key: Key) -> Stream:
        wanted = followed_by(given, since, key, self._offers.locations)
        return Stream(self._feed.follow(wanted.asked, wanted.codes, wanted.since), self._feed, self._answers)

    async def _still_valid(self, token: str) -> bool:
        return await self._keys.find(token) is not None


def _allow(scope: HTTPScope, method: str) -> None:
    if scope["method"] != method:
        raise MethodNotAllowedException(headers={"allow": f"{method}, OPTIONS"})


def _parameters(scope: HTTPScope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
