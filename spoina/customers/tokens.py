"""Who a customer is, as a token says it. Whoever signs customers in issues tokens; carts and profiles only ever ask what one means."""

from datetime import datetime
from typing import Protocol

import msgspec

from spoina.ids import CustomerId


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """`groups`: what the shop's rules may ask for, such as "wholesale"."""

    id: CustomerId
    groups: tuple[str, ...] = ()
    expires_at: datetime


class CustomerTokens(Protocol):
    def verify(self, token: str) -> SignedIn:
        """Raises InvalidInput, in the same words whatever is wrong with it: forged, expired, or no token at all."""
