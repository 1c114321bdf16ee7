"""Limits ahead of the REST routes. Each answer says what is left, so that a program can slow down before it is refused."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.limits.budgets import Budget
from api.limits.clients import ClientLimits
from api.plain import encoded, problem_answer, send_answer
from storefront.throttling import limit_headers

FREE = ("/health/", "/metrics", "/webhooks/", "/feeds/")
"""Never refused: a webhook that was not taken in is lost, WooCommerce switches one off that fails too often, crawlers give a feed up that
they cannot read, and what watches us must see us when it is worst. Webhooks carry signatures and feeds a secret address."""


class LimitedRoutes:
    def __init__(self, routes: ASGIApp, limits: ClientLimits) -> None:
        self._routes, self._limits = routes, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(FREE):
            await self._routes(scope, receive, send)
            return
        try:
            budget = await self._limits.enter(scope, dict(scope["headers"]))
        except Exception as error:  # also of the look-up of the key: the routes would have failed by it, too
            await send_answer(send, problem_answer(error), ())
        else:
            await self._routes(scope, receive, _telling(budget, send) if budget.allowance.per_second else send)


def _telling(budget: Budget, send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            has, left = budget.allowance, budget.left
            told = encoded(limit_headers(has.of, has.at_once, left, 0 if left else 1))
            message = {**message, "headers": [*message["headers"], *told]}
        await send(message)

    return told
