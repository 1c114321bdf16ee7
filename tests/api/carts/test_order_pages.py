"""The page of an order, as its customer's browser is led to it."""

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from msgspec.structs import replace

from api.app import create_app
from api.order_page import order_page
from api.rest import order_pages
from api.services import Services
from spoina.ids import OrderId
from spoina.orders.customers import OrderBook
from spoina.settings import Settings
from tests.api.carts.buying import Buyer, placed
from tests.api.conftest import served

PAYMENT = "https://sklep.example/checkout/order-pay/7/?pay_for_order=true&key=wc_order_1"


@dataclass
class Opened:
    """An order that was just placed, and its pages."""

    id: OrderId
    address: str
    shop: Services
    client: httpx.AsyncClient

    async def show(self, further: str = "") -> httpx.Response:
        parts = urlsplit(self.address)
        return await self.client.get(f"{parts.path}{further}?{parts.query}", follow_redirects=False)

    async def become(self, **columns: object) -> None:
        places = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
        await self.shop.pool.execute(f"update sales_order set {places} where id = $1", self.id, *columns.values())
        await self.shop.pool.execute("select pg_notify('order_changed', $1)", str(self.id))


@pytest.fixture
async def opened(buyer: Buyer, checkout_shop: Services, cart_client: httpx.AsyncClient) -> Opened:
    await buyer.fill(note="<b>uwaga</b>", identity={"phone": "+48 600 700 800"})
    order = await buyer.buy(pickupPoint={"provider": "inpost", "code": "GDY01M", "name": "<Żabka>"})
    [kept] = await placed(checkout_shop)
    key = order["id"].partition("?")[2]
    return Opened(kept.id, f"/orders/{kept.id}?{key}", checkout_shop, cart_client)


async def test_it_waits_for_the_payment_and_says_so(opened: Opened) -> None:
    shown = await opened.show()
    assert (shown.status_code, shown.headers["cache-control"], shown.headers["referrer-policy"]) == (200, "no-store", "no-referrer")
    assert "Przygotowujemy płatność" in shown.text
    assert 'http-equiv="refresh"' in shown.text
    assert "2 × Product" in shown.text
    assert "GDY01M &lt;Żabka&gt;" in shown.text
    assert "<b>" not in shown.text


async def test_it_leads_to_the_payment_once_the_shop_has_it(opened: Opened) -> None:
    await opened.become(payment_url=PAYMENT)
    shown, led = await opened.show(), await opened.show("/pay")
    assert f'href="{PAYMENT.replace("&", "&amp;")}">Zapłać' in shown.text
    assert 'http-equiv="refresh"' not in shown.text
    assert (led.status_code, led.headers["location"], led.headers["cache-control"]) == (303, PAYMENT, "no-store")


async def test_who_goes_to_pay_is_led_on_the_moment_the_shop_has_the_order(opened: Opened) -> None:
    led = asyncio.create_task(opened.show("/pay"))
    async with asyncio.timeout(10):
        while not opened.shop.carts.orders._followers:  # noqa: ASYNC110 - its request is on its way
            await asyncio.sleep(0.005)
    assert not led.done()
    await opened.become(payment_url=PAYMENT)
    assert (await led).headers["location"] == PAYMENT
    assert not opened.shop.carts.orders._followers


async def test_nobody_waits_for_ever(opened: Opened, settings: Settings, monkeypatch) -> None:
    monkeypatch.setattr(order_pages, "LONGEST_WAIT", 0.05)
    async with served(create_app(settings, opened.shop)) as client:
        opened.client = client
        led = await opened.show("/pay")
    assert (led.status_code, led.headers["location"]) == (303, opened.address)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("processing", "Przyjęte do realizacji."),
        ("on_hold", "Sklep czeka na wpłatę"),
        ("completed", "Zrealizowane."),
        ("cancelled", "Anulowane."),
        ("refunded", "Pieniądze zostały zwrócone."),
        ("failed", "Płatność się nie powiodła."),
        ("other", "W realizacji."),
    ],
)
async def test_each_state_has_its_words_and_is_paid_for_no_more(opened: Opened, state: str, text: str) -> None:
    await opened.become(state=state, payment_url=PAYMENT)
    shown, led = await opened.show(), await opened.show("/pay")
    assert text in shown.text
    assert PAYMENT.partition("?")[0] not in shown.text
    assert led.headers["location"] == opened.address


async def test_an_address_that_is_no_web_address_is_not_led_to(opened: Opened) -> None:
    await opened.become(payment_url="javascript:alert(1)", state="pending_payment")
    assert "javascript" not in (await opened.show()).text


async def test_a_wrong_key_and_an_order_that_is_not_there_look_alike(opened: Opened) -> None:
    right, other = opened.address, opened.address.replace(str(opened.id), "0" * 8 + str(opened.id)[8:])
    answers = []
    for address in (f"/orders/{opened.id}", f"/orders/{opened.id}?key=wrong", f"/orders/{opened.id}?key=%00%ff", other):
        opened.address = address
        answers += [await opened.show(), await opened.show("/pay")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "Nie ma takiego zamówienia" in answers[0].text
    opened.address = right
    await opened.become(state="deleted")
    assert (await opened.show()).status_code == 404


async def test_a_shop_abroad_speaks_english(opened: Opened) -> None:
    seen = await OrderBook(opened.shop.pool).find(opened.id)
    english = order_page(seen, replace(opened.shop.reader.shop, language="de")).decode()
    assert "The payment is being prepared" in english
    assert re.search(r"Total with tax</td><td>[0-9]+,[0-9]{2}\s(PLN|zł)", english)
