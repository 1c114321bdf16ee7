"""Whether the doctor sees that the shop is not read any more, or does not answer."""

import socket
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from api import diagnosis
from api.diagnosis import shop_findings, synchronisation
from api.findings import Verdict
from spoina.settings import WooCommerceSettings
from spoina.sync.status import SyncStatus

SHOP = WooCommerceSettings(url="https://shop.example", key="ck", secret="cs", poll_seconds=60)
DAY = 86400.0


@pytest.mark.parametrize(
    ("case", "ages", "shop", "verdict", "text"),
    [
        (
            "in step",
            *({"woocommerce.full": DAY, "woocommerce.poll": 90.0}, SHOP),
            *(Verdict.OK, "woocommerce.full 1 day, 0:00:00 ago, woocommerce.poll 0:01:30 ago"),
        ),
        (
            "the sweep stopped",
            *({"woocommerce.full": 2 * DAY + 1, "woocommerce.poll": 90.0}, SHOP),
            *(Verdict.PROBLEM, "woocommerce.full ended 2 days, 0:00:01 ago"),
        ),
        (
            "polls stopped",
            *({"woocommerce.full": DAY, "woocommerce.poll": 181.0}, SHOP),
            *(Verdict.PROBLEM, "woocommerce.poll ended 0:03:01 ago"),
        ),
        ("no hint for long", {"woocommerce.hinted": 9 * DAY}, SHOP, Verdict.OK, "woocommerce.hinted 9 days, 0:00:00 ago"),
        ("nobody is to read", {"woocommerce.full": 9 * DAY}, None, Verdict.OK, "woocommerce.full 9 days, 0:00:00 ago"),
    ],
)
def test_a_mirror_that_grows_old_is_told(case, ages, shop, verdict, text):
    found = synchronisation(SyncStatus(at=datetime(2026, 3, 1, tzinfo=UTC), runs=[], ages=ages, hints_waiting=0, quarantined=0), shop)
    assert (found.verdict, found.text) == (verdict, text)


async def test_a_shop_that_swallows_requests_is_told_while_somebody_looks(monkeypatch):
    monkeypatch.setattr(diagnosis, "SHOP_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        [found] = await shop_findings(replace(SHOP, url=address))
    assert (found.verdict, found.text) == (Verdict.PROBLEM, f"{address}: no answer within 0.1 s")
