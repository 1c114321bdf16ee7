"""Crawlers are given what was published, and only that; staff see how feeds stand and why."""

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic

import httpx
import pytest
from litestar import Litestar
from prometheus_client import CollectorRegistry

from api.feed_metrics import feed_collectors
from api.feed_routes import FeedRoutes
from api.feeding import definitions, feed_files, feed_storage
from api.metrics import exposition
from api.problems import answer_problem
from api.rest.feeds import FeedDesk, feed_desk_routes
from feeds import observing, records
from feeds.building import Builder
from feeds.inspecting import FeedItems
from feeds.types import BasicAuth
from spoina.access.service import KeyRing
from spoina.access.types import KeyKind
from spoina.db import Pool
from spoina.settings import Settings
from tests.api.conftest import key_of, served
from tests.feeds.shop import NOW, SetClock, definition, good, open_shop, put_in

PLAIN = "/feeds/geheim/google-pl.xml"
PACKED = f"{PLAIN}.gz"
DEFINITION = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "google-pl.toml").write_text(f'{DEFINITION}[[filters]]\nname = "no bargains"\nprice_below = "15.00"\n')
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def crawler(own: Settings, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Only the routes of feeds, because the whole application takes longer to open than all of a test."""
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await build(own, pool)
    keys = KeyRing(pool, monotonic)
    desk = feed_desk_routes(keys, FeedDesk(pool, FeedItems(pool, definitions(own), lambda: NOW), lambda: NOW))
    handlers = [FeedRoutes(pool, feed_files(own), lambda: NOW).handler, *desk]
    application = Litestar(handlers, exception_handlers={Exception: answer_problem}, openapi_config=None, logging_config=None)
    async with served(application) as client:
        client.headers["accept-encoding"] = "identity"
        yield client


async def build(settings: Settings, pool: Pool, **more) -> None:
    await Builder(pool, feed_storage(settings), SetClock(), lambda: "geheim").build(definition(**more))


async def test_the_file_and_its_gzip(crawler):
    plain, packed = await crawler.get(PLAIN), await crawler.get(PACKED)
    assert (plain.status_code, packed.status_code) == (200, 200)
    assert gzip.decompress(packed.content) == plain.content
    assert plain.content.count(b"<item>") == 40
    assert (plain.headers["content-type"], packed.headers["content-type"]) == ("application/xml; charset=utf-8", "application/gzip")
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.headers["last-modified"] == "Mon, 02 Mar 2026 12:00:00 GMT"


async def test_a_crawler_that_takes_gzip_is_given_it(crawler):
    async with crawler.stream("GET", PLAIN, headers={"accept-encoding": "br, gzip"}) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "accept-encoding")
    assert gzip.decompress(raw) == (await crawler.get(PLAIN)).content


@pytest.mark.parametrize("address", [PLAIN, PACKED])
async def test_what_a_crawler_has_is_not_sent_again(crawler, address):
    first = await crawler.get(address)
    for header in ({"if-none-match": first.headers["etag"]}, {"if-modified-since": first.headers["last-modified"]}):
        again = await crawler.get(address, headers=header)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    for header in ({"if-none-match": '"other"'}, {"if-modified-since": "Mon, 02 Mar 2026 11:59:59 GMT"}, {"if-modified-since": "soon"}):
        assert (await crawler.get(address, headers=header)).status_code == 200


@pytest.mark.parametrize("address", [PLAIN, PACKED])
async def test_parts_of_a_file(crawler, address):
    whole = (await crawler.get(address)).content
    size = len(whole)
    for wanted, start, end in (
        ("0-9", 0, 10),
        ("5-", 5, size),
        ("-7", size - 7, size),
        (f"100-{size * 2}", 100, size),
        (f"-{size * 2}", 0, size),
    ):
        part = await crawler.get(address, headers={"range": f"bytes={wanted}"})
        assert (part.status_code, part.content) == (206, whole[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = await crawler.get(address, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for ignored in ("lines=1-2", "bytes=5-1", "bytes=0-1,4-5", "bytes=a-b", "bytes=-"):
        assert (await crawler.get(address, headers={"range": ignored})).status_code == 200


async def test_a_part_only_of_the_file_that_was_begun(crawler):
    tag = (await crawler.get(PACKED)).headers["etag"]
    moment = "Mon, 02 Mar 2026 12:00:00 GMT"
    for if_range, status in ((tag, 206), ('"other"', 200), (moment, 206), ("Mon, 02 Mar 2026 11:00:00 GMT", 200)):
        answer = await crawler.get(PACKED, headers={"range": "bytes=0-3", "if-range": if_range})
        assert answer.status_code == status


async def test_head_says_the_same_without_content(crawler):
    for address in (PLAIN, PACKED):
        head, get = await crawler.head(address), await crawler.get(address)
        assert (head.status_code, head.content) == (200, b"")
        assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
        assert (await crawler.head(address, headers={"range": "bytes=0-9"})).status_code == 200


STRANGE = ("/feeds/falsch/google-pl.xml", "/feeds/geheim/other.xml", "/feeds/geheim/google-pl.csv", "/feeds/geheim", "/feeds/geheim/../x")


@pytest.mark.parametrize("address", STRANGE)
async def test_who_does_not_know_the_address_learns_nothing(crawler, address):
    answer = await crawler.get(address)
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no feed at this address")


async def test_only_reading_is_possible(crawler):
    answer = await crawler.post(PLAIN)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_a_feed_that_is_not_built_yet(crawler, pool, own):
    builder = Builder(pool, feed_storage(own), SetClock(), lambda: "geheim")
    await builder.register(definition(name="later"))
    answer = await crawler.get("/feeds/geheim/later.xml")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no feed at this address yet: it has not been built")


async def test_a_feed_with_a_password(crawler, pool, own):
    auth = BasicAuth(user="meta", password_sha256=sha256(b"tajne:haslo").hexdigest())
    text = f'[basic_auth]\nuser = "{auth.user}"\npassword_sha256 = "{auth.password_sha256}"\n'
    await build(own, pool, text=text, name="locked")
    address = "/feeds/geheim/locked.xml"
    assert (await crawler.get(address, auth=("meta", "tajne:haslo"))).status_code == 200
    for credentials in (None, ("meta", "inne"), ("google", "tajne:haslo")):
        refused = await crawler.get(address, auth=credentials) if credentials else await crawler.get(address)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="feed", charset="UTF-8"')
    assert (await crawler.get(address, headers={"authorization": "Basic ///"})).status_code == 401


async def test_every_answer_is_noted(crawler, pool, own):
    await crawler.get(PLAIN, headers={"user-agent": "facebookexternalhit/1.1"})
    await crawler.head(PACKED, headers={"user-agent": "x" * 1000})
    detail = (await crawler.get("/v1/feeds/google-pl", headers=await key_of(pool, KeyKind.STAFF))).json()
    size = detail["builds"][0]["raw_bytes"]
    noted = {(fetch["method"], fetch["status"], fetch["size"], fetch["user_agent"]) for fetch in detail["fetches"]}
    assert noted == {("HEAD", 200, 0, "x" * 300), ("GET", 200, size, "facebookexternalhit/1.1")}


async def test_served_while_postgresql_is_away(crawler, pool):
    before = (await crawler.get(PLAIN)).content
    await pool.execute("alter table feed rename to hidden")
    try:
        answer = await crawler.get(PLAIN)
        assert (answer.status_code, answer.content) == (200, before)
    finally:
        await pool.execute("alter table hidden rename to feed")


async def test_a_lost_file_does_not_end_the_serving_of_the_one_before(crawler, pool, own):
    before = (await crawler.get(PLAIN)).content
    await put_in(pool, [good(7, title="Nowy kubek")])
    await build(own, pool)
    feed = await records.published(pool, "google-pl")
    (own.data_dir / "feed-files" / records.file_of("google-pl", feed.build)).unlink()
    answer = await crawler.get(PLAIN)
    assert (answer.status_code, answer.content) == (200, before)


async def test_staff_see_how_feeds_stand(crawler, pool):
    staff = await key_of(pool, KeyKind.STAFF)
    (state,) = (await crawler.get("/v1/feeds", headers=staff)).json()
    assert (state["name"], state["status"], state["address"], state["build"]["items"]) == ("google-pl", "published", PLAIN, 40)
    assert (await crawler.get("/v1/feeds/none", headers=staff)).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in KeyKind if kind is not KeyKind.STAFF])
async def test_nobody_else_does(crawler, pool, kind):
    key = await key_of(pool, kind)
    for path in ("/v1/feeds", "/v1/feeds/google-pl", "/v1/feeds/google-pl/explain/SKU-1"):
        assert ((await crawler.get(path)).status_code, (await crawler.get(path, headers=key)).status_code) == (401, 403)
    for path in ("/v1/feeds/google-pl/rollback", "/v1/feeds/google-pl/secret"):
        assert (await crawler.post(path, headers=key, json={})).status_code == 403
    assert (await crawler.get(PLAIN)).status_code == 200


async def test_staff_learn_why_an_item_is_in_a_feed_or_not(crawler, pool):
    staff = await key_of(pool, KeyKind.STAFF)
    await put_in(pool, [good(3)])
    included = (await crawler.get("/v1/feeds/google-pl/explain/SKU-3", headers=staff)).json()
    assert (included["included"], included["decided_by"], included["filters"]) == (
        True,
        "",
        [{"rule": "no bargains", "effect": "exclude", "fits": False, "note": ""}],
    )
    assert (await crawler.get("/v1/feeds/google-pl/explain/none", headers=staff)).status_code == 404
    assert (await crawler.get("/v1/feeds/none/explain/SKU-3", headers=staff)).status_code == 404


async def test_staff_can_go_back(crawler, pool, own):
    staff = await key_of(pool, KeyKind.STAFF)
    before = (await crawler.get(PLAIN)).content
    await put_in(pool, [good(7, title="Zły tytuł")])
    await build(own, pool)
    assert (await crawler.get(PLAIN)).content != before
    answer = await crawler.post("/v1/feeds/google-pl/rollback", headers=staff, json={})
    assert (answer.status_code, answer.json()["feed"]["pinned"]) == (200, True)
    assert (await crawler.get(PLAIN)).content == before
    assert (await crawler.post("/v1/feeds/google-pl/rollback", headers=staff, json={"build": 4711})).status_code == 404
    beyond = await crawler.post("/v1/feeds/google-pl/rollback", headers=staff, json={"build": 1 << 63})
    assert (beyond.status_code, beyond.json()["field"]) == (400, "build")


async def test_a_name_that_no_feed_can_have_is_not_found(crawler, pool):
    staff = await key_of(pool, KeyKind.STAFF)
    assert (await crawler.get("/v1/feeds/%00", headers=staff)).status_code == 404
    for path in ("/v1/feeds/%00/secret", "/v1/feeds/%00/rollback"):
        assert (await crawler.post(path, headers=staff, json={})).status_code == 404
    assert (await crawler.get("/feeds/geheim/%00.xml")).status_code == 404


async def test_staff_give_a_feed_another_address(crawler, pool):
    staff = await key_of(pool, KeyKind.STAFF)
    answer = await crawler.post("/v1/feeds/google-pl/secret", headers=staff)
    address = answer.json()["feed"]["address"]
    assert (answer.status_code, len(address) > len(PLAIN), address.rpartition("/")[2]) == (200, True, "google-pl.xml")
    assert ((await crawler.get(PLAIN)).status_code, (await crawler.get(address)).status_code) == (404, 200)
    assert (await crawler.post("/v1/feeds/none/secret", headers=staff)).status_code == 404


async def test_the_application_has_these_routes(shared_client, shared):
    staff = await key_of(shared.pool, KeyKind.STAFF)
    assert (await shared_client.get("/v1/feeds", headers=staff)).json() == []
    assert (await shared_client.get(PLAIN)).json()["detail"] == "there is no feed at this address"


async def test_figures_of_feeds(pool, own):
    await open_shop(pool, [good(number) for number in range(1, 41)])
    await build(own, pool)
    for seconds in (0.4, 0.4, 3.0, 9000.0):
        await observing.note_freshness(pool, "google-pl", seconds)
    collectors = feed_collectors(await records.feed_states(pool), await observing.freshness(pool), lambda: NOW + timedelta(minutes=1))
    told = exposition(CollectorRegistry(), collectors).decode().splitlines()
    for line in (
        'spoina_feed_items{feed="google-pl"} 40.0',
        'spoina_feed_unhealthy{feed="google-pl"} 0.0',
        'spoina_feed_age_seconds{feed="google-pl"} 60.0',
        'spoina_feed_freshness_seconds_bucket{feed="google-pl",le="1.0"} 2.0',
        'spoina_feed_freshness_seconds_bucket{feed="google-pl",le="5.0"} 3.0',
        'spoina_feed_freshness_seconds_bucket{feed="google-pl",le="+Inf"} 4.0',
        'spoina_feed_freshness_seconds_sum{feed="google-pl"} 9003.8',
    ):
        assert line in told
