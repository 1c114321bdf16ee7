"""A file is written from new pieces and from parts of an older one, whatever their sizes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.packing import Span
from feeds.storage import open_storage

OLD = bytes(range(256)) * 2
PIECES = st.lists(st.one_of(st.binary(max_size=20), st.builds(Span, st.integers(0, 400), st.integers(1, 112))), max_size=12)


@given(lots=st.lists(PIECES, max_size=4), at_once=st.sampled_from([7, 64, 1024]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_pieces_and_parts_of_an_older_file(tmp_path, lots, at_once):
    (tmp_path / "old").write_bytes(OLD)
    with pytest.MonkeyPatch.context() as patch, (tmp_path / "old").open("rb") as old:
        patch.setattr("feeds.storage._COPIED_AT_ONCE", at_once)
        patch.setattr("feeds.storage.PIECE", 50)
        await written(tmp_path, old, *lots)
    expected = [each if isinstance(each, bytes) else OLD[each.start : each.start + each.size] for pieces in lots for each in pieces]
    assert (tmp_path / "new").read_bytes() == b"".join(expected)


async def test_an_older_file_that_is_too_short(tmp_path):
    (tmp_path / "old").write_bytes(OLD)
    with (tmp_path / "old").open("rb") as old, pytest.raises(EOFError):
        await written(tmp_path, old, [b"begin", Span(500, 100)], [b"end"])
    assert [each.name for each in tmp_path.iterdir()] == ["old"]


async def written(folder, old, *lots):
    async with open_storage(None, folder).writing("new", 100) as file:
        for pieces in lots:
            await file.write(pieces, old)
