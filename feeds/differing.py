"""By which products two builds of a feed differ. Segments that are the same in both are not read."""

from collections.abc import AsyncIterator, Container, Iterator, Mapping
from difflib import unified_diff
from typing import NamedTuple

from feeds.index import SEAL, FeedIndex
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
    older, newer = await _index(storage, name, other), await _index(storage, name, feed.build)
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


class _Segment(NamedTuple):
    start: int
    size: int
    products: slice


async def _index(storage: FeedStorage, name: str, build: int) -> FeedIndex:
    index = FeedIndex.decode(await storage.read(index_of(name, build)))
    if index is None:
        raise NotFound("index", f"of build {build} that this version can read")
    return index


def _segments(index: FeedIndex) -> dict[bytes, _Segment]:
    """By seal."""
    found: dict[bytes, _Segment] = {}
    start, first = index.prologue, 0
    for number, (count, size) in enumerate(zip(index.counts, index.packed, strict=True)):
        found[bytes(index.seals[number * SEAL : (number + 1) * SEAL])] = _Segment(start, size, slice(first, first + count))
        start, first = start + size, first + count
    return found


async def _products(
    storage: FeedStorage, path: str, index: FeedIndex, segments: Mapping[bytes, _Segment], others: Container[bytes]
) -> dict[int, bytes]:
    """Of the segments that the other build has not."""
    found: dict[int, bytes] = {}
    for seal, segment in segments.items():
        if seal not in others:
            raw, start = inflated(b"".join([piece async for piece in storage.pieces(path, segment.start, segment.size)])), 0
            for product_id, length in zip(index.ids[segment.products], index.lengths[segment.products], strict=True):
                found[product_id] = raw[start : start + length]
                start += length
    return found
