"""/docs: the REST routes and the GraphQL schema, shown by a page of our own that loads nothing from elsewhere."""

from functools import cache
from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api.limits.routes import FREE
from api.pages import page
from api.problems import MEDIA_TYPE
from storefront.sdl import sdl

DESCRIPTION = (
    "Shops, apps and tills read the catalogue by GraphQL: POST /graphql, or /api/{version}/graphql.json for clients of the dialect. "
    "This page lists the routes beside it. Keys travel as 'Authorization: Bearer …'. Errors are problem details (RFC 9457)."
)


PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members name what the limit is, which lines are short, and the like.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "What to mend."},
        "reference": {"type": "string", "description": "Finds the error in the log."},
    },
    "additionalProperties": True,
}
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSED = {"description": "Refused, or failed: why", "content": _PROBLEM}
_THROTTLED = {
    "description": "Too much in too little time, or too many streams at once (docs/limits.md)",
    "headers": {"Retry-After": {"description": "Seconds; not where streams are too many", "schema": {"type": "integer"}}},
    "content": _PROBLEM,
}


class OwnPage(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return page("docs").body


class AsJson(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


class AsYaml(YamlRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, with_problems(openapi_schema))


def with_problems(described: dict[str, Any]) -> dict[str, Any]:
    """Every error is a problem, which Litestar does not know: it describes a 400 of its own form that is never sent."""
    described = _true(described)
    components = described.get("components", {})
    schemas = {**components.get("schemas", {}), "Problem": PROBLEM}
    paths = {path: {name: _answering(path, operation) for name, operation in each.items()} for path, each in described["paths"].items()}
    return {**described, "paths": paths, "components": {**components, "schemas": schemas}}


def _true(described: Any) -> Any:
    """Litestar reads tuple[T, ...] with a limit as a list of T or anything, of which a T is both and so, by oneOf, neither; and it writes
    bounds of whole numbers as fractions."""
    match described:
        case {"oneOf": [each, {**rest}], **more} if not rest:
            return _true({**each, **more})
        case dict():
            return {name: _whole(value) if name in BOUNDS else _true(value) for name, value in described.items()}
        case list():
            return [_true(each) for each in described]
        case _:
            return described


def _whole(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _answering(path: str, operation: object) -> object:
    if not isinstance(operation, dict):
        return operation
    answers = {status: answer for status, answer in operation.get("responses", {}).items() if status != "400"}
    throttled = {} if path.startswith(FREE) else {"429": _THROTTLED}
    return {**operation, "responses": {**answers, **throttled, "default": _REFUSED}}


def documentation(version: str) -> OpenAPIConfig:
    headers = [ResponseHeader(name=name, value=value) for name, value in page("docs").headers.items() if name != "content-type"]
    return OpenAPIConfig(
        title="Spoina",
        version=version,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"key": []}],
        render_plugins=[OwnPage(path="/"), AsJson(), AsYaml()],
        openapi_router=Router("/docs", route_handlers=[], response_headers=headers, include_in_schema=False),
    )


@get("/docs/schema.graphql", media_type="text/plain; charset=utf-8", tags=["operations"], summary="The GraphQL schema", security=[])
async def schema_text() -> str:
    """For everybody: the published SDL."""
    return _sdl()


@cache
def _sdl() -> str:
    """Made on the first request, because few processes are ever asked."""
    return sdl()
