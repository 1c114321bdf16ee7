"""Writes a feed's file: gzip, made of segments that are packed anew or copied as they stand from the file before."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
from isal import isal_zlib

from feeds.index import FeedIndex, opens_segment
from feeds.recipe import Outcome

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""No name, no time: the same content is the same bytes."""
_LAST_BLOCK = b"\x03\x00"
_RAW_DEFLATE = -15
_LEVEL = 1
_ON_ITS_WAY = 256 * 1024
"""Bytes that collect before they are handed on."""

_combined = isal_zlib.crc32_combine
Sink = Callable[[bytes], None]


class Run(msgspec.Struct, frozen=True, gc=False):
    """Neighbouring segments of a file before: its products `products`, its segments `segments`."""

    products: slice
    segments: slice
    packed: bytes


class Packer:
    """`sink` takes the file's bytes in order. Products are added in the order of their ids."""

    def __init__(self, sink: Sink, header: bytes, footer: bytes) -> None:
        self._sink, self._header, self._footer = sink, header, footer
        self._digest = sha256()
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self.packed_size, self.raw_size = 0, 0
        self._crc = 0
        self._open: list[bytes] = []
        self._hand_on(_GZIP_HEADER)
        self._append(_deflated(header), isal_zlib.crc32(header), len(header))
        self.index = FeedIndex(self.packed_size)

    def add(self, product_id: int, written: bytes, outcome: Outcome) -> None:
        if opens_segment(product_id):
            self.close_segment()
        index = self.index
        index.ids.append(product_id)
        index.lengths.append(len(written))
        index.outcomes.append(index.place_of(outcome))
        self._open.append(written)

    def copy(self, run: Run, other: FeedIndex) -> None:
        """The run's first product opens a segment, or is the first of all."""
        self.close_segment()
        index, products, segments = self.index, run.products, run.segments
        index.ids.extend(other.ids[products])
        index.lengths.extend(other.lengths[products])
        index.outcomes.extend(other.outcomes[products])
        index.counts.extend(other.counts[segments])
        index.packed.extend(other.packed[segments])
        sizes, crcs = other.raw[segments], other.crcs[segments]
        index.raw.extend(sizes)
        index.crcs.extend(crcs)
        for crc, size in zip(crcs, sizes, strict=True):
            self._crc = _combined(self._crc, crc, size)
        self.raw_size += sum(sizes)
        self._hand_on(run.packed)

    def close_segment(self) -> None:
        if not self._open:
            return
        raw = b"".join(self._open)
        packed, crc = _deflated(raw), isal_zlib.crc32(raw)
        index = self.index
        index.counts.append(len(self._open))
        index.packed.append(len(packed))
        index.raw.append(len(raw))
        index.crcs.append(crc)
        self._open.clear()
        self._append(packed, crc, len(raw))

    def finish(self) -> None:
        self.close_segment()
        self._append(_deflated(self._footer), isal_zlib.crc32(self._footer), len(self._footer))
        self._hand_on(_LAST_BLOCK + self._crc.to_bytes(4, "little") + (self.raw_size & 0xFFFFFFFF).to_bytes(4, "little"))
        self._flush()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file, once it is finished."""
        return self._digest.digest()

    def _append(self, packed: bytes, crc: int, size: int) -> None:
        self._crc = _combined(self._crc, crc, size)
        self.raw_size += size
        self._hand_on(packed)

    def _hand_on(self, packed: bytes) -> None:
        self._waiting.append(packed)
        self._waiting_size += len(packed)
        self.packed_size += len(packed)
        if self._waiting_size >= _ON_ITS_WAY:
            self._flush()

    def _flush(self) -> None:
        together = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_size = 0
        self._digest.update(together)
        self._sink(together)


def _deflated(raw: bytes) -> bytes:
    """Complete on a byte and without anything from before, so that it can be put after anything."""
    packing = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW_DEFLATE)
    return packing.compress(raw) + packing.flush(isal_zlib.Z_SYNC_FLUSH)


def inflated(segment: bytes) -> bytes:
    return isal_zlib.decompressobj(_RAW_DEFLATE).decompress(segment)
