"""By which products two builds of a feed differ. Segments that are the same in both are not unpacked."""

from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from difflib import unified_diff

from feeds.index import FeedIndex
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
    before, after = await _segments(storage, name, other), await _segments(storage, name, feed.build)
    old_products, new_products = _products(before, after.keys()), _products(after, before.keys())
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


async def _segments(storage: FeedStorage, name: str, build: int) -> dict[bytes, list[tuple[int, int]]]:
    """By packed bytes, the products in them and how many bytes each has unpacked."""
    index = FeedIndex.decode(await storage.read(index_of(name, build)))
    if index is None:
        raise NotFound("index", f"of build {build} that this version can read")
    file, start, first = await storage.read(file_of(name, build)), index.prologue, 0
    found: dict[bytes, list[tuple[int, int]]] = {}
    for count, size in zip(index.counts, index.packed, strict=True):
        products = zip(index.ids[first : first + count], index.lengths[first : first + count], strict=True)
        found[file[start : start + size]] = list(products)
        start, first = start + size, first + count
    return found


def _products(segments: Mapping[bytes, Sequence[tuple[int, int]]], others: Container[bytes]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for packed, products in segments.items():
        if packed not in others:
            raw, start = inflated(packed), 0
            for product_id, length in products:
                found[product_id] = raw[start : start + length]
                start += length
    return found
