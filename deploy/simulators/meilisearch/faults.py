"""How the server misbehaves when told to."""

from typing import Annotated

import msgspec


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything off by default."""

    down: bool = False
    """Every connection is closed without an answer."""
    overloaded: bool = False
    """Searches are answered with 503."""
    latency_ms: Annotated[float, msgspec.Meta(ge=0)] = 0
    task_ms: Annotated[float, msgspec.Meta(ge=0)] = 0
    """How long each task is being processed."""
    failing_tasks: tuple[str, ...] = ()
    """Types of tasks that end with an internal error."""
    not_meilisearch: bool = False
    """Something else answers at this address: a page with status 200."""
