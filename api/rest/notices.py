"""Where the companion plugin tells what changed in the shop."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from api.bodies import read_body
from api.rest.webhooks import STATUS, Outcome, Received
from api.services import Services
from channels.woocommerce.companion import LARGEST_NOTICE, SOURCE, TOPIC, Notice, is_signed, notice_of, secret_of_notices
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.errors import Unauthorized
from spoina.jobs import Job, enqueue
from spoina.orders import outbox
from spoina.orders.types import TaskKind
from spoina.sync import hints, inbox
from spoina.sync.types import Hinted

REASON = "notice"


@post("/webhooks/companion", tags=["webhooks"], summary="The companion plugin's notices", security=[], request_max_body_size=None)
async def companion_notice(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Response[Received]:
    """For the shop: no key, but the signature over time and body by the secret that the plugin was given. A notice says what changed and
    not how: the worker reads that again. Older than five minutes: refused, somebody may have recorded it."""
    body = await read_body(request.receive, request.headers.get("content-length"), LARGEST_NOTICE)
    secret = await secret_of_notices(services.pool)
    if secret is None or not is_signed(request.headers, body, secret, services.clock()):
        raise Unauthorized("the notice is not signed by this shop, or too old")
    outcome = await take_in(services.pool, notice_of(body), body, services.clock)
    return Response(Received(outcome), status_code=STATUS[outcome])


async def take_in(pool: Pool, notice: Notice, body: bytes, clock: Clock) -> Outcome:
    """The notice and the hints from it exist together or not at all."""
    at = clock()
    count = len(notice.products) + len(notice.coupons) + len(notice.orders) + len(notice.customers)
    async with transaction(pool) as db:
        if not await inbox.store(db, SOURCE, TOPIC, notice.id, body, at, f"{count} hints"):
            return Outcome.DUPLICATE
        await hints.add(db, notice.products, REASON, at)
        await hints.add(db, notice.coupons, REASON, at, Hinted.COUPON)
        await outbox.hint(db, notice.orders, REASON, at)
        await outbox.hint(db, notice.customers, REASON, at, TaskKind.CUSTOMER)
        if notice.products or notice.coupons:
            await enqueue(db, Job.READ_HINTED_PRODUCTS)
    return Outcome.ACCEPTED
