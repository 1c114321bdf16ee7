"""What is known of an index beside its products: the live generation, one that is being built, and the shop's own words.

One document in an index of its own, so that every process reads the same and nothing of it is ever found by a search.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from search.meilisearch.connection import Connection, NotThere
from search.types import SearchSettings

STATE_ID: Final = 1
BUILDER_IS_GONE: Final = timedelta(minutes=5)
"""A build that said nothing for so long is taken for dead, and another one may begin."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`building` is the uid of an index that is being filled; its builder says that it is alive at `building_seen`."""

    id: int = STATE_ID
    generation: int = 0
    built_at: datetime | None = None
    building: str | None = None
    building_seen: datetime | None = None
    words: SearchSettings = SearchSettings()

    def is_being_built(self, now: datetime) -> bool:
        return self.building is not None and self.building_seen is not None and now - self.building_seen < BUILDER_IS_GONE


_STATE: Final = msgspec.json.Decoder(State)


def state_index(index: str) -> str:
    return f"{index}-state"


def late_index(index: str) -> str:
    """Where products are noted that change while a generation is being built."""
    return f"{index}-late"


async def read_state(connection: Connection, index: str) -> State:
    """Raises SearchUnavailable."""
    try:
        return await connection.get(f"/indexes/{state_index(index)}/documents/{STATE_ID}", _STATE)
    except NotThere:
        return State()
