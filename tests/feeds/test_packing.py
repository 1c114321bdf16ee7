"""A feed's file is one gzip member that every decoder reads, and is the same bytes whether it was built whole or from the one before."""

import gzip
import zlib
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from feeds.index import FeedIndex, totals_of
from feeds.outcomes import Outcome
from feeds.packing import Before, Entry, Packer, Piece
from feeds.splicing import splice

HEADER, FOOTER = b"<rss>\n", b"</rss>\n"


def entry(number: int, text: str) -> Entry:
    written = f"<item>{number} {text}</item>\n".encode() * (1 + number % 3)
    outcome = Outcome(items=1 + number % 3, rules=(("short", number % 2),) if number % 2 else ())
    return Entry(written, outcome, [number * 10 + place for place in range(outcome.items)])


def whole(products: Mapping[int, Entry]) -> tuple[bytes, Packer]:
    packer = Packer(HEADER, FOOTER)
    for product_id in sorted(products):
        packer.add(product_id, products[product_id])
    packer.finish()
    return b"".join(packer.take()), packer


def spliced(before: bytes, index: FeedIndex, changed: list[int], products: Mapping[int, Entry]) -> tuple[bytes, Packer]:
    packer = Packer(HEADER, FOOTER)
    news = {product_id: products[product_id] for product_id in changed if product_id in products}
    written = b""
    for _ in splice(packer, Before(index), lambda start, size: before[start : start + size], changed, news):
        written += joined(packer.take(), before)
    packer.finish()
    return written + joined(packer.take(), before), packer


def joined(pieces: list[Piece], before: bytes) -> bytes:
    return b"".join(each if isinstance(each, bytes) else before[each.start : each.start + each.size] for each in pieces)


def raw(products: Mapping[int, Entry]) -> bytes:
    return HEADER + b"".join(products[number].written for number in sorted(products)) + FOOTER


def test_the_file_is_one_member_that_any_decoder_reads():
    products = {number: entry(number, "kubek & czajnik ☕") for number in range(1, 500)}
    file, packer = whole(products)
    decoder = zlib.decompressobj(31)
    assert decoder.decompress(file) == raw(products)
    assert (decoder.eof, decoder.unused_data) == (True, b"")
    assert gzip.decompress(file) == raw(products)
    assert (packer.raw_size, packer.packed_size) == (len(raw(products)), len(file))
    assert 20 < len(packer.index.counts) < 150


def test_an_empty_feed_is_a_file_too():
    file, packer = whole({})
    assert gzip.decompress(file) == HEADER + FOOTER
    assert totals_of(packer.index).items == 0


ARRAYS = ("ids", "lengths", "counts", "packed", "raw", "crcs", "claims", "seals")
PRODUCTS = st.dictionaries(st.integers(1, 120), st.sampled_from(["a", "bb", "ccc"]), max_size=60)


@given(before=PRODUCTS, after=PRODUCTS, untouched=st.sets(st.integers(1, 120)), named=st.sets(st.integers(1, 120)))
def test_splicing_makes_the_same_bytes_as_building_whole(before, after, untouched, named):
    """`named`: said to have changed, whether they have or not."""
    old = {number: entry(number, text) for number, text in before.items()}
    new = {number: old[number] if number in old and number in untouched else entry(number, text) for number, text in after.items()}
    changed = sorted(number for number in named | old.keys() | new.keys() if number in named or old.get(number) != new.get(number))
    first, packer = whole(old)
    kept = FeedIndex.decode(packer.index.encode())
    assert kept is not None
    file, again = spliced(first, kept, changed, new)
    expected, reference = whole(new)
    assert file == expected
    assert again.digest == reference.digest
    assert totals_of(again.index) == totals_of(reference.index)
    assert [list(getattr(again.index, name)) for name in ARRAYS] == [list(getattr(reference.index, name)) for name in ARRAYS]


def test_a_product_named_as_changed_that_is_the_same_changes_nothing():
    products = {number: entry(number, "x") for number in range(1, 200)}
    file, packer = whole(products)
    again, packer_again = spliced(file, packer.index, [7, 8, 150], products)
    assert (again, packer_again.digest) == (file, packer.digest)


def test_segments_to_which_changes_do_nothing_are_copied_as_they_stand():
    products = {number: entry(number, "x") for number in range(1, 200)}
    file, packer = whole(products)
    splicing = Packer(HEADER, FOOTER)
    news = {7: products[7], 150: entry(150, "y")}
    steps = sum(1 for _ in splice(splicing, Before(packer.index), lambda start, size: file[start : start + size], [7, 150], news))
    assert steps == 1


def test_an_index_of_another_format_is_none():
    assert FeedIndex.decode(b"not an index") is None
