"""Says in every process that searches may answer otherwise from now on: the index, the shop's words or the rules have changed."""

from spoina.db import Connection, Pool

SEARCH_CHANGED = "search_changed"


async def announce_search(db: Connection | Pool) -> None:
    """Inside a transaction it is heard with the commit."""
    await db.execute(f"select pg_notify('{SEARCH_CHANGED}', '')")
