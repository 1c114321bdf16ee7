from datetime import UTC, datetime, timedelta

from spoina.db import Pool
from spoina.sync import inbox

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_what_is_older_than_two_weeks_is_forgotten(pool: Pool):
    async with pool.acquire() as db:
        for delivery, age in (("old", timedelta(days=14, seconds=1)), ("young", timedelta(days=14))):
            assert await inbox.store(db, "woocommerce", "product.updated", delivery, b"{}", NOW - age, "hinted")
    await inbox.prune(pool, NOW)
    assert [row[0].partition("-")[0] for row in await pool.fetch("select delivery from inbox")] == ["young"]
