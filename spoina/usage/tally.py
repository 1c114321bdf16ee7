"""Requests, counted where they are answered: one look-up and two additions, nothing that waits."""

import msgspec

from spoina.usage.types import Client, Ending, Path, Use

MOST_COUNTED = 4096
"""Kinds of requests; then they are added up by field, of which the schema has so many and no more."""

Kind = tuple[Use, Client, Path, Ending]


class Count(msgspec.Struct):
    requests: int = 0
    cost: int = 0


class Counts(msgspec.Struct, frozen=True):
    """`fields`: requests by coordinate and client. `operations`: by name, path and ending."""

    fields: dict[tuple[str, Client], int]
    operations: dict[tuple[str, Path, Ending], Count]


class Tally:
    """One per process."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, Count] = {}
        self._counts = Counts({}, {})

    def count(self, use: Use, client: Client, path: Path, ending: Ending, cost: int) -> None:
        kind = (use, client, path, ending)
        count = self._kinds.get(kind)
        if count is None:
            count = self._begun(kind)
        count.requests += 1
        count.cost += cost

    def drain(self) -> Counts:
        """What was counted since the last time."""
        self._add_up()
        drained, self._counts = self._counts, Counts({}, {})
        return drained

    def put_back(self, fields: dict[tuple[str, Client], int]) -> None:
        """What could not be written."""
        for field, requests in fields.items():
            self._counts.fields[field] = self._counts.fields.get(field, 0) + requests

    def _begun(self, kind: Kind) -> Count:
        if len(self._kinds) >= MOST_COUNTED:
            self._add_up()
        self._kinds[kind] = count = Count()
        return count

    def _add_up(self) -> None:
        kinds, self._kinds = self._kinds, {}
        fields, operations = self._counts.fields, self._counts.operations
        for (use, client, path, ending), count in kinds.items():
            for coordinate in use.coordinates:
                fields[coordinate, client] = fields.get((coordinate, client), 0) + count.requests
            total = operations.setdefault((use.operation, path, ending), Count())
            total.requests += count.requests
            total.cost += count.cost
