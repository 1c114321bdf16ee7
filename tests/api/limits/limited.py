"""Limits of a test's own: small ones, on a clock that stands still until it is told to move."""

from redis.asyncio import Redis

from api.limits.budgets import Allowance, Budget, Ledger
from api.limits.clients import ClientLimits
from api.limits.opening import OpenLimits
from api.limits.refusals import CountedRefusals
from api.limits.sharing import Sharing
from spoina.access.service import KeyRing

ADDRESS = "212.77.98.9"
OTHER_ADDRESS = "212.77.98.10"
ONE = Allowance("address", per_second=1, streams=2)
"""Sixty points, and one a second."""


class Seconds:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def ledger(seconds: Seconds) -> Ledger:
    return Ledger(seconds, CountedRefusals(seconds))


def budget(seconds: Seconds, allowance: Allowance = ONE, name: str = "address:212.77.98.9/32") -> Budget:
    return ledger(seconds).of(name, "an address in 212.77.98.0/24", allowance)


def limits(keys: KeyRing, seconds: Seconds, redis: Redis, *, address: int = 1, key: int = 2) -> OpenLimits:
    """Exchanged when the test says so."""
    refusals = CountedRefusals(seconds)
    budgets = Ledger(seconds, refusals)
    return OpenLimits(ClientLimits(keys, budgets, address_rate=address, key_rate=key), refusals, Sharing(redis, budgets))
