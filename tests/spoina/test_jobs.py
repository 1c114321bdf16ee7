"""Jobs as they stand in the queue's table."""

from datetime import timedelta

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries

from spoina.db import Pool
from spoina.jobs import Job, enqueue

QUEUED = """
select to_jsonb(pgqueuer) - array['id', 'created', 'updated', 'execute_after', 'heartbeat'] as row,
    execute_after - created as delay, updated = created as untouched,
    (select array_agg(to_jsonb(pgqueuer_log) - array['id', 'job_id', 'created']) from pgqueuer_log where job_id = pgqueuer.id) as logged
from pgqueuer order by id
"""


async def test_a_job_is_queued_as_pgqueuer_queues_it(pool: Pool) -> None:
    async with pool.acquire() as db:
        await enqueue(db, Job.POLL, payload=b"1", after=timedelta(minutes=2), once="a")
        ours = await db.fetch(QUEUED)
        await db.execute("delete from pgqueuer")
        await db.execute("delete from pgqueuer_log")
        await Queries(AsyncpgDriver(db)).enqueue(
            Job.POLL.value, b"1", execute_after=timedelta(minutes=2), dedupe_key="a", on_conflict="skip"
        )
        assert (ours, len(ours)) == (await db.fetch(QUEUED), 1)


async def test_a_key_stands_for_one_waiting_job(pool: Pool) -> None:
    async with pool.acquire() as db:
        for once in ("a", "a", "b", None, None):
            await enqueue(db, Job.POLL, once=once)
        assert [row["key"] for row in await db.fetch("select dedupe_key as key from pgqueuer order by id")] == ["a", "b", None, None]
        assert await db.fetchval("select count(*) from pgqueuer_log") == 4
