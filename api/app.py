"""The composition root: one function says what the application is made of, from the outermost layer to the routes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from secrets import token_bytes

from litestar import Litestar, get
from litestar.di import Provide
from litestar.types import ASGIApp
from prometheus_client import CollectorRegistry

from api.askers import Askers
from api.availability.routes import AvailabilityRoutes
from api.cors import CrossOrigin
from api.customer_tokens import order_keys
from api.feed_routes import FeedRoutes
from api.feeding import feed_files
from api.hot_lane import LIVE, HotLane
from api.lifespan import Spoina
from api.logs import configure_logs
from api.metrics import RequestMetrics
from api.problems import answer_problem
from api.rest.availability import availability_routes
from api.rest.demo import demo_routes
from api.rest.documentation import documentation, schema_text
from api.rest.feeds import FeedDesk, feed_desk_routes
from api.rest.health import invariants, ready
from api.rest.home import home_route
from api.rest.monitoring import metrics_route
from api.rest.notices import companion_notice
from api.rest.order_pages import OrderPages, order_page_routes
from api.rest.orders import order_routes
from api.rest.outgoing import outgoing_routes
from api.rest.pos import till_routes
from api.rest.search import SearchDesk, search_routes
from api.rest.staff import staff_routes
from api.rest.stock import stock_routes
from api.rest.usage import usage_route
from api.rest.webhooks import woocommerce_webhook
from api.services import Services, open_services
from api.shutdown import end_with_parent_process
from api.tracing import TracedRequests, configured_tracer
from spoina.errors import MissingSettings
from spoina.orders.customers import OrderBook
from spoina.settings import Settings
from spoina.webhooks.service import Webhooks
from storefront.tracing import TracedStorefront

REST_BODY_BYTES = 1024 * 1024


def create_app(settings: Settings, services: Services) -> ASGIApp:
    """Tracing where it is configured, then the hot lane, then Litestar. `services` are open; who opened them closes them."""
    requests = CollectorRegistry()
    requests.register(services.usage.counters.answered)
    requests.register(services.usage.counters.cost)
    counted = RequestMetrics()
    requests.register(counted)
    requests.register(services.limits.refusals.counter)
    clients, limits = services.usage.clients, services.limits.clients
    availability = AvailabilityRoutes(services.keys, limits, services.offers, services.feed, services.availability)
    rest = Litestar(
        route_handlers=[
            home_route(settings),
            live,
            ready,
            invariants,
            metrics_route(requests),
            schema_text,
            woocommerce_webhook,
            companion_notice,
            *availability_routes(availability),
            *staff_routes(services.keys),
            *stock_routes(services.keys),
            usage_route(services.keys),
            *till_routes(services),
            *order_routes(services.keys),
            *order_page_routes(OrderPages(OrderBook(services.pool), order_keys(settings), services.carts.orders, services.reader)),
            *outgoing_routes(services.keys, Webhooks(services.pool, services.clock, token_bytes)),
            *search_routes(services.keys, SearchDesk(services.pool, services.search, services.clock)),
            *demo_routes(settings.demo_file),
            FeedRoutes(services.pool, feed_files(settings), services.clock).handler,
            *feed_desk_routes(services.keys, FeedDesk(services.pool, services.feed_items, services.clock)),
        ],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers={Exception: answer_problem},
        openapi_config=documentation(version("spoina")),
        request_max_body_size=REST_BODY_BYTES,
        logging_config=None,
    )
    origins = CrossOrigin(settings.cors_origins)
    tracer, storefronts = services.usage.tracer, services.storefronts
    answers = {channel: TracedStorefront(each, tracer) for channel, each in storefronts.items()} if tracer else storefronts
    askers = Askers(answers, services.keys, clients, limits)
    lane = HotLane(askers, availability, limits, origins, rest, counted, query_page=settings.development)
    return TracedRequests(lane, tracer) if tracer else lane


@get(LIVE, media_type="text/plain", tags=["operations"], summary="Is this process alive?", security=[])
async def live() -> str:
    """For everybody. Answers as long as the process does, whatever it stands on."""
    return "live"


def application(settings: Settings) -> Spoina:
    """What a server runs: opens the services when it starts. Raises MissingSettings without database or Redis."""
    if missing := [name for name, url in _urls(settings).items() if not url]:
        raise MissingSettings(missing)
    return Spoina(partial(_opened, settings))


def from_environment() -> Spoina:
    """For servers that are given an import string: `uvicorn --factory api.app:from_environment`."""
    settings = Settings.from_env(os.environ)
    configure_logs(development=settings.development)
    end_with_parent_process()
    return application(settings)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[ASGIApp]:
    async with open_services(settings, settings.database_url or "", settings.redis_url or "", configured_tracer()) as services:
        yield create_app(settings, services)


def _urls(settings: Settings) -> dict[str, str | None]:
    return {"SPOINA_DATABASE_URL": settings.database_url, "SPOINA_REDIS_URL": settings.redis_url}
