"""The routes about availability as the documentation shows them. The hot lane answers them before they get here, from the same parts."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream

from api.availability.answers import AvailabilityAnswer
from api.availability.requests import MOST_CODES, Batch
from api.availability.routes import ONE, PATH, STREAM, AvailabilityRoutes
from api.availability.stream import MOST_FOLLOWED
from api.plain import Answer
from spoina.inventory.known_codes import CodeKind

TAG = ["availability"]
ANSWERED = {200: ResponseSpec(AvailabilityAnswer, description="What can be sold", generate_examples=False)}
Where = Annotated[str | None, QueryParameter(description="A location's code: only what can be sold or collected there.")]
Through = Annotated[str | None, QueryParameter(description="For staff keys: web, app or pos. Other keys have their own.")]
Why = Annotated[
    bool, QueryParameter(description="For till and staff keys: on hand, held, buffers, shares, in transit, and the rule that decided.")
]
Codes = Annotated[
    str | None, QueryParameter(description=f"Up to {MOST_FOLLOWED}, with commas between them; code= for one with a comma in it.")
]
Since = Annotated[
    str | None, HeaderParameter(name="last-event-id", description="The last event's id: what was missed since is sent first.")
]


def availability_routes(routes: AvailabilityRoutes) -> list[HTTPRouteHandler]:
    @post(PATH, status_code=200, tags=TAG, summary=f"What can be sold of up to {MOST_CODES} codes", responses=ANSWERED)
    async def of_codes(request: Request[Any, Any, Any], data: JSONBody[Batch]) -> Response[bytes]:
        """For every key, whose channel it is. Codes are SKUs, GTIN-8/12/13/14 or barcodes as the shop wrote them, mixed. Those that nobody
        carries are listed in `unknown`."""
        return _response(await routes.batch(data, await routes.admitted(dict(request.scope["headers"]))))

    @get(f"{ONE}{{code:str}}", tags=TAG, summary="What can be sold of one code", responses=ANSWERED)
    async def of_code(
        request: Request[Any, Any, Any],
        code: FromPath[str],
        kind: FromQuery[CodeKind | None] = None,
        location: Where = None,
        channel: Through = None,
        explain: Why = False,
    ) -> Response[bytes]:
        """For every key, whose channel it is. 404 where nobody carries the code."""
        return _response(await routes.one(code, dict(request.query_params), await routes.admitted(dict(request.scope["headers"]))))

    @get(STREAM, tags=TAG, summary="Follow what can be sold (server-sent events)", media_type="text/event-stream")
    async def stream(
        request: Request[Any, Any, Any],
        codes: Codes = None,
        code: FromQuery[list[str] | None] = None,
        location: Where = None,
        channel: Through = None,
        last_event_id: Since = None,
    ) -> Stream:
        """For every key. Event `snapshot`: everything followed; `change`: the newest state of each variant that changed. Changes within a
        tenth of a second come as one. A comment every 15 seconds says that the line stands."""
        key = await routes.admitted(dict(request.scope["headers"]))
        return Stream(routes.events(request.query_params.multi_items(), last_event_id, key))

    return [of_codes, of_code, stream]


def _response(answer: Answer) -> Response[bytes]:
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers={"cache-control": "no-store"})
