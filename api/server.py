"""Uvicorn, with one process or several on one socket."""

import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from types import FrameType

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.app import application
from api.graphql_socket import MESSAGE_BYTES
from api.listening import listen
from api.metrics import SHARED_FOLDER
from spoina.settings import Settings

GRACE_SECONDS = 2


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Until it is told to end. Both addresses in the settings are given. Raises InvalidInput where the port is taken."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with listen(host, port, "--port") as bound:
        if workers == 1:
            server = uvicorn.Server(uvicorn.Config(application(settings), **_options(1)))  # type: ignore[arg-type]
            server.run(sockets=[bound])
            if not server.started:
                sys.exit(1)
        else:
            with tempfile.TemporaryDirectory(prefix="spoina-metrics-") as folder:
                os.environ.update(_for_workers(settings), **{SHARED_FOLDER: folder})
                config = uvicorn.Config("api.app:from_environment", factory=True, **_options(workers))  # type: ignore[arg-type]
                Multiprocess(config, sockets=[bound]).run()


def _options(workers: int) -> Mapping[str, object]:
    return {
        "workers": workers,
        "loop": "uvloop",
        "http": "httptools",
        "ws_max_size": MESSAGE_BYTES,
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


def _for_workers(settings: Settings) -> dict[str, str]:
    """What the worker processes cannot know: the servers that this process started."""
    return {
        "SPOINA_DATABASE_URL": settings.database_url or "",
        "SPOINA_REDIS_URL": settings.redis_url or "",
        "SPOINA_DATA_DIR": str(settings.data_dir),
    }


def _end(_: int, __: FrameType | None) -> None:
    """Uvicorn, once it is done, raises the signal again; as an exit it lets the servers behind us be ended in order."""
    sys.exit(0)
