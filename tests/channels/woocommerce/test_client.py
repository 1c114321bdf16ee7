"""The client against a real HTTP server that misbehaves."""

import asyncio
import gzip
import hmac
import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from authlib.oauth1.rfc5849.signature import construct_base_string

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.pacing import Pace, seconds_asked_for
from channels.woocommerce.payloads import items_of
from channels.woocommerce.signing import signer
from spoina.errors import InvalidInput, SourceError, SourceMalformed, SourceMissing, SourceRefused, SourceUnavailable
from spoina.settings import WooCommerceSettings
from tests.channels.woocommerce.recordings import encoded, recording
from tests.channels.woocommerce.scripted_shop import Asked, Reply, ScriptedShop

KEY, SECRET = "ck_0123456789abcdef", "cs_fedcba9876543210"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HTML = b"<html><body>Login cs_fedcba9876543210</body></html>"


class Time:
    """Sleeping moves it at once; `chance` is always the most."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)

    def pace(self, attempts: int = 6) -> Pace:
        return Pace(attempts, sleep=self.sleep, monotonic=self.monotonic, chance=lambda: 1.0)


@pytest.fixture
def time() -> Time:
    return Time()


def settings(url: str) -> WooCommerceSettings:
    return WooCommerceSettings(url=url, key=KEY, secret=SECRET)


@pytest.fixture
async def client(scripted: ScriptedShop, time: Time) -> AsyncIterator[WooCommerceClient]:
    async with WooCommerceClient(settings(scripted.url), clock=lambda: NOW, pace=time.pace()) as opened:
        yield opened


def says_nothing_secret(error: SourceError) -> bool:
    return not any(secret in f"{error} {error!r}" for secret in (KEY, SECRET, "oauth_", "signature="))


async def test_a_page_with_its_counts_and_the_moment_it_was_asked_for(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=encoded("001"), headers={"x-wp-total": "297", "x-wp-totalpages": "3"}))
    page = await client.get_page("products", {"per_page": 100, "page": 2, "search": "ż & =+"})
    assert (page.number, page.total, page.pages, page.started_at) == (2, 297, 3, NOW)
    assert len(items_of(page.body)) == 100
    (asked,) = scripted.asked
    assert (asked.method, asked.path, asked.query["search"]) == ("GET", "/wp-json/wc/v3/products", "ż & =+")
    assert (asked.headers["cache-control"], asked.headers["accept-encoding"]) == ("no-cache", "identity")


async def test_over_plain_http_each_request_is_signed_anew(scripted: ScriptedShop, client: WooCommerceClient):
    await client.get_page("products", {"modified_after": "2026-11-21T20:00:00", "search": "ż ~*'"})
    await client.get_page("products")
    first, second = scripted.asked
    claimed = dict(first.query)
    signature = claimed.pop("oauth_signature")
    text = construct_base_string("GET", f"{scripted.url}{first.path}", list(claimed.items()))
    assert signature == b64encode(hmac.digest(f"{SECRET}&".encode(), text.encode(), sha256)).decode()
    assert (claimed["oauth_consumer_key"], claimed["oauth_timestamp"]) == (KEY, str(int(NOW.timestamp())))
    assert first.query["oauth_nonce"] != second.query["oauth_nonce"]
    assert "authorization" not in first.headers
    assert SECRET not in str(first)


def test_over_https_basic_is_enough():
    headers, query = signer(settings("https://x.example"), lambda: NOW, lambda: "n")("GET", "https://x.example/wp-json", [("a", "b")])
    assert (headers, query) == ({"Authorization": f"Basic {b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"}, [("a", "b")])


async def test_neither_the_client_nor_its_settings_show_the_secret(client: WooCommerceClient, scripted: ScriptedShop):
    assert repr(client) == f"WooCommerceClient('{scripted.url}/wp-json')"
    assert SECRET not in repr(settings("http://x"))


@pytest.mark.parametrize("url", ["shop.example", "ftp://x.example", "https://", "https://x.example/?a=1"])
def test_an_address_that_is_none_is_refused_by_the_settings_name(url: str):
    with pytest.raises(InvalidInput, match="SPOINA_WOOCOMMERCE_URL"):
        WooCommerceClient(settings(url))


async def test_a_shop_that_asks_for_quiet_gets_it(scripted: ScriptedShop, client: WooCommerceClient, time: Time):
    scripted.replies(Reply(429, headers={"retry-after": "7"}), Reply(503), Reply())
    assert (await client.get_page("products")).body == b"[]"
    assert (len(scripted.asked), time.slept) == (3, [7.0, 1.0])


async def test_one_429_quiets_all_requests_of_the_client(scripted: ScriptedShop):
    slept, asleep, gate, now = [], asyncio.Event(), asyncio.Event(), [0.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        asleep.set()
        await gate.wait()
        now[0] += seconds

    scripted.replies(Reply(429, headers={"retry-after": "5"}), Reply())
    async with WooCommerceClient(settings(scripted.url), pace=Pace(sleep=sleep, monotonic=lambda: now[0])) as client:
        first = asyncio.create_task(client.get_page("products"))
        await asleep.wait()
        others = [asyncio.create_task(client.get_page("orders")) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert (len(scripted.asked), slept) == (1, [5.0] * 4)
        gate.set()
        await asyncio.gather(first, *others)
    assert [asked.path.rpartition("/")[2] for asked in scripted.asked].count("orders") == 3


async def test_after_enough_attempts_the_shop_is_unavailable(scripted: ScriptedShop, client: WooCommerceClient, time: Time):
    scripted.replies(Reply(502, body=HTML, headers={"content-type": "text/html"}))
    with pytest.raises(SourceUnavailable) as failed:
        await client.get_page("products")
    assert (len(scripted.asked), time.slept) == (6, [0.5, 1.0, 2.0, 4.0, 8.0])
    assert failed.value.reason == "the shop answered 502, 6 times"
    assert says_nothing_secret(failed.value)


async def test_a_storm_of_429_ends_with_what_the_shop_asked_for(scripted: ScriptedShop, client: WooCommerceClient, time: Time):
    scripted.replies(Reply(429, headers={"retry-after": "86400"}))
    with pytest.raises(SourceUnavailable) as failed:
        await client.get_page("products")
    assert (failed.value.retry_after, time.slept) == (86400.0, [120.0] * 5)


async def test_a_body_that_breaks_off_is_asked_for_again(scripted: ScriptedShop, client: WooCommerceClient, time: Time):
    scripted.replies(Reply(body=encoded("021"), cut=True), Reply(body=encoded("021")))
    assert len(items_of((await client.get_page("products/248/variations")).body)) == 8
    assert time.slept == [0.5]


async def test_a_body_that_always_breaks_off(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=encoded("021"), cut=True))
    with pytest.raises(SourceUnavailable, match="broke off its answer") as failed:
        await client.get_page("products")
    assert says_nothing_secret(failed.value)


async def test_nobody_there(time: Time):
    async with WooCommerceClient(settings("http://127.0.0.1:9"), pace=time.pace(attempts=2)) as client:
        with pytest.raises(SourceUnavailable, match="no connection") as failed:
            await client.get_page("products")
    assert (failed.value.address, time.slept) == ("http://127.0.0.1:9/wp-json (products)", [0.5])


async def test_a_post_is_never_done_twice(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(500))
    with pytest.raises(SourceUnavailable):
        await client.post("webhooks", {"name": "x"}, dict)
    assert len(scripted.asked) == 1
    scripted.replies(Reply(429), Reply(201, body=b'{"id":5}'))
    assert await client.post("webhooks", {"name": "ż"}, dict) == {"id": 5}
    assert scripted.asked[-1].headers["content-type"] == "application/json"
    assert json.loads(scripted.asked[-1].body) == {"name": "ż"}


async def test_put_and_delete_may_be_repeated(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(500), Reply(body=b'{"id":5}'))
    assert await client.put("webhooks/5", {"status": "active"}, dict) == {"id": 5}
    scripted.replies(Reply(500), Reply(body=b'{"id":5}'))
    assert await client.delete("webhooks/5", {"force": "true"})
    scripted.replies(Reply(404, body=b'{"code":"woocommerce_rest_shop_webhook_invalid_id"}'))
    assert not await client.delete("webhooks/5", {"force": "true"})


@pytest.mark.parametrize(
    ("name", "method", "kind", "said"),
    [
        ("100", "GET", SourceRefused, "does not accept the consumer key"),
        ("101", "GET", SourceRefused, "Check the consumer key and secret"),
        ("103", "GET", SourceRefused, "give its address with https://"),
        ("106", "GET", SourceRefused, "Check the consumer key and secret"),
        ("107", "POST", SourceRefused, "Give the key the permission Read/Write"),
        ("108", "GET", SourceRefused, "Give the key the permission Read/Write"),
        ("110", "GET", SourceMissing, "It was deleted in the shop"),
        ("112", "GET", SourceMissing, "WooCommerce is not active, or too old"),
        ("120", "GET", SourceRefused, "400 rest_invalid_param: Invalid parameter(s): orderby"),
        ("129", "POST", SourceRefused, "413 woocommerce_rest_request_entity_too_large"),
    ],
)
async def test_recorded_refusals(name: str, method: str, kind: type, said: str, scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(recording(name)["response"]["status"], body=encoded(name)))
    with pytest.raises(SourceError) as refused:
        await (client.get_page("products") if method == "GET" else client.post("products", {}, dict))
    assert type(refused.value) is kind
    assert said in str(refused.value)
    assert says_nothing_secret(refused.value)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    ("case", "reply", "kind", "said"),
    [
        ("maintenance", Reply(200, HTML, {"content-type": "text/html"}), SourceMalformed, "the answer is text/html, not JSON"),
        ("no content type", Reply(200, b"hello", {"content-type": ""}), SourceMalformed, "not JSON"),
        ("a PHP warning first", Reply(200, b"<br />Warning: x [1]"), SourceMalformed, "the answer is broken JSON of 20 bytes"),
        ("PHP ran out of memory", Reply(200, b'[{"id":1},{"i'), SourceMalformed, "the answer is broken JSON of 13 bytes"),
        ("empty", Reply(200, b""), SourceMalformed, "the answer is broken JSON of 0 bytes"),
        ("plain permalinks", Reply(404, HTML, {"content-type": "text/html"}), SourceMissing, "Permalinks is not set to Plain"),
        ("firewall", Reply(403, HTML, {"content-type": "text/html"}), SourceRefused, "something in front of WordPress answered 403"),
        ("ModSecurity", Reply(501, HTML, {"content-type": "text/html"}), SourceRefused, "something in front of WordPress answered 501"),
        (
            "to https",
            Reply(301, HTML, {"location": "https://x.example/wp-json/?oauth_signature=1"}),
            SourceMissing,
            "sends to https://x.example.",
        ),
        ("login wall", Reply(302, HTML, {"location": "/wp-login.php?x=1"}), SourceMissing, "sends to its login page"),
        ("lost", Reply(302, HTML), SourceMissing, "the shop answered 302"),
    ],
)
async def test_answers_that_are_not_the_shops(
    case: str, reply: Reply, kind: type, said: str, scripted: ScriptedShop, client: WooCommerceClient
):
    scripted.replies(reply)
    with pytest.raises(SourceError) as refused:
        await client.get_page("products")
    assert type(refused.value) is kind
    assert said in str(refused.value)
    assert says_nothing_secret(refused.value)
    assert len(scripted.asked) == 1


async def test_a_byte_order_mark_does_no_harm(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=b'\xef\xbb\xbf\n[{"id":1}]\n'))
    assert (await client.get_page("products")).body == b'[{"id":1}]'


async def test_an_answer_of_another_form_is_told_by_field(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=b'{"id":"x"}'))
    with pytest.raises(SourceMalformed, match="Expected `int`, got `str`"):
        await client.get_json("webhooks/1", dict[str, int])


async def test_an_answer_beyond_the_limit_is_cut_off(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=gzip.compress(b"[" + b" " * (65 << 20), 1), headers={"content-encoding": "gzip"}))
    with pytest.raises(SourceMalformed, match="larger than 64 MB"):
        await client.get_page("products")


async def test_a_compressed_answer_is_read_though_none_was_asked_for(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=gzip.compress(b'[{"id":1}]'), headers={"content-encoding": "gzip"}))
    assert (await client.get_page("products")).body == b'[{"id":1}]'


async def test_broken_compression(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(body=b"no gzip", headers={"content-encoding": "gzip"}))
    with pytest.raises(SourceUnavailable, match="compression is broken"):
        await client.get_page("products")


async def test_a_cache_is_asked_past_and_what_it_still_gives_is_as_old_as_it_says(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(headers={"age": "90"}), Reply(), Reply(headers={"age": "30"}))
    fresh, stale = await client.get_page("products"), await client.get_page("products")
    assert (fresh.started_at, stale.started_at) == (NOW, NOW - timedelta(seconds=30))
    assert ["_" in asked.query for asked in scripted.asked] == [False, True, True]


async def test_find_tells_absence_from_a_shop_without_the_route(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.replies(Reply(404, body=encoded("110")))
    assert await client.find("products/999999") is None
    scripted.replies(Reply(404, body=encoded("112")))
    with pytest.raises(SourceMissing):
        await client.find("products/999999")
    scripted.replies(Reply(body=encoded("020")))
    assert json.loads((await client.find("products/248")).body)["id"] == 248


def list_of(pages: int, slow_first: bool = False):
    async def script(asked: Asked) -> Reply:
        number = int(asked.query["page"])
        if slow_first:
            await asyncio.sleep(0.03 if number % 2 else 0.02)
        body = json.dumps([{"id": number}] if number <= pages else []).encode()
        return Reply(body=body, headers={"x-wp-total": str(pages), "x-wp-totalpages": str(pages)})

    return script


async def test_pages_come_in_order_with_four_requests_on_their_way(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = list_of(11, slow_first=True)
    numbers = [(page.number, json.loads(page.body)[0]["id"]) async for page in client.pages("products", {"orderby": "id"})]
    assert numbers == [(number, number) for number in range(1, 12)]
    assert (len(scripted.asked), scripted.most_in_flight) == (11, 4)
    assert {asked.query["per_page"] for asked in scripted.asked} == {"100"}


async def test_pages_are_asked_for_only_a_little_ahead(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = list_of(50)
    taken = 0
    async for _ in client.pages("products"):
        await asyncio.sleep(0.02)
        taken += 1
        assert len(scripted.asked) <= taken + 4
        if taken == 5:
            break


async def test_reading_goes_on_where_it_stopped(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = list_of(5)
    assert [page.number async for page in client.pages("products", start_page=4)] == [4, 5]
    assert [page.number async for page in client.pages("products", start_page=9)] == []


async def test_a_list_that_grows_is_read_to_its_new_end(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = lambda asked: list_of(2 if int(asked.query["page"]) == 1 else 4)(asked)
    assert [page.number async for page in client.pages("products")] == [1, 2, 3, 4]


async def test_a_list_that_shrinks_ends_early(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = lambda asked: list_of(9 if int(asked.query["page"]) == 1 else 3)(asked)
    assert [page.number async for page in client.pages("products")] == [1, 2, 3]


async def test_a_list_without_counts_is_read_until_it_is_empty(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = lambda asked: Reply(body=b'[{"id":1}]' if int(asked.query["page"]) < 4 else b"[]")
    assert [page.number async for page in client.pages("products")] == [1, 2, 3]


async def test_a_page_that_fails_ends_the_reading_and_leaves_nothing_behind(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = lambda asked: Reply(401, encoded("100")) if int(asked.query["page"]) == 3 else list_of(9)(asked)
    reading = client.pages("products")
    assert [(await anext(reading)).number, (await anext(reading)).number] == [1, 2]
    with pytest.raises(SourceRefused):
        await anext(reading)
    assert not [task for task in asyncio.all_tasks() if "get_page" in repr(task.get_coro())]


def probed(asked: Asked, *, namespaces: str = '"wc/v3"', variations: Reply, batch: Reply) -> Reply:
    match asked.path.removeprefix("/wp-json"):
        case "/":
            return Reply(body=b'{"name":"Dom","home":"http://x","namespaces":[%s]}' % namespaces.encode())
        case "/wc/v3/variations":
            return variations
        case "/wc/v3/products/batch":
            return batch
        case _:
            return Reply()


@pytest.mark.parametrize(("variations", "known"), [(Reply(), True), (Reply(404, encoded("112")), False)])
@pytest.mark.parametrize(("batch", "writable"), [(Reply(body=b"[]"), True), (Reply(401, encoded("107")), False)])
async def test_probing_a_shop(
    variations: Reply, known: bool, batch: Reply, writable: bool, scripted: ScriptedShop, client: WooCommerceClient
):
    scripted.script = lambda asked: probed(asked, variations=variations, batch=batch)
    assert not client.has_global_variations
    found = await client.probe()
    assert (found.global_variations, client.has_global_variations, found.writable, found.https) == (known, known, writable, False)
    assert (found.site.name, [asked.body for asked in scripted.asked if asked.method == "POST"]) == ("Dom", [b"{}"])


async def test_a_wordpress_without_woocommerce(scripted: ScriptedShop, client: WooCommerceClient):
    scripted.script = lambda asked: probed(asked, namespaces='"wp/v2"', variations=Reply(), batch=Reply())
    with pytest.raises(SourceMissing, match="Activate the plugin WooCommerce"):
        await client.probe()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("12", 12.0), ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0), ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0), ("soon", None), (None, None)],
)
def test_retry_after(header: str | None, seconds: float | None):
    assert seconds_asked_for(header, NOW) == seconds


async def test_nothing_secret_is_logged(scripted: ScriptedShop, client: WooCommerceClient, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    scripted.replies(Reply(500), Reply())
    await client.get_page("products")
    assert SECRET not in caplog.text
