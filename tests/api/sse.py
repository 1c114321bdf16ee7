"""A small reader of server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec


class Event(msgspec.Struct, frozen=True):
    """A comment has neither kind nor number."""

    kind: str
    number: str
    data: Any

    def left(self) -> dict[str, int]:
        return {item["code"]: item["available"] for item in self.data["items"]}


class Events:
    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self, seconds: float = 5) -> Event:
        async with asyncio.timeout(seconds):
            while True:
                fields = await self._block()
                if "data" in fields or "" in fields:
                    return Event(fields.get("event", "comment"), fields.get("id", ""), json.loads(fields.get("data", "null")))

    async def _block(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while line := await anext(self._lines):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        return fields


@asynccontextmanager
async def following(client: httpx.AsyncClient, headers: dict[str, str], query: str, last: str | None = None) -> AsyncIterator[Events]:
    more = {"last-event-id": last} if last else {}
    async with client.stream("GET", f"/v1/availability/stream?{query}", headers=headers | more, timeout=30) as answer:
        yield Events(answer)
