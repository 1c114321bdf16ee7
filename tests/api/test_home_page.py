"""/: a page for people who open the address, and for programs what it always was."""

import re
from html import escape

import httpx
import msgspec
import pytest

from api.app import create_app
from api.home_page import home_page
from api.rest.health import Check, Readiness, State
from api.services import Services
from spoina.settings import Settings
from tests.api.conftest import served

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept-language": "pl-PL,pl;q=0.9,en;q=0.8"}
LINK = re.compile(r'href="(/[^"]*)"')
POLISH = '<html lang="pl">'
ENGLISH = '<html lang="en">'


@pytest.mark.parametrize("accept", ["*/*", "application/json", "", "application/json, text/html;q=0.5", "text/html;q=much;;,"])
async def test_programs_hear_what_they_heard_before(client: httpx.AsyncClient, accept):
    answer = await client.get("/", headers={"accept": accept})
    wanted = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}
    if accept.startswith("text/html"):
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.headers["content-type"], answer.json()) == (404, "application/problem+json", wanted)


async def test_a_browser_is_shown_where_everything_stands(client: httpx.AsyncClient):
    shown = await client.get("/", headers=BROWSER)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert POLISH in shown.text
    assert "Działa, ale nie w pełni" in shown.text
    for check in (await client.get("/health/ready")).json()["checks"]:
        assert (escape(check["detail"]) in shown.text, f'<li class="{check["state"]}">' in shown.text) == (True, True)


async def test_the_page_loads_nothing_runs_nothing_and_is_kept_by_nobody(client: httpx.AsyncClient):
    shown = await client.get("/", headers=BROWSER)
    policy = shown.headers["content-security-policy"]
    assert (policy.startswith("default-src 'none'; script-src ;"), "style-src 'sha256-" in policy, "unsafe" in policy) == (
        True,
        True,
        False,
    )
    assert (shown.headers["cache-control"], shown.headers["vary"]) == ("no-store", "accept, accept-language")
    assert "<script" not in shown.text
    assert "//" not in shown.text.replace("<!doctype", "")


@pytest.mark.parametrize(
    ("accept_language", "spoken"),
    [
        ("pl", POLISH),
        ("pl-PL,en;q=0.8", POLISH),
        ("de-DE,de;q=0.9,pl;q=0.8,en;q=0.7", POLISH),
        ("en-GB,pl;q=0.5", ENGLISH),
        ("de", ENGLISH),
        ("", ENGLISH),
        ("plx, *", ENGLISH),
    ],
)
async def test_it_speaks_the_readers_language(client: httpx.AsyncClient, accept_language, spoken):
    assert spoken in (await client.get("/", headers={**BROWSER, "accept-language": accept_language})).text


@pytest.mark.parametrize(
    ("development", "demo", "wanted"),
    [
        (False, False, ["/docs", "/docs/schema.graphql", "/health/ready"]),
        (True, False, ["/docs", "/graphql", "/docs/schema.graphql", "/health/ready"]),
        (True, True, ["/demo", "/docs", "/graphql", "/docs/schema.graphql", "/health/ready"]),
    ],
)
async def test_it_leads_to_what_there_is(settings: Settings, services: Services, tmp_path, development, demo, wanted):
    own = msgspec.structs.replace(settings, development=development, demo_file=tmp_path / "demo.json" if demo else None)
    async with served(create_app(own, services)) as client:
        linked = LINK.findall((await client.get("/", headers=BROWSER)).text)
        there = [(await client.get(path, headers=BROWSER)).status_code for path in linked if path != "/demo"]
    assert (linked, set(there)) == (wanted, {200})


async def test_a_process_out_of_service_says_so_to_people_too(fragile_client: httpx.AsyncClient, fragile: Services):
    await fragile.pool.close()
    shown = await fragile_client.get("/", headers={**BROWSER, "accept-language": "en"})
    assert (shown.status_code, "Out of service" in shown.text) == (503, True)
    assert "does not answer (InterfaceError)" in shown.text


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("state", list(State))
async def test_there_are_words_for_each_check_and_state(client: httpx.AsyncClient, language, state):
    names = [check["name"] for check in (await client.get("/health/ready")).json()["checks"]]
    checks = tuple(Check(name, state, '<b title="&">') for name in names)
    shown = home_page(Readiness(state, checks), language, query_page=True, demo=True).decode()
    assert shown.count(f'<li class="{state.value}">') == len(names) == 5
    assert (shown.count("&lt;b title=&quot;&amp;&quot;&gt;"), "<b " in shown, "$" in shown) == (5, False, False)
