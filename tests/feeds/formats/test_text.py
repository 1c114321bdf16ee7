"""Text as channels take it."""

import pytest

from feeds.formats.text import cut, cut_bytes, one_line, several_lines, without_emoji


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("clean", "Kubek 0,5 l – „Ania”", "Kubek 0,5 l – „Ania”"),
        ("around", "  Kubek ", "Kubek"),
        ("breaks and tabs", "Kubek\r\n\ti spodek\u2028x", "Kubek i spodek x"),
        ("odd spaces", "Kubek\u00a0i\u2003spodek", "Kubek i spodek"),
        ("control characters", "Ku\x00bek\x07", "Kubek"),
        ("invisible", "Ku\u00adbek\ufeff \u202eab", "Kubek ab"),
        ("half a pair", "Kubek\ud83d", "Kubek"),
        ("what joins emoji stays", "👨‍👩‍👧", "👨‍👩‍👧"),
        ("markup", "<p>Kubek<br/><b>i</b> spodek</p><!-- x -->", "Kubek i spodek"),
        ("no markup", "5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("entities", "H&amp;M &lt;3", "H&M <3"),
        ("an entity's text", "R&D; x", "R&D; x"),
    ],
)
def test_one_line(case, text, expected):
    assert one_line(text) == expected


def test_several_lines_keep_their_breaks():
    assert several_lines(" <p>a</p>\r\n\x00<p>b\ufeff</p>\r") == "<p>a</p>\n<p>b</p>"


@pytest.mark.parametrize(
    ("case", "text", "limit", "expected"),
    [
        ("fits", "Kubek", 5, "Kubek"),
        ("between words", "Kubek i spodek", 12, "Kubek i"),
        ("exactly at a word's end", "Kubek i spodek", 7, "Kubek i"),
        ("no dangling comma", "Kubek, spodek", 9, "Kubek"),
        ("no dangling dash", "Kubek – spodek", 9, "Kubek"),
        ("a word longer than half", "Kubek superdługiesłowo", 14, "Kubek superdłu"),
        ("one word", "k" * 20, 5, "kkkkk"),
        ("letter and mark stay together", "aaaae\u0301", 5, "aaaa"),
        ("emoji stay whole", "ab👍🏽", 3, "ab"),
        ("joined emoji stay whole", "abcd👨\u200d👩", 6, "abcd"),
    ],
)
def test_cut(case, text, limit, expected):
    assert cut(text, limit) == expected


def test_cut_counts_bytes_where_a_channel_does():
    assert cut_bytes("żółw idzie", 10) == "żółw"
    assert cut_bytes("idzie żółw", 11) == "idzie"
    assert cut_bytes("żółw idzie", 13) == "żółw idzie"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Kubek ☕️ rodziny 👨‍👩‍👧", "Kubek rodziny"), ("Flaga 🇵🇱!", "Flaga !"), ("Kubek™ ©2026 ½ l", "Kubek™ ©2026 ½ l"), ("5 → 6", "5 6")],
)
def test_without_emoji(text, expected):
    assert without_emoji(text) == expected
