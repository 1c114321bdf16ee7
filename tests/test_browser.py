"""What the browser's driver takes for "not yet", and what it tells."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.browser import CHROMIUM, Page, opened_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

COUNTED = b"<title>Loads</title><link rel=icon href=data:,><script>window.loads = window.name = Number(window.name) + 1</script>"
"""A page that counts how often it was loaded."""
NEVER_IN_THE_FIRST = "window.loads === 1 ? new Promise(() => {}) : window.loads"


@pytest.fixture(scope="module")
async def page() -> AsyncIterator[Page]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, opened_page(200, 200) as opened:
        await opened.open(f"http://127.0.0.1:{port}/")
        yield opened


async def answer(request: asyncio.StreamReader, response: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError):  # browsers connect ahead of what they may ask
        await request.readuntil(b"\r\n\r\n")
        response.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + COUNTED)
    response.close()


@pytest.fixture(autouse=True)
async def loaded_once(page: Page) -> None:
    await page.run("window.name = ''")
    await page.reload()
    assert await page.run("window.loads") == 1


async def reload_during(asked: asyncio.Task, page: Page) -> None:
    await asyncio.sleep(0)  # the question is sent first
    await page.run("void setTimeout(() => location.reload(), 50)")
    await asyncio.wait([asked])


async def test_a_reload_is_over_when_the_new_page_is_there(page: Page) -> None:
    await page.reload()
    assert await page.run("window.loads") == 2


async def test_a_reload_is_not_yet_for_who_waits(page: Page) -> None:
    asked = asyncio.create_task(page.until(NEVER_IN_THE_FIRST))
    await reload_during(asked, page)
    assert await asked == 2


async def test_a_reload_is_told_to_who_asks_once(page: Page) -> None:
    asked = asyncio.create_task(page.run(NEVER_IN_THE_FIRST))
    await reload_during(asked, page)
    with pytest.raises(AssertionError, match=r"navigated or closed|context was destroyed|Promise was collected"):
        await asked
    assert await page.until(NEVER_IN_THE_FIRST) == 2


async def test_a_mistake_is_told_to_who_waits(page: Page) -> None:
    with pytest.raises(AssertionError, match="nowhere is not defined"):
        await page.until("nowhere.to.be.found")


async def test_who_waits_no_longer_leaves_the_page_to_the_next(page: Page) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(page.run("new Promise(done => { window.settle = done })"), 0.05)
    await page.run("window.settle?.(1)")
    assert await page.run("2") == 2
