"""/: a page for people; programs are told that there is nothing."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from api.home_page import home_headers, home_page
from api.rest.health import State, readiness
from api.services import Services
from spoina.settings import Settings


def home_route(settings: Settings) -> HTTPRouteHandler:
    query_page, demo = settings.development, settings.demo_file is not None

    @get("/", include_in_schema=False)
    async def home(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Response[bytes]:
        """For everybody. 503 where /health/ready says so."""
        if request.accept.best_match(["application/json", "text/html"]) != "text/html":
            raise NotFoundException
        found = await readiness(services)
        shown = home_page(found, request.headers.get("accept-language", ""), query_page=query_page, demo=demo)
        status = HTTPStatus.SERVICE_UNAVAILABLE if found.state is State.DOWN else HTTPStatus.OK
        return Response(shown, status_code=status, headers=home_headers(), media_type="text/html; charset=utf-8")

    return home
