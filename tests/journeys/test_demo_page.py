"""The page /demo in a real browser: a web shop, a phone and a till share a cart, and see stock move."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.browser import CHROMIUM, Page, opened_page
from tests.running_demo import Demo

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"), pytest.mark.timeout(400)]


READY = "document.querySelectorAll('#web .product').length === 6 && document.querySelectorAll('#till .chips button').length"
LINES = "[...document.querySelectorAll('#{device} .lines li')]"


@pytest.fixture(scope="module")
def demo(shared_folder: Path, port: int) -> Iterator[Demo]:
    running = Demo(shared_folder, port)
    try:
        running.await_ready()
        yield running
    finally:
        running.process.terminate()
        running.process.wait(60)


@pytest.fixture
async def page(demo: Demo) -> AsyncIterator[Page]:
    async with opened_page() as opened:
        await opened.open(f"{demo.json()['api']}/demo")
        await opened.until(READY)
        yield opened
        assert opened.complaints == []


def lines(device: str) -> str:
    """What a device shows of its cart: SKU and count of every line."""
    return f"{LINES.format(device=device)}.map(one => one.dataset.sku + ' ' + one.querySelector('output').textContent).join()"


def left(device: str, sku: str) -> str:
    return f"document.querySelector('#{device} .product[data-sku=\"{sku}\"] .note[data-left]').textContent"


async def click(page: Page, selector: str) -> None:
    await page.run(f"document.querySelector({selector!r}).click()")


async def fill(page: Page, selector: str, text: str) -> None:
    await page.run(f"document.querySelector({selector!r}).value = {text!r}")


async def test_one_cart_on_three_devices(page: Page) -> None:
    sku = await page.run("document.querySelector('#web .product').dataset.sku")
    had = int((await page.run(left("web", sku))).removesuffix(" left"))
    await click(page, "#web .product button")
    await page.until(f"{lines('web')} === '{sku} 1'")

    await click(page, "#web .give")
    code = await page.until("document.querySelector('#web .handoff code')?.textContent")
    assert await page.run("document.querySelector('#web .qr svg') !== null")
    await fill(page, "#phone .claim input", code)
    await click(page, "#phone .claim button")
    await page.until(f"{lines('phone')} === '{sku} 1'")
    await click(page, "#phone .lines .step:last-child")
    await page.until(f"{lines('web')} === '{sku} 2'")

    await click(page, "#phone .give")
    spoken = await page.until("document.querySelector('#phone .handoff code')?.textContent")
    await fill(page, "#till .claim input", spoken)
    await click(page, "#till .claim button")
    await page.until(f"{lines('till')} === '{sku} 2'")
    chip = await page.run("document.querySelector('#till .chips button').textContent")
    await click(page, "#till .chips button")
    both = f"'{sku} 3'" if chip == sku else f"'{sku} 2,{chip} 1'"
    for device in ("till", "phone", "web"):
        await page.until(f"{lines(device)} === {both}")

    await click(page, "#till .sell")
    await page.until("!document.querySelector('#till .receipt').hidden")
    for device in ("till", "phone", "web"):
        await page.until(f"{lines(device)} === ''")
    sold = 3 if chip == sku else 2
    await page.until(f"{left('web', sku)} === '{had - sold} left'")


async def test_a_reload_finds_every_cart_again(page: Page) -> None:
    sku = await page.run("document.querySelector('#web .product').dataset.sku")
    await click(page, "#web .product button")
    await click(page, "#till .chips button")
    chip = await page.run("document.querySelector('#till .chips button').textContent")
    await page.until(f"{lines('web')} === '{sku} 1' && {lines('till')} === '{chip} 1'")
    await page.reload()
    await page.until(READY)
    await page.until(f"{lines('web')} === '{sku} 1' && {lines('till')} === '{chip} 1'")
    await click(page, "#till .chips button")
    await page.until(f"{lines('till')} === '{chip} 2'")
    await click(page, "#till .sell")
    await page.until(f"{lines('till')} === ''")


async def test_a_cart_that_was_sold_while_the_line_was_down_gives_way_to_a_new_one(page: Page) -> None:
    await click(page, "#web .product button")
    await page.until("document.querySelectorAll('#web .lines li').length === 1")
    await click(page, "#web .give")
    await page.until("document.querySelector('#till .claim input').value")
    await click(page, "#till .claim button")
    await page.until("document.querySelectorAll('#till .lines li').length === 1")
    await page.until("devices.web.client.open")
    await page.run("devices.web.client.connect = () => {}; devices.web.client.socket.close()")
    await page.until("!devices.web.client.open")
    await click(page, "#till .sell")
    await page.until("document.querySelectorAll('#till .lines li').length === 0")
    assert await page.run("document.querySelectorAll('#web .lines li').length") == 1
    await page.run("delete devices.web.client.connect; devices.web.client.connect()")
    await page.until("document.querySelectorAll('#web .lines li').length === 0")


async def test_a_code_works_once_and_says_so_afterwards(page: Page) -> None:
    await click(page, "#web .give")
    code = await page.until("document.querySelector('#web .handoff code')?.textContent")
    await click(page, "#phone .claim button")
    await page.until("document.querySelector('#web .handoff') === null")
    await fill(page, "#till .claim input", code)
    await click(page, "#till .claim button")
    assert await page.until("document.querySelector('#till .problem').textContent")
    page.complaints.clear()  # the refusal's 409, which browsers note as an error


async def test_searching_shows_what_is_found(page: Page) -> None:
    await fill(page, "#phone .find input", "kurtka")
    await click(page, "#phone .find button")
    found = await page.until("[...document.querySelectorAll('#phone .product h3')].map(one => one.textContent)")
    assert all("urtk" in title for title in found)


async def test_everything_can_be_reached_and_is_named(page: Page) -> None:
    nameless = """
    [...document.querySelectorAll('button, input, select')].filter(one => !one.hidden
      && !(one.textContent.trim() || one.ariaLabel || one.title || one.labels?.length)).map(one => one.outerHTML)
    """
    assert await page.run(nameless) == []
    assert await page.run("[...document.querySelectorAll('main img')].every(one => one.hasAttribute('alt'))")
    assert await page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
