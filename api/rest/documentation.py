"""/docs: the REST routes and the GraphQL schema, shown by a page of our own that loads nothing from elsewhere."""

from functools import cache
from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api.pages import page
from storefront.sdl import sdl

DESCRIPTION = (
    "Shops, apps and tills read the catalogue by GraphQL: POST /graphql, or /api/{version}/graphql.json for clients of the dialect. "
    "This page lists the routes beside it. Keys travel as 'Authorization: Bearer …'. Errors are problem details (RFC 9457)."
)


class OwnPage(OpenAPIRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return page("docs").body


def documentation(version: str) -> OpenAPIConfig:
    headers = [ResponseHeader(name=name, value=value) for name, value in page("docs").headers.items() if name != "content-type"]
    return OpenAPIConfig(
        title="Spoina",
        version=version,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"key": []}],
        render_plugins=[OwnPage(path="/"), YamlRenderPlugin()],
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
