"""A worker in a process of its own, to be killed: `spoina worker` with a heartbeat of a second, so that no test waits for ten."""

import asyncio
import os
from datetime import timedelta

from api import worker
from spoina.settings import Settings


async def main() -> None:
    settings = Settings.from_env(os.environ)
    await worker.run_worker(settings, settings.database_url or "", asyncio.Event())


if __name__ == "__main__":
    worker._HEARTBEAT = timedelta(seconds=1)
    asyncio.run(main())
