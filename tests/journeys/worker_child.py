"""Workers to be killed: each line read starts `spoina worker`, with a heartbeat of a second so that no test waits for ten. Answers with a
line, its process, and with another when that has ended.

Each is forked from this process, which has read all modules already: that takes longer than all that a worker does before it is killed.
"""

import asyncio
import os
import sys
from datetime import timedelta

from api import worker
from spoina.settings import Settings


async def work() -> None:
    settings = Settings.from_env(os.environ)
    await worker.run_worker(settings, settings.database_url or "", asyncio.Event())


def main() -> None:
    for _ in sys.stdin:
        started = os.fork()
        if not started:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what it logs is no answer
            asyncio.run(work())
            os._exit(0)
        print(started, flush=True)
        os.waitpid(started, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    worker._HEARTBEAT = timedelta(seconds=1)
    main()
