"""A feed's file is one gzip member that every decoder reads, and is the same bytes whether it was built whole or from the one before."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.before import Before
from feeds.index import INDEX_FORMAT, FeedIndex
from feeds.news import News
from feeds.outcomes import Outcome
from feeds.packing import Entry, Packer, Piece
from feeds.splicing import OldFile, TornFile, splice

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


def spliced(
    before: bytes, index: FeedIndex, changed: list[int], products: Mapping[int, Entry], *, small: bool = True
) -> tuple[bytes, Packer, int]:
    """How many segments were packed anew, too. `small`: the index is held in memory, and segments are unpacked ahead."""
    packer, steps = Packer(HEADER, FOOTER), 0
    news = News()
    for product_id in changed:
        if product_id in products:
            news.put(product_id, products[product_id])
    written = b""
    with stored(index, small=small) as standing:
        old = OldFile(standing, lambda start, size: before[start : start + size])
        old.unpack_ahead(changed if small else [])
        for _ in splice(packer, old, changed, news):
            written += joined(packer.take(), before)
            steps += 1
    packer.finish()
    return written + joined(packer.take(), before), packer, steps


@contextmanager
def stored(index: FeedIndex, *, small: bool = True) -> Iterator[Before]:
    with TemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        if not small:
            patch.setattr("feeds.before.HELD", 0)
        file.writelines(index.pieces())
        file.flush()
        before = Before.read(file)
        assert before is not None
        yield before


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
    assert packer.index.totals().items == 0


COLUMNS = ("ids", "lengths", "claims")
ARRAYS = ("counts", "packed", "raw", "crcs", "claimed", "seals")


@pytest.fixture(autouse=True)
def often_packed(monkeypatch):
    """What an index holds of a few products is packed as what a large one holds of many."""
    monkeypatch.setattr("feeds.index._TOGETHER", 16)


def numbers(index: FeedIndex, name: str) -> list[int]:
    return [number for piece in getattr(index, name).pieces() for number in piece]


PRODUCTS = st.dictionaries(st.integers(1, 120), st.sampled_from(["a", "bb", "ccc"]), max_size=60)


@given(before=PRODUCTS, after=PRODUCTS, untouched=st.sets(st.integers(1, 120)), named=st.sets(st.integers(1, 120)), small=st.booleans())
def test_splicing_makes_the_same_bytes_as_building_whole(before, after, untouched, named, small):
    """`named`: said to have changed, whether they have or not."""
    old = {number: entry(number, text) for number, text in before.items()}
    new = {number: old[number] if number in old and number in untouched else entry(number, text) for number, text in after.items()}
    changed = sorted(number for number in named | old.keys() | new.keys() if number in named or old.get(number) != new.get(number))
    first, packer = whole(old)
    file, again, _ = spliced(first, packer.index, changed, new, small=small)
    expected, reference = whole(new)
    assert file == expected
    assert again.digest == reference.digest
    assert again.index.totals() == reference.index.totals()
    assert [list(getattr(again.index, name)) for name in ARRAYS] == [list(getattr(reference.index, name)) for name in ARRAYS]
    assert [numbers(again.index, name) for name in COLUMNS] == [numbers(reference.index, name) for name in COLUMNS]


def test_a_product_named_as_changed_that_is_the_same_changes_nothing():
    products = {number: entry(number, "x") for number in range(1, 200)}
    file, packer = whole(products)
    again, packer_again, steps = spliced(file, packer.index, [7, 8, 150], products)
    assert (again, packer_again.digest, steps) == (file, packer.digest, 0)


def test_only_segments_in_which_something_changed_are_packed_again():
    products = {number: entry(number, "x") for number in range(1, 200)}
    file, packer = whole(products)
    assert spliced(file, packer.index, [7, 150], products | {150: entry(150, "y")})[2] == 1


@pytest.mark.parametrize("damage", ["none", "a bit", "the wrong one"])
def test_segments_are_what_the_index_says_or_torn(damage):
    products = {number: entry(number, "x") for number in range(1, 200)}
    file, packer = whole(products)
    with stored(packer.index) as standing:
        place = standing.starts[3] + standing.packed[3] // 2
        damaged = {"none": file, "a bit": file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :], "the wrong one": file}[damage]
        shift = standing.packed[2] if damage == "the wrong one" else 0

        def old() -> OldFile:
            return OldFile(standing, lambda start, size: damaged[start - shift : start - shift + size])

        ahead = old()
        if damage == "none":
            ahead.unpack_ahead([standing.openings[3], standing.openings[9]])
            assert [ahead.unpacked(number) for number in (3, 9)] == [old().unpacked(number) for number in (3, 9)]
            return
        with pytest.raises(TornFile):
            ahead.unpack_ahead([standing.openings[3]])
        with pytest.raises(TornFile):
            old().unpacked(3)


@pytest.mark.parametrize("damage", ["none", "a bit", "the end", "another format", "all", "head"])
def test_only_a_whole_index_of_this_format_is_read(damage, tmp_path, monkeypatch):
    if damage == "another format":
        monkeypatch.setattr("feeds.index.INDEX_FORMAT", INDEX_FORMAT + 1)
    content = bytearray(b"".join(whole({number: entry(number, "x") for number in range(1, 20)})[1].index.pieces()))
    match damage:
        case "a bit":
            content[200] ^= 1
        case "the end":
            del content[-1]
        case "all":
            content.clear()
        case "head":
            content[:] = (1 << 31).to_bytes(4, "big") + content[4:-4]
            content += zlib.crc32(content).to_bytes(4, "big")
    (tmp_path / "index").write_bytes(content)
    with (tmp_path / "index").open("rb") as file:
        assert (Before.read(file) is not None) == (damage == "none")


def test_what_is_new_is_held_packed_beyond_a_size(monkeypatch):
    monkeypatch.setattr("feeds.news.MOST_UNPACKED", 100)
    news = News()
    entries = {number: entry(number, "x" * 40) for number in range(5)}
    for number in (1, 0, 1, 2, 3, 4):
        news.put(number, entries[number])
    assert {number: news.get(number) for number in news} == entries
    assert (news.get(9), 9 in news, list(news.claims_of(4))) == (None, False, entries[4].claims)
