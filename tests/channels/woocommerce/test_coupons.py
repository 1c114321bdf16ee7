"""Coupons against a real server: imported, polled, hinted at, deleted, refused; and what of the terms the shop does not show stays."""

from datetime import UTC, datetime

import httpx
import pytest

from channels.woocommerce.mapping.coupons import map_coupon
from channels.woocommerce.payloads import Unmappable
from channels.woocommerce.sync import WooCommerceSync
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.clock import utc_now
from spoina.db import Pool, transaction
from spoina.pricing.cart.types import CouponCode, CouponId, DiscountType, Place, ZoneId
from spoina.sync import hints
from spoina.sync.types import Hinted
from spoina.terms import sql
from spoina.terms.types import Terms
from tests.channels.woocommerce.recordings import encoded, items
from tests.channels.woocommerce.syncing import Owner, imported, syncing
from tests.shop_server import ShopServer, served_shop


@pytest.fixture
async def server():
    async with served_shop(generated_catalogue(Scale(2, (2, 2)))) as running:
        yield running


async def coupon(pool: Pool, code: str):
    return (await sql.coupons_by_code(pool, [CouponCode(code)])).get(CouponCode(code))


async def terms(pool: Pool) -> Terms:
    loaded = await sql.load_terms(pool)
    assert loaded is not None
    return loaded


async def quarantined(pool: Pool) -> list[tuple[str, int, str]]:
    return [tuple(row) for row in await pool.fetch("select kind, external_id, reason from quarantine order by kind, external_id")]


def test_the_recorded_coupons():
    by_code = {fact.coupon.code: fact for fact in map(map_coupon, items("048"))}
    minus30 = by_code["minus30"].coupon
    assert (minus30.id, minus30.type, minus30.amount, minus30.usage_limit) == (876, DiscountType.FIXED_CART, "30.00", 100)
    assert (minus30.minimum, minus30.maximum, minus30.expires_at) == ("200.00", "2000.00", None)
    assert by_code["tylko-ola"].coupon.emails == ("ola@example.test", "*@firma.example")
    assert all(fact.published for fact in by_code.values())
    assert encoded("065")[1:-1] in encoded("048")


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        (
            "a plugin's type",
            b'"discount_type":"recurring_percent"',
            "its type 'recurring_percent' comes from a plugin that is not supported",
        ),
        ("an amount in words", b'"amount":"dziesi\xc4\x99\xc4\x87"', "the amount is not a positive number: 'dziesięć'"),
        ("a negative amount", b'"amount":"-5"', "the amount is not a positive number: '-5'"),
        ("a day that is none", b'"date_expires_gmt":"jutro"', "the last day is not a date: 'jutro'"),
    ],
)
def test_a_coupon_that_cannot_be_mapped(case: str, change: bytes, reason: str):
    with pytest.raises(Unmappable) as refused:
        map_coupon(b'{"id":5,"code":"x","discount_type":"percent","amount":"1",' + change + b"}")
    assert (refused.value.kind, refused.value.external_id, refused.value.reason) == ("coupon", 5, reason)


def test_what_plugins_make_of_the_other_fields():
    fact = map_coupon(
        b'{"id":5,"code":" R&amp;D ","status":"draft","discount_type":"fixed_cart","amount":12.5,"usage_limit":"7","usage_count":"3",'
        b'"limit_usage_to_x_items":0,"product_ids":{"1":10,"3":11},"minimum_amount":"","email_restrictions":{"2":"A@b.pl","3":""}}'
    )
    assert not fact.published
    assert (fact.coupon.code, fact.coupon.amount, fact.coupon.minimum, fact.coupon.maximum) == ("r&d", "12.5", "0", "0")
    assert (fact.coupon.usage_limit, fact.coupon.usage_count, fact.coupon.item_limit) == (7, 3, 0)
    assert (fact.coupon.products, fact.coupon.emails) == (frozenset({10, 11}), ("A@b.pl",))


async def test_terms_come_with_the_import_and_follow_with_the_poll(server: ShopServer, pool: Pool):
    await imported(server, pool)
    before = await terms(pool)
    home = server.shop.settings.home
    assert (before.cart_url, before.checkout_url, before.complete) == (f"{home}/cart/", f"{home}/checkout/", True)
    assert [zone.id for zone in before.shop.zones] == [0, 1]
    assert before.shop.base == Place(country="PL", postcode="30-001", city="Kraków")
    assert (await coupon(pool, "minus30")).amount == "30.00"
    owner = Owner(server)
    await owner.put("settings/tax/woocommerce_prices_include_tax", value="no")
    await owner.put("settings/general/woocommerce_default_country", value="US:CA")
    await owner.post("taxes", country="CZ", rate="21")
    await owner.put("shipping/zones/1/methods/1", settings={"cost": "19.99"})
    await owner.put("shipping/zones/1/methods/2", enabled=False)
    await owner.put("coupons/876", amount="35")
    created = await owner.post("coupons", code="NOWY", amount="5", discount_type="percent", date_expires="2027-01-01T00:00:00")
    async with syncing(server, pool) as sync:
        await sync.poll()
    after = await terms(pool)
    assert (after.shop.prices_include_tax, after.shop.base.country, after.shop.base.state) == (False, "US", "CA")
    assert after.shop.rates[-1].country == "CZ"
    assert [(method.instance, getattr(method, "cost", None)) for method in after.shop.zones[1].methods][:2] == [(1, "19.99"), (3, None)]
    assert (await coupon(pool, "minus30")).amount == "35.00"
    new = await coupon(pool, "nowy")
    assert (new.id, new.expires_at) == (created["id"], datetime(2026, 12, 31, 23, tzinfo=UTC))


