"""A cart goes on at another device: a code that is shown on one and typed or scanned on the other."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec
import segno
import strawberry

from storefront.carts.codes import UserError
from storefront.carts.desk import Payload, at_the_desk, device_of, payload
from storefront.carts.naming import cart_access
from storefront.resolvers import Info

PARAMETER = "spoina-cart"
QUIET_MODULES = 4
"""The margin that scanners need (ISO/IEC 18004)."""


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """`url` leads to the shop's front page, where the storefront's own script finds the code; a till reads it as well as the bare code."""

    code: str
    expires_at: datetime
    url: str
    qr_code: str

    def __repr__(self) -> str:
        return f"Handoff(expires_at={self.expires_at!r})"


class HandoffPayload(msgspec.Struct, frozen=True, kw_only=True):
    handoff: Handoff | None = None
    user_errors: Sequence[UserError] = ()


async def handoff_create(info: Info, cart_id: strawberry.ID) -> HandoffPayload:
    context = info.context

    async def offered() -> HandoffPayload:
        access, _ = cart_access(cart_id, context.carts.customers)
        made = await context.carts.service.offer(access, device_of(context))
        url = f"{context.shop.url.rstrip('/')}/?{urlencode({PARAMETER: made.code})}"
        return HandoffPayload(handoff=Handoff(code=made.code, expires_at=made.expires_at, url=url, qr_code=qr_code(url)))

    return await at_the_desk(context, offered, lambda errors: HandoffPayload(user_errors=errors))


async def handoff_claim(info: Info, code: str) -> Payload:
    context = info.context

    async def claimed() -> Payload:
        found = await context.carts.service.claim(code_in(code), device_of(context), context.caller.address)
        return payload(context, found.view, found.cart.secret)

    return await at_the_desk(context, claimed, lambda errors: Payload(user_errors=errors))


def code_in(text: str) -> str:
    """What was typed or scanned: a code, or the address that has it."""
    return text.rpartition(f"{PARAMETER}=")[2].partition("&")[0]


def qr_code(text: str) -> str:
    """SVG to be put into a page as it is; as large as its place."""
    return segno.make(text, error="m", micro=False).svg_inline(border=QUIET_MODULES, omitsize=True, light="#fff", dark="#000")
