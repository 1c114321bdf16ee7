"""What an index holds, read back in order of ids."""

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import reduce
from typing import Final, TypeVar

import msgspec

from search.meilisearch.connection import Connection, NotThere
from search.types import DocumentHash
from spoina.ids import ProductId

AT_ONCE: Final = 5_000
T = TypeVar("T")


class Documents(msgspec.Struct, frozen=True):
    results: list[DocumentHash]


_HASHES: Final = msgspec.json.Decoder(Documents)


async def hashes_after(connection: Connection, index: str, after: ProductId | None, limit: int) -> Sequence[DocumentHash]:
    """By rising id. Raises SearchUnavailable."""
    body = {"fields": ["id", "hash"], "limit": limit, "sort": ["id:asc"], "filter": f"id > {after if after is not None else -1}"}
    try:
        return (await connection.post(f"/indexes/{index}/documents/fetch", body, _HASHES)).results
    except NotThere:
        return ()


async def read_hashes(connection: Connection, index: str) -> AsyncIterator[Sequence[DocumentHash]]:
    after: ProductId | None = None
    while batch := await hashes_after(connection, index, after, AT_ONCE):
        yield batch
        after = batch[-1].id


def digest_of(hashes: Iterable[DocumentHash]) -> tuple[int, str]:
    """(how many, the XOR of all in 16 hexadecimal digits)."""
    count, mixed = reduce(lambda so_far, each: (so_far[0] + 1, so_far[1] ^ int(each.hash, 16)), hashes, (0, 0))
    return count, f"{mixed:016x}"
