"""Where WooCommerce delivers its webhooks. The shop is not asked here: the worker does that, from the hints left for it."""

from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from api.bodies import read_body
from api.services import Services
from channels.woocommerce.subscriptions import SOURCE, secret_of
from channels.woocommerce.webhooks import (
    LARGEST_DELIVERY,
    Delivery,
    Hint,
    OrderHint,
    delivery_of,
    hints,
    is_signed,
    order_hints,
    ping_of,
)
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.errors import Unauthorized
from spoina.jobs import Job, enqueue
from spoina.orders import outbox
from spoina.sync import hints as waiting
from spoina.sync import inbox

SIGNATURE = "x-wc-webhook-signature"


class Outcome(StrEnum):
    PONG = "pong"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"


STATUS = {
    Outcome.PONG: HTTPStatus.OK,
    Outcome.ACCEPTED: HTTPStatus.OK,
    Outcome.DUPLICATE: HTTPStatus.OK,
    Outcome.IGNORED: HTTPStatus.ACCEPTED,
}
"""All of them a success for WooCommerce, which switches a webhook off after seven failures in a row."""


class Received(msgspec.Struct, frozen=True):
    outcome: Outcome


@post("/webhooks/woocommerce", tags=["webhooks"], summary="WooCommerce's deliveries", security=[], request_max_body_size=None)
async def woocommerce_webhook(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Response[Received]:
    """For the shop: no key, but the signature over the raw body by the secret that this topic's webhook was registered with.

    Only the ping, which WooCommerce sends while a webhook is being saved, comes unsigned. A topic without a webhook of ours is ignored.
    """
    body = await read_body(request.receive, request.headers.get("content-length"), LARGEST_DELIVERY)
    if ping_of(request.headers.get("content-type", ""), body) is not None:
        return _answer(Outcome.PONG)
    if SIGNATURE not in request.headers:
        raise Unauthorized("the delivery is not signed")
    delivery = delivery_of(request.headers)
    secret = await secret_of(services.pool, delivery.topic)
    if secret is None:
        return _answer(Outcome.IGNORED)
    if not is_signed(body, delivery.signature, secret):
        raise Unauthorized("the signature is not this webhook's")
    found, orders = hints(delivery.topic, body), order_hints(delivery.topic, body)
    return _answer(await take_in(services.pool, delivery, body, found, services.clock, orders))


async def take_in(
    pool: Pool, delivery: Delivery, body: bytes, found: tuple[Hint, ...], clock: Clock, orders: tuple[OrderHint, ...] = ()
) -> Outcome:
    """The delivery, the hints from it and the job that follows them exist together or not at all."""
    at = clock()
    outcome = f"{len(found) + len(orders)} hints"
    async with transaction(pool) as db:
        if not await inbox.store(db, SOURCE, delivery.topic, delivery.delivery_id, body, at, outcome):
            return Outcome.DUPLICATE
        if found:
            await waiting.add(db, [hint.number for hint in found], found[0].reason, at, found[0].what)
            await enqueue(db, Job.READ_HINTED_PRODUCTS)
        for each in orders:
            await outbox.hint(db, [each.number], each.reason, at, each.kind)
    return Outcome.ACCEPTED


def _answer(outcome: Outcome) -> Response[Received]:
    return Response(Received(outcome), status_code=STATUS[outcome])
