"""One POST to a receiver. Redirects are not followed, and no proxy of the environment is asked."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from spoina.webhooks import rules
from spoina.webhooks.types import Answer, Parcel

SECONDS = 15.0
"""A receiver has to answer within this time; work that takes longer it does afterwards."""
_CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class HttpSender:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, parcel: Parcel, at: datetime) -> Answer:
        began = time.monotonic()
        status, text = await self._post(parcel, at)
        return Answer(status=status, text=text, milliseconds=round((time.monotonic() - began) * 1000))

    async def _post(self, parcel: Parcel, at: datetime) -> tuple[int | None, str]:
        headers = rules.headers(parcel.event, parcel.body, parcel.secrets, at)
        try:
            async with self._client.stream("POST", parcel.url, content=parcel.body, headers=headers) as response:
                return response.status_code, await _beginning(response)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return None, f"{type(error).__name__}: {error}"[: rules.LONGEST_ANSWER]


@asynccontextmanager
async def open_sender() -> AsyncIterator[HttpSender]:
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False, limits=_CONNECTIONS) as client:
        yield HttpSender(client)


async def _beginning(response: httpx.Response) -> str:
    """As much as is kept: a receiver may answer with gigabytes."""
    read = b""
    async for chunk in response.aiter_raw(4096):
        read += chunk
        if len(read) >= rules.LONGEST_ANSWER * 4:
            break
    return read.decode("utf-8", "replace").replace("\x00", "")[: rules.LONGEST_ANSWER]
