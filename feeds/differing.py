"""By which products two builds of a feed differ. Segments that are the same in both are not read."""

from collections.abc import AsyncIterator, Container, Iterator, Mapping
from contextlib import ExitStack
from difflib import unified_diff
from itertools import pairwise

from feeds.before import Before
from feeds.index import SEAL
from feeds.packing import inflated
from feeds.records import file_of, index_of, older_build, published
from feeds.storage import FeedStorage
from spoina.db import Pool
from spoina.errors import NotFound


async def difference(pool: Pool, storage: FeedStorage, name: str, build: int | None) -> AsyncIterator[str]:
    """Lines as `diff -u` writes them, product by product. `build` None: the one published before. Raises NotFound."""
    feed = await published(pool, name)
    if feed is None or feed.build is None:
        raise NotFound("published feed", name)
    other = await older_build(pool, name, feed.build, build)
    with ExitStack() as stack:
        older, newer = await _opened(storage, name, other, stack), await _opened(storage, name, feed.build, stack)
        before, after = _segments(older), _segments(newer)
        old_products = await _products(storage, file_of(name, other), older, before, after)
        new_products = await _products(storage, file_of(name, feed.build), newer, after, before)
    yield f"--- build {other}"
    yield f"+++ build {feed.build}"
    for product_id in sorted(old_products.keys() | new_products.keys()):
        old, new = old_products.get(product_id, b""), new_products.get(product_id, b"")
        if old != new:
            yield f"@@ product {product_id} @@"
            for line in _lines(old, new):
                yield line


def _lines(old: bytes, new: bytes) -> Iterator[str]:
    found = unified_diff(old.decode().splitlines(), new.decode().splitlines(), lineterm="", n=0)
    return (line for line in found if not line.startswith(("---", "+++", "@@")))


async def _opened(storage: FeedStorage, name: str, build: int, stack: ExitStack) -> Before:
    index = Before.read(stack.enter_context(await storage.opened(index_of(name, build))))
    if index is None:
        raise NotFound("index", f"of build {build} that this version can read")
    return index


def _segments(index: Before) -> dict[bytes, int]:
    """By seal."""
    return {index.seals[number * SEAL : (number + 1) * SEAL]: number for number in range(index.segments)}


async def _products(
    storage: FeedStorage, path: str, index: Before, segments: Mapping[bytes, int], others: Container[bytes]
) -> dict[int, bytes]:
    """Of the segments that the other build has not."""
    found: dict[int, bytes] = {}
    for seal, number in segments.items():
        if seal not in others:
            pieces = storage.pieces(path, index.starts[number], index.packed[number])
            raw, there = inflated(b"".join([piece async for piece in pieces])), index.segment(number)
            for product_id, (start, end) in zip(there.products.ids, pairwise(there.ends), strict=True):
                found[product_id] = raw[start:end]
    return found
