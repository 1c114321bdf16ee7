"""The storefront as one object: a request goes in, an answer with its status, headers and bytes comes out. No web framework is needed.

storefront = Storefront(ports, trusted=load_trusted(schema, operations_folder()))
answer = await storefront.post(body, content_type)
answer = await storefront.get(query_parameters, if_none_match)
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
from inspect import isawaitable
from types import CoroutineType, NoneType
from typing import TypeGuard

import msgspec
from graphql import ExecutionResult, Executor, GraphQLSchema, create_source_event_stream, execute

from projection import Performed, State
from spoina.errors import NotFound
from spoina.usage.tally import Tally
from spoina.usage.types import NOTHING, Client, Ending, Path
from storefront.caching import for_shared_caches, tag_of
from storefront.callers import READER, Caller
from storefront.context import Context
from storefront.documents import Documents, Operation, Prepared, is_mutation, is_subscription
from storefront.errors import Code, Problem, Refused, problem_of
from storefront.limits import DEFAULT_LIMITS, Limits
from storefront.place import InContext
from storefront.ports import Ports
from storefront.requests import GraphQLRequest, GraphQLResponse, Headers, parse_get, parse_post
from storefront.reuse import LARGEST_REQUEST, Key, Reuse, get_key, next_boundary, post_key
from storefront.search_fields import UnknownField
from storefront.throttling import pay_for_operation

_JSON = (b"content-type", b"application/json; charset=utf-8")
_UNCACHED: Headers = (_JSON, (b"cache-control", b"no-store"))
_PLAIN = frozenset({str, int, float, bool, NoneType, dict, list, tuple})
_encoder = msgspec.json.Encoder()
_REUSED, _ANSWERED = Path.REUSED, Ending.ANSWERED
"""Reading an enum's member takes Python 3.11 as long as counting."""


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    requested: int
    maximum: int


