"""`python -m simulators.meilisearch`: a Meilisearch to try Spoina on."""

import argparse

import msgspec
import uvicorn

from simulators.meilisearch.app import create_app
from simulators.meilisearch.faults import Faults
from simulators.meilisearch.server import MASTER_KEY, Server


def _faults(text: str) -> Faults:
    try:
        return msgspec.json.decode(text, type=Faults)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.meilisearch", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7700)
    parser.add_argument("--master-key", default=MASTER_KEY)
    parser.add_argument("--faults", type=_faults, default=Faults(), metavar="JSON", help='such as {"task_ms": 500}')
    arguments = parser.parse_args()
    app = create_app(Server(arguments.master_key or None, faults=arguments.faults))
    uvicorn.run(app, host=arguments.host, port=arguments.port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
