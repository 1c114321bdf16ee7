"""/demo: a web shop, a phone and a till side by side, each a client of its own. Only a demo has it: it hands out the demo's keys."""

from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from api.demo.folder import Demo, read_demo
from api.pages import page
from spoina.errors import NotFound


class Clients(msgspec.Struct, frozen=True):
    """A key for each of the three."""

    web: str
    phone: str
    till: str


def demo_routes(demo_file: Path | None) -> list[HTTPRouteHandler]:
    if demo_file is None:
        return []

    @get("/demo", include_in_schema=False, sync_to_thread=False)
    def demo_page() -> Response[bytes]:
        """For everybody."""
        shown = page("demo", _running(demo_file).shop)
        return Response(shown.body, headers=shown.headers, media_type=shown.headers["content-type"])

    @get("/demo/clients", include_in_schema=False, sync_to_thread=False)
    def clients() -> Response[Clients]:
        """For everybody who reaches the demo, which listens to its own computer only."""
        keys = _running(demo_file).keys
        return Response(Clients(web=keys.web, phone=keys.app, till=keys.till), headers={"cache-control": "no-store"})

    return [demo_page, clients]


def _running(demo_file: Path) -> Demo:
    if (demo := read_demo(demo_file)) is None:
        raise NotFound("demo", "before it has started: wait until it prints its addresses")
    return demo
