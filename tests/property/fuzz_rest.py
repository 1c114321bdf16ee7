"""`make fuzz-rest`: what /docs says can be asked is asked, well and badly, by a member of staff and by a till; no answer may be a fault of
ours (5xx). The demo's catalogue, an embedded database of its own, the same questions in every run.

`python -m tests.property.fuzz_rest 20` asks 20 questions of each route and kind of key.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.schemas import APIOperation

from api.embedded import embedded_servers
from spoina.access.service import create_key
from spoina.access.types import KeyKind
from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import utc_now
from spoina.db import connect_pool
from spoina.migrate import apply_migrations
from spoina.pos import terminals
from spoina.pos.types import TerminalRequest
from tests.benchmarks.catalogue import served
from tests.benchmarks.imports import imported, simulated_shop

EXAMPLES = 10
ENDLESS = "/stream"


def fuzz(address: str, tokens: dict[str, str], examples: int) -> Counter[int]:
    """Answers by status. Raises AssertionError with the question that was answered with a fault."""
    described = schemathesis.openapi.from_dict(httpx.get(f"{address}/docs/openapi.json", trust_env=False).json())
    answers: Counter[int] = Counter()
    for found in described.get_all_operations():
        operation = found.ok()
        if not operation.path.endswith(ENDLESS):
            for token in tokens.values():
                _ask(operation, address, token, examples, answers)
    return answers


def _ask(operation: APIOperation, address: str, token: str, examples: int, answers: Counter[int]) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(case=operation.as_strategy())
    def ask(case: Case) -> None:
        status = case.call(base_url=address, headers={"authorization": f"Bearer {token}"}).status_code
        answers[status] += 1
        assert status < 500, f"{status}: {case.as_curl_command()}"

    with suppress(Unsatisfiable):  # nothing was found to ask, as happens with few questions and a pattern that is hard to meet
        ask()


@contextmanager
def shop() -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a server with a catalogue, and its keys."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        imported(stack.enter_context(simulated_shop()), data)
        tokens = asyncio.run(_keys(servers.database_url))
        _, address = stack.enter_context(served(data))
        yield address, tokens


async def _keys(database_url: str) -> dict[str, str]:
    pool = await connect_pool(database_url)
    try:
        staff = await create_key(pool, "staff", KeyKind.STAFF, utc_now)
        till = await terminals.register(pool, TerminalRequest(name="till", location=WOOCOMMERCE, register="T-1"), utc_now)
    finally:
        await pool.close()
    return {"staff": staff.token, "till": till.key}


if __name__ == "__main__":
    with shop() as (served_at, keys):
        print(dict(fuzz(served_at, keys, int(sys.argv[1]) if sys.argv[1:] else EXAMPLES)))
