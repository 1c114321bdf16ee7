"""The state file, WordPress's public pages, and the pictures."""

from pathlib import Path

import httpx
import pytest
from lxml import etree

from simulators.woocommerce.app import create_app
from simulators.woocommerce.shop import create_shop
from tests.serving import serving
from tests.simulators.woocommerce.conftest import Hands, Receiver, connected


async def test_the_same_shop_is_there_after_a_restart(tmp_path: Path, clock: Hands, receiver: Receiver) -> None:
    state = tmp_path / "shop" / "state.json"
    async with serving(create_app(create_shop(clock=clock), receiver, state), lifespan="on") as address, connected(address) as api:
        hook = {"topic": "product.updated", "delivery_url": "http://127.0.0.1:9/", "secret": "sekret"}
        await api.post("/webhooks", json=hook)
        await api.put("/products/218", json={"name": "Zmieniony"})
        await api.delete("/products/11", params={"force": "true"})
        created = (await api.post("/products", json={"name": "Nowy"})).json()
        await api.post("/products/tags", json={"name": "zmiana"})
    shop = create_shop(clock=clock)
    async with serving(create_app(shop, receiver, state), lifespan="on") as address, connected(address) as api:
        changed = (await api.get("/products/218")).json()
        assert (changed["name"], (await api.get("/products/11")).status_code) == ("Zmieniony", 404)
        assert (await api.get(f"/products/{created['id']}")).json()["name"] == "Nowy"
        assert [hook["status"] for hook in (await api.get("/webhooks")).json()] == ["active"]
        assert (await api.post("/products", json={"name": "Dalej"})).json()["id"] > created["id"]
        assert (await api.get("/products/tags", params={"search": "zmiana"})).json()[0]["name"] == "zmiana"
    assert shop.webhooks.all[1].secret == "sekret"
    assert state.stat().st_mode & 0o077 == 0


@pytest.fixture
def public(served: httpx.AsyncClient) -> str:
    return str(served.base_url).partition("/wc/v3")[0]


async def test_pages_are_for_everybody(public: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as anonymous:
        pages = (await anonymous.get(f"{public}/wp/v2/pages")).json()
        [found] = (await anonymous.get(f"{public}/wp/v2/pages", params={"slug": "zwroty"})).json()
    assert [page["slug"] for page in pages] == ["regulamin", "dostawa", "zwroty", "o-nas", "cart", "checkout"]
    assert (found["title"], found["status"]) == ({"rendered": "Zwroty"}, "publish")


async def test_navigation_is_public_and_menus_are_not(public: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as anonymous:
        [navigation] = (await anonymous.get(f"{public}/wp/v2/navigation")).json()
        menus = await anonymous.get(f"{public}/wp/v2/menus")
    labels = etree.HTML(navigation["content"]["rendered"]).xpath("//span/text()")
    assert labels[-4:] == ["Regulamin", "Dostawa", "Zwroty", "O nas"]
    assert (menus.status_code, menus.json()["code"]) == (401, "rest_cannot_view")


async def test_every_picture_can_be_fetched_where_the_client_came_from(api: httpx.AsyncClient) -> None:
    products = (await api.get("/products", params={"include": "205,248,874"})).json()
    variation = (await api.get("/products/248/variations/347")).json()
    images = [image for product in products for image in product["images"]] + [variation["image"]]
    assert [len(product["images"]) for product in products] == [1, 4, 1]
    for image in images:
        host = f"https://{api.base_url.host}:{api.base_url.port}/"
        assert image["src"].startswith(host)
        drawn = await api.get(image["src"].replace("https:", "http:"))
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
        assert etree.fromstring(drawn.content).get("width") == "800"


async def test_a_picture_of_nothing_is_not_found(api: httpx.AsyncClient) -> None:
    root = str(api.base_url).partition("/wp-json")[0]
    for file in ("product-999999-0.svg", "cokolwiek.png"):
        assert (await api.get(f"{root}/wp-content/uploads/2026/11/{file}")).status_code == 404