async def test_what_moves_no_date_is_seen_by_the_next_poll(server: ShopServer, pool: Pool):
    await imported(server, pool)
    used, trashed, deleted, draft = (server.shop.coupon(number) for number in (876, 881, 882, 880))
    used["usage_count"] = 99
    draft["status"] = "draft"
    await Owner(server).delete(f"coupons/{trashed['id']}")
    await Owner(server).delete(f"coupons/{deleted['id']}", force=True)
    async with syncing(server, pool) as sync:
        await sync.poll()
    assert (await coupon(pool, used["code"])).usage_count == 99
    assert [await coupon(pool, each["code"]) for each in (trashed, deleted, draft)] == [None] * 3


async def test_a_hint_reads_the_coupon(server: ShopServer, pool: Pool):
    await imported(server, pool)
    server.shop.coupon(876)["amount"] = "31.00"
    server.asked.clear()
    async with transaction(pool) as db:
        await hints.add(db, [876, 999_999], "a test", utc_now(), Hinted.COUPON)
    async with syncing(server, pool) as sync:
        assert await sync.read_hinted() == 2
    assert [query["include"] for path, query in server.asked if path == "coupons"] == ["876,999999"]
    assert (await coupon(pool, "minus30")).amount == "31.00"
    assert await pool.fetchval("select count(*) from coupon_hint") == 0


async def test_a_coupon_of_a_plugin_goes_to_quarantine_and_is_none_for_carts(server: ShopServer, pool: Pool):
    await imported(server, pool)
    server.shop.coupon(876)["discount_type"] = "smart_coupon"
    async with syncing(server, pool) as sync:
        await sync.poll()
    assert await coupon(pool, "minus30") is None
    assert await quarantined(pool) == [("coupon", 876, "its type 'smart_coupon' comes from a plugin that is not supported")]
    server.shop.coupon(876)["discount_type"] = "percent"
    await imported(server, pool)
    assert (await coupon(pool, "minus30")).type is DiscountType.PERCENT
    assert await quarantined(pool) == []


async def test_a_shipping_method_of_a_plugin_is_left_out_and_told(server: ShopServer, pool: Pool):
    methods = server.shop.conditions.zones[1]["methods"]
    methods[0]["method_id"] = "inpost_paczkomaty"
    await imported(server, pool)
    assert [method.instance for method in (await terms(pool)).shop.zones[1].methods] == [2, 3, 4]
    reason = "its type 'inpost_paczkomaty' comes from a plugin that is not supported"
    assert await quarantined(pool) == [("shipping method", 1, reason)]
    methods[0]["enabled"] = False
    async with syncing(server, pool) as sync:
        await sync.poll()
    assert await quarantined(pool) == []


async def test_a_continent_is_its_countries(server: ShopServer, pool: Pool):
    server.shop.conditions.zones[1]["locations"] = [{"code": "OC", "type": "continent"}, {"code": "PL", "type": "country"}]
    await imported(server, pool)
    countries = (await terms(pool)).shop.zones[1].countries
    assert {"PL", "AU", "NZ"} <= countries
    assert "DE" not in countries


class Withheld:
    """The shop as a key sees it that lacks a right."""

    def __init__(self, sync: WooCommerceSync, *paths: str) -> None:
        self._connection = sync._mirror.client._connection
        self._paths = paths

    async def __aenter__(self) -> None:
        inner = self._connection.http._transport
        paths = self._paths

        class Refusing(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if any(path in request.url.path for path in paths):
                    refusal = {
                        "code": "woocommerce_rest_cannot_view",
                        "message": "Sorry, you cannot list resources.",
                        "data": {"status": 403},
                    }
                    return httpx.Response(403, json=refusal)
                return await inner.handle_async_request(request)

        self._inner = inner
        self._connection.http._transport = Refusing()

    async def __aexit__(self, *_: object) -> None:
        self._connection.http._transport = self._inner


async def test_a_key_that_lacks_a_right_leaves_what_is_known(server: ShopServer, pool: Pool):
    await imported(server, pool)
    known = (await terms(pool)).shop.zones
    assert [zone.id for zone in known] == [ZoneId(0), ZoneId(1)]
    async with syncing(server, pool) as sync:
        async with Withheld(sync, "/coupons", "/shipping/zones"):
            await sync.poll()
            told = await quarantined(pool)
            await sync.full_pass(lambda _: None)
        assert [(kind, number) for kind, number, _ in told] == [("coupon", 0), ("shipping zone", 0)]
        assert "the shop does not accept the consumer key" in told[0][2]
        assert ((await terms(pool)).shop.zones, (await coupon(pool, "minus30")).id) == (known, CouponId(876))
        await sync.poll()
    assert await quarantined(pool) == []
