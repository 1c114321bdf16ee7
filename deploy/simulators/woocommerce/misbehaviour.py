"""The faults a client meets on the wire, laid around the REST server."""

import asyncio

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from simulators.woocommerce.faults import Dice
from simulators.woocommerce.php_json import encode

_PAGE = '<!DOCTYPE html>\n<html lang="pl-PL"><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>\n'
_NOT_FOUND = _PAGE.format("Nie znaleziono strony", "Pod tym adresem niczego nie ma.")
_MAINTENANCE = _PAGE.format("Przerwa techniczna", "Zaraz wracamy.")
_ERRORS = {
    429: ("too_many_requests", "Too many requests."),
    500: ("internal_server_error", "<p>There has been a critical error on this website.</p>"),
    503: ("service_unavailable", "Briefly unavailable for scheduled maintenance. Check back in a minute."),
}


def misbehaving(dice: Dice, app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        wait = dice.latency()
        if wait:
            await asyncio.sleep(wait)
        if dice.faults.no_pretty_permalinks or dice.faults.html_page:
            page, status = (_NOT_FOUND, 404) if dice.faults.no_pretty_permalinks else (_MAINTENANCE, 200)
            await _send(send, status, "text/html; charset=UTF-8", page.encode(), [])
            return
        status_instead = dice.error_status()
        if status_instead is not None:
            await _send_error(dice, status_instead, send)
            return
        if scope.get("method") not in ("GET", "HEAD"):
            await _answer_write(dice, app, scope, receive, send)
            return
        await app(scope, receive, _cutting(send) if dice.drops() else send)

    return answer


async def _answer_write(dice: Dice, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The work is done first; what becomes of the answer is another matter."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    if dice.faults.write_pause_seconds:
        await asyncio.sleep(dice.faults.write_pause_seconds)
    if dice.fails_after():
        await _send_error(dice, 500, send)
        return
    passing = _losing(send) if dice.loses_after() else _cutting(send) if dice.drops() else send
    for message in messages:
        await passing(message)


async def _send_error(dice: Dice, status: int, send: Send) -> None:
    code, message = _ERRORS[status]
    pause = dice.faults.retry_after_seconds
    headers = [(b"retry-after", str(pause).encode())] if status == 429 and pause is not None else []
    body = encode({"code": code, "message": message, "data": {"status": status}})
    await _send(send, status, "application/json; charset=UTF-8", body, headers)


async def _send(send: Send, status: int, kind: str, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    described = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": described})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _cutting(send: Send) -> Send:
    """Lets half of the body out and says more will come; the server then closes the connection."""

    async def cut(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message["body"]
            message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await send(message)

    return cut


def _losing(send: Send) -> Send:
    """Lets nothing but the head out; the server then closes the connection."""

    async def lose(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": b"", "more_body": True}
        await send(message)

    return lose
