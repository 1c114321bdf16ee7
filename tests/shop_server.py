"""The simulated shop behind a real server: its tables at hand for silent changes, and a list of what was asked of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

from api.listening import listen
from simulators.woocommerce.app import create_app
from simulators.woocommerce.catalogue import Catalogue
from simulators.woocommerce.faults import Faults
from simulators.woocommerce.shop import DEMO_KEY, Shop, ShopSettings, create_shop
from spoina.settings import WooCommerceSettings
from tests.serving import serving


class ShopServer:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path below /wp-json/wc/v3/ and query of every request that read something, in the order of their coming."""
        self.before: Callable[[str, int], None] | None = None
        """Called with path and page before such a request is answered."""

    def settings(self, **more: object) -> WooCommerceSettings:
        return WooCommerceSettings(url=self.shop.settings.home, key=DEMO_KEY.key, secret=DEMO_KEY.secret, poll_seconds=1, **more)

    def change_silently(self, of: int, **fields: object) -> None:
        """What a plugin does that writes SQL: any value, no webhook, no new date unless one is given."""
        table = self.shop.products if of in self.shop.products else self.shop.variations
        table.put({**table.get(of), **fields})

    def misbehave(self, **faults: object) -> None:
        self.shop.dice.faults = Faults(**faults)

    def pages(self, path: str) -> list[int]:
        """The pages of a list that were asked for, in order."""
        return [int(query["page"]) for asked, query in self.asked if asked == path and "page" in query]

    def note(self, scope: dict) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
            path = scope["path"].removeprefix("/wp-json/wc/v3/")
            self.asked.append((path, query))
            if self.before is not None:
                self.before(path, int(query.get("page", 1)))


@asynccontextmanager
async def served_shop(
    catalogue: Catalogue | None = None, *, global_variations: bool = True, companion: bool = False, home: str = "http://127.0.0.1:0"
) -> AsyncIterator[ShopServer]:
    bound = listen("127.0.0.1", int(home.rpartition(":")[2]), "--port")
    home = f"http://127.0.0.1:{bound.getsockname()[1]}"
    server = ShopServer(create_shop(catalogue, ShopSettings(home=home, global_variations=global_variations, companion=companion)))
    application = create_app(server.shop)

    async def noted(scope, receive, send) -> None:
        server.note(scope)
        await application(scope, receive, send)

    async with serving(noted, bound, lifespan="on"):
        yield server
