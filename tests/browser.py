"""A real browser, driven by the DevTools protocol: Chromium without a window."""

import asyncio
import base64
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = """
--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
--disable-sync --lang=en --remote-debugging-port=0
""".split()  # noqa: SIM905
_SECONDS = 20
_COMPLAINTS = ("Runtime.exceptionThrown", "Log.entryAdded")
_LEFT = (
    "Inspected target navigated or closed",
    "Execution context was destroyed",
    "Cannot find context with specified id",
    "Cannot find default execution context",
    "Promise was collected",
)
"""How an answer begins that was lost because the page left for another while the question was under way."""


class PageLeftError(AssertionError):
    """The page that was asked is being replaced: whether it did what it was told nobody knows."""


class Page:
    """One page. `complaints` are the exceptions and errors that the browser noted."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.complaints: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._socket:
            told = msgspec.json.decode(message)
            if answer := self._answers.pop(told.get("id", 0), None):
                if not answer.cancelled():  # by who waited no longer
                    answer.set_result(told)
            elif told.get("method") in _COMPLAINTS:
                self.complaints.append(str(told["params"]))

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(msgspec.json.encode({"id": number, "method": method, "params": parameters}).decode())
        told = await asyncio.wait_for(answer, _SECONDS)
        if (error := told.get("error")) and error["message"].startswith(_LEFT):
            raise PageLeftError(error)
        assert error is None, error
        result: dict[str, Any] = told["result"]
        return result

    async def open(self, address: str) -> None:
        for domain in ("Runtime", "Log", "Page"):
            await self.call(f"{domain}.enable")
        await self._replace("Page.navigate", url=address)

    async def reload(self) -> None:
        await self._replace("Page.reload")

    async def _replace(self, method: str, **parameters: object) -> None:
        """Returns when the next page is loaded."""
        await self.run("window.replaced = true")
        with suppress(PageLeftError):
            await self.call(method, **parameters)
        await self.until("!window.replaced && document.readyState === 'complete'")

    async def run(self, script: str) -> Any:
        """The value of an expression, awaited if it is a promise."""
        told = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, script: str) -> Any:
        """The value of an expression as soon as it is true. A page that is just being replaced has no value yet."""
        async with asyncio.timeout(_SECONDS):
            while True:
                with suppress(PageLeftError):
                    if value := await self.run(script):
                        return value
                await asyncio.sleep(0.02)

    async def picture(self) -> bytes:
        """PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def close(self) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening


@asynccontextmanager
async def opened_page(width: int = 1500, height: int = 1100) -> AsyncIterator[Page]:
    assert CHROMIUM, "no Chromium is installed"
    with tempfile.TemporaryDirectory(prefix="spoina-browser-", ignore_cleanup_errors=True) as folder:
        command = [CHROMIUM, *_QUIET, f"--user-data-dir={folder}", f"--window-size={width},{height}", "about:blank"]
        browser = await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            async with connect(await _address(browser), max_size=None, proxy=None) as socket:
                page = Page(socket)
                yield page
                await page.close()
        finally:
            browser.kill()
            await browser.wait()


async def _address(browser: asyncio.subprocess.Process) -> str:
    """Of the first page, which the browser tells on a port of its own choice."""
    assert browser.stderr
    async with asyncio.timeout(_SECONDS):
        while b"DevTools listening on" not in (line := await browser.stderr.readline()):
            assert line, "the browser did not start"
    host = line.decode().split("ws://")[1].partition("/")[0]
    async with httpx.AsyncClient(trust_env=False) as client:
        pages = (await client.get(f"http://{host}/json")).json()
    return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["type"] == "page")