class Extensions(msgspec.Struct, frozen=True, omit_defaults=True):
    cost: Cost
    search: tuple[UnknownField, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What a run came to. `data` is a Struct of a compiled document or graphql-core's dict: they are encoded to the same bytes."""

    data: object
    context: Context
    problems: tuple[Problem, ...] = ()
    status: int = 200
    path: Path = Path.COMPILED

    @property
    def ending(self) -> Ending:
        return Ending.WITH_ERRORS if self.problems else Ending.ANSWERED


class Storefront:
    """Serves one catalogue. `trusted` are documents by hash; with `trusted_only` no other text is served. `tally`: where requests are
    counted, together with others'."""

    def __init__(
        self,
        schema: GraphQLSchema,
        ports: Ports,
        *,
        trusted: Mapping[str, Prepared],
        tally: Tally | None = None,
        limits: Limits = DEFAULT_LIMITS,
        trusted_only: bool = False,
        introspection: bool = False,
    ) -> None:
        self._schema, self._ports, self._limits, self._tally = schema, ports, limits, tally or Tally()
        self._reuse = Reuse(ports)
        self._documents = Documents(schema, trusted, limits, trusted_only=trusted_only, introspection=introspection)

    def again(self, body: bytes, content_type: str, client: Client) -> GraphQLResponse | None:
        """What was answered to the same bytes before, while nothing has changed. None: `post` makes the answer."""
        # As post_key and _given_again have it, written out: an answer that is ready costs little more than the functions on its way.
        if len(body) > LARGEST_REQUEST:
            return None
        kept = self._reuse.find((content_type, body))
        if kept is not None:
            self._tally.count(kept.use, client, _REUSED, _ANSWERED, kept.cost)
        return kept

    async def post(self, body: bytes, content_type: str = "application/json", caller: Caller = READER) -> GraphQLResponse:
        if kept := self.again(body, content_type, caller.client):
            return kept
        try:
            request = parse_post(body, content_type, limit=self._limits.body_bytes)
        except Refused as refusal:
            return self._refusal(refusal, caller)
        return await self.execute(request, post_key(body, content_type), caller)

    async def get(self, parameters: Mapping[str, str], if_none_match: str | None = None, caller: Caller = READER) -> GraphQLResponse:
        key = get_key(parameters)
        response = self._given_again(key, caller.client)
        if response is None:
            try:
                request = parse_get(parameters)
            except Refused as refusal:
                return self._refusal(refusal, caller)
            response = await self.execute(request, key, caller)
        return for_shared_caches(response, if_none_match, self._ports.clock())

    async def execute(self, request: GraphQLRequest, key: Key | None = None, caller: Caller = READER) -> GraphQLResponse:
        """`key` names the request among the answers that may be given again."""
        standing = self._reuse.standing()
        try:
            prepared = self._documents.find(request)
            operation = prepared.operation(request.operation_name)
            cost = _affordable(request, operation)
            pay_for_operation(caller, cost.requested, mutation=is_mutation(operation))
            outcome = await self._outcome(prepared, operation, request, caller)
        except Refused as refusal:
            return self._refusal(refusal, caller)
        use = operation.use.of(request.variables)
        self._tally.count(use, caller.client, outcome.path, outcome.ending, cost.requested)
        body = _body(outcome, Extensions(cost, tuple(outcome.context.search_warnings)))
        if outcome.problems:
            return GraphQLResponse(status=outcome.status, body=body, headers=_UNCACHED)
        if not operation.public or outcome.context.degraded:
            return GraphQLResponse(status=200, body=body, headers=_UNCACHED)
        headers = _cached(body) if request.over_get and prepared.trusted else _UNCACHED
        response = GraphQLResponse(
            status=200, body=body, headers=headers, until=next_boundary(outcome.context), use=use, cost=cost.requested
        )
        if key:
            self._reuse.keep(key, response, standing, outcome.context)
        return response

    async def subscribe(self, request: GraphQLRequest, caller: Caller = READER) -> AsyncIterator[bytes]:
        """The answers of a subscription, one for each event, or the one answer to anything else. Raises Refused."""
        try:
            return await self._subscribed(request, caller)
        except Refused:
            self._tally.count(NOTHING, caller.client, Path.NOWHERE, Ending.REFUSED, 0)
            raise

    async def _subscribed(self, request: GraphQLRequest, caller: Caller) -> AsyncIterator[bytes]:
        prepared = self._documents.find(request)
        operation = prepared.operation(request.operation_name)
        if not is_subscription(operation):
            return _once((await self.execute(request, None, caller)).body)
        cost = _affordable(request, operation, over_socket=True)
        pay_for_operation(caller, cost.requested, mutation=False)
        executor = Executor.build(
            self._schema,
            prepared.document,
            context_value=self._context(operation, request, caller),
            raw_variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isinstance(executor, list):
            raise self._refused(ExecutionResult(None, executor))
        source = create_source_event_stream(executor)
        events = await source if isawaitable(source) else source
        if isinstance(events, ExecutionResult):
            raise self._refused(events)
        path = Path.COMPILED if operation.projection.state is State.COMPILED else Path.CORE
        self._tally.count(operation.use.of(request.variables), caller.client, path, Ending.ANSWERED, cost.requested)
        return self._answers(prepared, aiter(events), request, caller, cost)

    async def _answers(
        self, prepared: Prepared, events: AsyncIterator[object], request: GraphQLRequest, caller: Caller, cost: Cost
    ) -> AsyncIterator[bytes]:
        extensions = Extensions(cost)
        try:
            async for event in events:
                yield _body(await self._outcome_of(event, prepared, request, caller), extensions)
                del event
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    async def _outcome_of(self, event: object, prepared: Prepared, request: GraphQLRequest, caller: Caller) -> Outcome:
        """Each event has a context of its own: its moment, and nothing remembered from the one before."""
        operation = prepared.operation(request.operation_name)
        context = self._context(operation, request, caller)
        data = await operation.projection.run(request.variables, context, event)
        if data is not None:
            return Outcome(data, context)
        result = await self._run(prepared, request, context, event)
        return Outcome(result.data, context, self._problems(result))

    def _given_again(self, key: Key | None, client: Client) -> GraphQLResponse | None:
        kept = self._reuse.find(key) if key else None
        if kept is not None:
            self._tally.count(kept.use, client, _REUSED, _ANSWERED, kept.cost)
        return kept

    def _refusal(self, refusal: Refused, caller: Caller) -> GraphQLResponse:
        self._tally.count(NOTHING, caller.client, Path.NOWHERE, Ending.REFUSED, 0)
        return response_to(refusal)

    def _refused(self, result: ExecutionResult) -> Refused:
        problems = self._problems(result)
        return Refused(problems[0].extensions.code, problems[0].message, problems=problems)

    def _problems(self, result: ExecutionResult) -> tuple[Problem, ...]:
        return tuple(problem_of(error, self._ports.new_reference) for error in result.errors or ())

    async def _outcome(self, prepared: Prepared, operation: Operation, request: GraphQLRequest, caller: Caller) -> Outcome:
        """The compiled document's, or graphql-core's where there is none or it gave up."""
        context = self._context(operation, request, caller)
        performed = Performed() if is_mutation(operation) else None
        data = await operation.projection.run(request.variables, context, performed)
        if data is not None:
            return Outcome(data, context)
        context = self._context(operation, request, caller)
        result = await self._run(prepared, request, context, performed)
        return Outcome(result.data, context, self._problems(result), _status(result), Path.CORE)

    def _context(self, operation: Operation, request: GraphQLRequest, caller: Caller = READER) -> Context:
        try:
            return Context(self._ports, InContext.of(operation.node, request.variables), caller)
        except NotFound as error:
            raise Refused(Code.UNAVAILABLE, str(error), status=503) from None

    async def _run(self, prepared: Prepared, request: GraphQLRequest, context: Context, root: object) -> ExecutionResult:
        """`root`: a subscription's event, or what a mutation did already."""
        result = execute(
            self._schema,
            prepared.document,
            root_value=root,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
            is_awaitable=_is_awaitable,
        )
        return await result if isawaitable(result) else result


def _is_awaitable(value: object) -> TypeGuard[Awaitable[object]]:
    """Asked twice for each field, mostly of plain values: a tenth of the whole time with graphql-core's own test."""
    kind = type(value)
    return kind not in _PLAIN and (kind is CoroutineType or hasattr(value, "__await__"))


def response_to(refusal: Refused) -> GraphQLResponse:
    body = _encoder.encode({"errors": refusal.problems})
    return GraphQLResponse(status=refusal.status, body=body, headers=(*_UNCACHED, *refusal.headers))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _affordable(request: GraphQLRequest, operation: Operation, *, over_socket: bool = False) -> Cost:
    if is_subscription(operation) and not over_socket:
        raise Refused(Code.BAD_REQUEST, "a subscription needs a WebSocket at /graphql (graphql-transport-ws)")
    if request.over_get and is_mutation(operation):
        raise Refused(Code.METHOD_NOT_ALLOWED, "a mutation needs POST", status=405, headers=((b"allow", b"POST"),))
    cost = operation.measure.cost(request.variables)
    if cost > operation.maximum:
        raise Refused(Code.LIMIT_EXCEEDED, f"query: costs {cost}, at most {operation.maximum} is served; ask for fewer items")
    return Cost(cost, operation.maximum)


def _body(outcome: Outcome, extensions: Extensions) -> bytes:
    if outcome.problems:
        return _encoder.encode({"errors": outcome.problems, "data": outcome.data, "extensions": extensions})
    return _encoder.encode({"data": outcome.data, "extensions": extensions})


def _status(result: ExecutionResult) -> int:
    """400 when nothing ran because a variable was wrong; an answer with partial data is an answer."""
    refused = result.data is None and result.errors and all(error.path is None for error in result.errors)
    return 400 if refused else 200


def _cached(body: bytes) -> Headers:
    return _JSON, (b"etag", tag_of(body).encode())
