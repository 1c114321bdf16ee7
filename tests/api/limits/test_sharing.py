"""Processes that share their limits through a real Valkey, which is killed and comes back."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.embedded.wheels import valkey_server
from api.limits.budgets import Allowance, Budget, Ledger
from api.limits.sharing import MOST_AT_ONCE, PREFIX, Sharing
from spoina.errors import Throttled
from tests.api.limits.limited import ONE, Seconds, ledger

NAME = "address:212.77.98.9/32"


class Process:
    """As far as limits are concerned."""

    def __init__(self, redis: Redis) -> None:
        self.seconds = Seconds()
        self.ledger: Ledger = ledger(self.seconds)
        self.sharing = Sharing(redis, self.ledger)

    def budget(self, name: str = NAME, allowance: Allowance = ONE) -> Budget:
        return self.ledger.of(name, name, allowance)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def exchanged(*processes: Process) -> None:
    """All have told, and then all have heard."""
    for _ in range(2):
        for each in processes:
            await each.sharing.exchange()


def is_refused(budget: Budget, points: int = 1) -> bool:
    try:
        budget.pay(points)
    except Throttled:
        return True
    return False


async def test_what_is_spent_at_one_process_is_missing_at_the_other(redis: Redis):
    first, second = Process(redis), Process(redis)
    first.budget().pay(55)
    second.budget().pay(1)
    await exchanged(first, second)
    # Points come back in Redis while this test runs.
    assert 4 <= second.budget().left <= 10
    assert is_refused(second.budget(), 20)


async def test_what_slipped_through_between_two_exchanges_is_owed(redis: Redis):
    """Three processes let a minute's worth through each, and then nobody anything until all of it has come back."""
    processes = [Process(redis) for _ in range(3)]
    for each in processes:
        each.budget().pay(60)
    await exchanged(*processes)
    for each in processes:
        each.budget().learn(0)
        each.seconds.now += 60
    assert [is_refused(each.budget()) for each in processes[1:]] == [True, True]


async def test_a_client_that_nobody_met_elsewhere_keeps_what_it_has(redis: Redis):
    process = Process(redis)
    process.budget().pay(20)
    await exchanged(process)
    process.seconds.now += 5
    assert 45 <= process.budget().left <= 46


async def test_redis_holds_one_short_lived_number_for_each_client(redis: Redis):
    process = Process(redis)
    process.budget().pay(30)
    process.budget("key:7", Allowance("pos", 2, 5)).pay(30)
    await process.sharing.exchange()
    assert set(await redis.keys()) == {f"{PREFIX}{NAME}".encode(), f"{PREFIX}key:7".encode()}
    assert [await redis.pttl(PREFIX + name) <= most for name, most in ((NAME, 30_000), ("key:7", 15_000))] == [True, True]


async def test_more_clients_than_one_call_takes_are_all_told(redis: Redis):
    process = Process(redis)
    for number in range(MOST_AT_ONCE + 1):
        process.budget(f"address:{number}").pay(10)
    await process.sharing.exchange()
    assert (await redis.dbsize(), process.ledger.drain()) == (MOST_AT_ONCE + 1, [])


async def test_nothing_is_asked_of_redis_while_nobody_comes(redis: Redis):
    process = Process(redis)
    before = (await redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0)
    await exchanged(process)
    assert (await redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0) == before


class KillableValkey:
    def __init__(self, folder: Path) -> None:
        self._command = [str(valkey_server()), "--port", "0", "--unixsocket", str(folder / "valkey.sock"), "--save", ""]
        self._folder, self._process = folder, None
        self.url = f"unix://{folder / 'valkey.sock'}"

    async def start(self) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = await asyncio.create_subprocess_exec(*self._command, cwd=self._folder, **quiet)
        async with Redis.from_url(self.url) as client, asyncio.timeout(30):
            while True:
                try:
                    await client.ping()
                except RedisError:
                    await asyncio.sleep(0.01)
                else:
                    return

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def killable(folder: Path) -> AsyncIterator[KillableValkey]:
    valkey = KillableValkey(folder)
    try:
        yield valkey
    finally:
        await valkey.kill()


async def test_without_redis_limits_hold_for_each_process_and_are_shared_again_by_themselves(tmp_path: Path, caplog):
    async with killable(tmp_path) as valkey:
        await valkey.start()
        async with Redis.from_url(valkey.url) as client:
            first, second = Process(client), Process(client)
            first.budget().pay(30)
            await exchanged(first, second)
            await valkey.kill()

            for each in (first, second):
                each.budget().pay(30)
            await exchanged(first, second)
            assert (first.sharing.shared, second.sharing.shared) == (False, False)
            assert (first.budget().left, second.budget().left) == (0, 30)
            assert is_refused(first.budget())
            second.budget().pay(1)

            await valkey.start()
            await exchanged(first, second)
            assert (first.sharing.shared, second.sharing.shared) == (True, True)
            assert is_refused(second.budget(), 20), "what the first one spent while Redis was away is known again"
    told = [record.getMessage() for record in caplog.records if record.name == "api.limits.sharing"]
    assert [line.partition(":")[0] for line in told] == ["limits hold for each process by itself"] * 2


async def test_a_process_that_nobody_asks_notices_that_redis_is_back(tmp_path: Path):
    async with killable(tmp_path) as valkey, Redis.from_url(valkey.url) as client:
        process = Process(client)
        process.budget().pay(30)
        await process.sharing.exchange()
        process.seconds.now += 3600
        await process.sharing.exchange()
        assert process.sharing.shared is False
        await valkey.start()
        await process.sharing.exchange()
        assert process.sharing.shared is True


async def test_a_redis_that_lost_everything_gives_nothing_back(redis: Redis):
    process = Process(redis)
    process.budget().pay(50)
    await exchanged(process)
    await redis.flushall()
    process.budget().pay(1)
    await process.sharing.exchange()
    assert process.budget().left == 9


async def test_it_exchanges_by_itself(redis: Redis):
    first, second = Process(redis), Process(redis)
    first.sharing.start()
    first.budget().pay(50)
    async with asyncio.timeout(30):
        while not await redis.exists(PREFIX + NAME):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await first.sharing.stop()
    second.sharing.start()
    second.budget().pay(1)
    async with asyncio.timeout(30):
        while second.budget().left > 40:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await second.sharing.stop()
