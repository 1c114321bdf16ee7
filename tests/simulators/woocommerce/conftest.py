from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from simulators.woocommerce.app import create_app
from simulators.woocommerce.catalogue import Catalogue, recorded_catalogue
from simulators.woocommerce.generator import Scale, generated_catalogue
from simulators.woocommerce.shop import DEMO_KEY, Shop, ShopSettings, create_shop
from tests.serving import serving


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Receiver:
    """Takes deliveries and answers what it is told to."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.received: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        self.received.append((url, headers, body))
        return self.status

    def topics(self) -> list[str]:
        return [headers.get("X-WC-Webhook-Topic", "ping") for _, headers, _ in self.received]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Read once: a shop lays its changes over the catalogue and never changes it."""
    return recorded_catalogue()


@pytest.fixture
def shop(catalogue: Catalogue, clock: Hands) -> Shop:
    return create_shop(catalogue, clock=clock)


@pytest.fixture
def generated(clock: Hands) -> Callable[..., Shop]:
    def make(products: int, **settings: object) -> Shop:
        return create_shop(generated_catalogue(Scale(products)), ShopSettings(**settings), clock)

    return make


@pytest.fixture
async def api(shop: Shop, receiver: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the full key, over what the shop takes for TLS. The queue runs only when a test runs it."""
    async with connected("http://127.0.0.1:8081", httpx.ASGITransport(create_app(shop, receiver))) as client:
        yield client


@pytest.fixture
async def served(shop: Shop, receiver: Receiver) -> AsyncIterator[httpx.AsyncClient]:
    """The same over a real connection."""
    async with serving(create_app(shop, receiver), lifespan="on") as address, connected(address) as client:
        yield client


def connected(address: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{address}/wp-json/wc/v3",
        auth=(DEMO_KEY.key, DEMO_KEY.secret),
        headers={"x-forwarded-proto": "https"},
        trust_env=False,
        verify=False,
        transport=transport,
    )
