"""A description that goes into a feed as its document has it is one that nothing would be changed about."""

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.formats.text import one_line
from feeds.sources import decode_source
from spoina.catalog.assembly import encode
from tests.feeds.shop import good

LETTERS = st.text("aąŻz Eé.,-0\u0149×\u00ad\u00a0„“<&>\"'\\\n\u017f\u0180", max_size=12)


@example("Kubek emaliowany")
@example("ŻÓŁĆ")
@example("Żółw \u00a0")
@given(st.one_of(LETTERS, st.text(st.characters(codec="utf-8"), max_size=20)))
def test_what_is_plain_needs_no_cleaning(text):
    source = decode_source(encode(good(1, description=text)))

    assert source.description == text
    plain = source.plain_description.decode()
    assert plain in ("", one_line(text))
    assert not set(plain) & set('<>&"\\')
    assert not plain or (plain[0].isalnum() and not plain.isupper())


def test_a_plain_one_is_found_so():
    assert decode_source(encode(good(1, description="Żółty kubek, 5 % taniej. "))).plain_description.decode() == "Żółty kubek, 5 % taniej."


def test_without_a_description_there_is_none():
    document = msgspec.json.decode(encode(good(1)))
    del document["description"]
    source = decode_source(msgspec.json.encode(document))
    assert (source.description, source.plain_description) == ("", b"")
