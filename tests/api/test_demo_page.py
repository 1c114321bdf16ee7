"""/demo over HTTP: only a demo has it."""

from pathlib import Path

import msgspec

from api.app import create_app
from api.demo.folder import Demo, Keys
from api.services import Services
from spoina.settings import Settings
from tests.api.conftest import served

RUNNING = Demo(
    api="http://127.0.0.1:1",
    graphql="http://127.0.0.1:1/graphql",
    shop="http://127.0.0.1:2",
    shop_key="ck",
    shop_secret="cs",
    keys=Keys(web="w", app="a", pos="p", staff="s", till="t"),
)


async def test_a_demo_shows_its_page_and_hands_out_three_keys(settings: Settings, services: Services, tmp_path: Path):
    file = tmp_path / "demo.json"
    async with served(create_app(msgspec.structs.replace(settings, demo_file=file), services)) as client:
        assert (await client.get("/demo")).status_code == 404
        file.write_bytes(msgspec.json.encode(RUNNING))
        page, keys = await client.get("/demo"), await client.get("/demo/clients")
    policy = page.headers["content-security-policy"]
    assert (page.status_code, page.headers["content-type"], "img-src data: http://127.0.0.1:2;" in policy) == (
        200,
        "text/html; charset=utf-8",
        True,
    )
    assert "unsafe" not in policy
    assert (keys.json(), keys.headers["cache-control"]) == ({"web": "w", "phone": "a", "till": "t"}, "no-store")


async def test_nothing_else_has_it(settings: Settings, services: Services):
    async with served(create_app(settings, services)) as client:
        assert [(await client.get(path)).status_code for path in ("/demo", "/demo/clients")] == [404, 404]
