"""How a shop wants its carts to behave; the composition root passes it in."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

import msgspec

from spoina.cart.merging import MergePolicy
from spoina.cart.types import MAIN, CartGroup
from spoina.ids import Channel


class HoldWhen(StrEnum):
    AT_CHECKOUT = "at_checkout"
    WHEN_ADDED = "when_added"
    """From the first piece, with a countdown that every change starts anew; when it is over, the lines stay and the goods are free."""


class CartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`holds` names the channels that do otherwise than at the checkout. Channels that are in no group have carts of their own, as
    marketplaces do."""

    holds: Mapping[Channel, HoldWhen] = {}
    hold_for: timedelta = timedelta(minutes=15)
    merge: MergePolicy = MergePolicy.ADD_UP
    undo_for: timedelta = timedelta(minutes=15)
    groups: Mapping[Channel, CartGroup] = MappingProxyType({Channel("web"): MAIN, Channel("app"): MAIN, Channel("pos"): MAIN})

    def group(self, channel: Channel) -> CartGroup:
        return self.groups.get(channel, CartGroup(channel))

    def holds_when_added(self, channel: Channel) -> bool:
        return self.holds.get(channel, HoldWhen.AT_CHECKOUT) is HoldWhen.WHEN_ADDED
