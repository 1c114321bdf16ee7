"""Writes a feed's file: gzip, made of segments that are packed anew or copied as they stand from the file before."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from isal import isal_zlib

from feeds.before import Before, Products
from feeds.index import SEAL, FeedIndex, opens_segment
from feeds.outcomes import Outcome

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time: the same content is the same bytes."""
_LAST_BLOCK = b"\x03\x00"
_RAW_DEFLATE = -15
_LEVEL = 1
_ON_ITS_WAY = 512 * 1024
"""Bytes that collect before they should be handed on: the last of them are waited for."""

_combined = isal_zlib.crc32_combine


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What there is of one product: its bytes, what became of its items, and the ids that these claim (feeds.claims)."""

    written: bytes
    outcome: Outcome
    claims: Sequence[int] = ()


class Span(msgspec.Struct, frozen=True, gc=False):
    """Bytes of the file before."""

    start: int
    size: int


Piece = bytes | memoryview | Span


class Packer:
    """Products are added in the order of their ids. What is ready waits in `ready` until somebody takes it away."""

    def __init__(self, header: bytes, footer: bytes) -> None:
        self._footer = footer
        self.ready: list[Piece] = []
        self._open: list[bytes] = []
        self._open_products = self._claims = 0
        """In the index: products of the segment in the making, and claims of those before."""
        self._crc = self._waiting = self.packed_size = self.raw_size = 0
        self._frame = _GZIP_HEADER + deflated(header)
        self._append(self._frame, isal_zlib.crc32(header), len(header))
        self.index = FeedIndex(self.packed_size)

    def add(self, product_id: int, entry: Entry) -> None:
        if opens_segment(product_id):
            self.close_segment()
        index = self.index
        index.ids.last.append(product_id)
        index.lengths.last.append(len(entry.written))
        index.outcomes.last.append(index.place_of(entry.outcome))
        index.claims.last.extend(entry.claims)
        self._open.append(entry.written)
        self._open_products += 1

    def keep(self, products: Products, written: bytes) -> None:
        """Products of the file before, neighbours in one segment there, as they were written. The index has that one's table."""
        if opens_segment(products.ids[0]):
            self.close_segment()
        self._enter(products)
        self._open.append(written)
        self._open_products += len(products.ids)

    def copy(self, before: Before, start: int, stop: int) -> None:
        """Whole segments of the file before as they stand. The index has that one's table."""
        self.close_segment()
        index, size = self.index, before.starts[stop] - before.starts[start]
        products = before.products(start, stop)
        self._enter(products)
        self._claims = len(index.claims)
        index.counts.extend(before.counts[start:stop])
        index.packed.extend(before.packed[start:stop])
        index.claimed.extend(before.claimed[start:stop])
        index.seals += before.seals[start * SEAL : stop * SEAL]
        sizes, crcs = before.raw[start:stop], before.crcs[start:stop]
        index.raw.extend(sizes)
        index.crcs.extend(crcs)
        crc = self._crc
        for its, length in zip(crcs, sizes, strict=True):
            crc = _combined(crc, its, length)
        self._crc = crc
        self.raw_size += sum(sizes)
        self.packed_size += size
        self._waiting += size
        self.ready.append(Span(before.starts[start], size))
        index.pack()

    def _enter(self, products: Products) -> None:
        index = self.index
        index.ids.last.extend(products.ids)
        index.lengths.last.extend(products.lengths)
        index.outcomes.last.extend(products.outcomes)
        index.claims.last.extend(products.claims)

    def close_segment(self) -> None:
        if not self._open_products:
            return
        raw = b"".join(self._open)
        packed, crc = deflated(raw), isal_zlib.crc32(raw)
        index = self.index
        index.counts.append(self._open_products)
        index.claimed.append(len(index.claims) - self._claims)
        index.packed.append(len(packed))
        index.raw.append(len(raw))
        index.crcs.append(crc)
        index.seals += sha256(packed).digest()[:SEAL]
        index.pack()
        self._open.clear()
        self._open_products, self._claims = 0, len(index.claims)
        self._append(packed, crc, len(raw))

    def finish(self) -> None:
        self.close_segment()
        self._append(packed := deflated(self._footer), isal_zlib.crc32(self._footer), len(self._footer))
        end = _LAST_BLOCK + self._crc.to_bytes(4, "little") + (self.raw_size & 0xFFFFFFFF).to_bytes(4, "little")
        self._frame += packed + end
        self._hand_on(end)

    @property
    def digest(self) -> bytes:
        """Another for every other file: a hash over what its parts' hashes are, so that parts that are copied need not be read again."""
        whole = sha256(self._frame)
        whole.update(self.index.packed)
        whole.update(self.index.seals)
        return whole.digest()

    @property
    def is_full(self) -> bool:
        return self._waiting >= _ON_ITS_WAY

    def take(self) -> list[Piece]:
        """What is ready."""
        ready, self.ready, self._waiting = self.ready, [], 0
        return ready

    def _append(self, packed: bytes, crc: int, size: int) -> None:
        self._crc = _combined(self._crc, crc, size)
        self.raw_size += size
        self._hand_on(packed)

    def _hand_on(self, packed: bytes) -> None:
        self.ready.append(packed)
        self._waiting += len(packed)
        self.packed_size += len(packed)


def deflated(raw: bytes) -> bytes:
    """Complete on a byte and without anything from before, so that it can be put after anything."""
    packing = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
    return packing.compress(raw) + packing.flush(isal_zlib.Z_SYNC_FLUSH)


def inflated(segment: bytes) -> bytes:
    """Raises isal_zlib.IsalError for what is no segment."""
    return isal_zlib.decompressobj(_RAW_DEFLATE).decompress(segment)
