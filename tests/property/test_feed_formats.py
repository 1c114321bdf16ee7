"""Whatever stands in an item: no file breaks, no limit is passed, a file holds what explain tells, and quick checks are right ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feeds.checks import SECTIONS
from feeds.checks.rules import Section, judged
from feeds.formats.allegro_description import _paragraphs, _taken_apart
from feeds.types import Availability, Condition, FeedItem, ShippingPrice
from tests.feeds.formats.reading import document, file_of, made, read, told
from tests.feeds.formats.test_allegro_offer import OFFER, assert_subset, wrong
from tests.feeds.sound_items import channel_of, definition, sound

NASTY = st.sampled_from(
    [
        '"',
        "'",
        "&",
        "<",
        ">",
        ",",
        "\t",
        "\n",
        "\r",
        "\x00",
        "\x1f",
        "]]>",
        "<b>",
        "&amp;",
        "&#0;",
        "\ufffe",
        "\ud800",
        "👨‍👩‍👧",
        "ż",
        " ",
        ":",
        "|",
        "\\",
        "\x85",
        "\u2028",
    ]
)
TEXT = st.one_of(
    st.text(max_size=30),
    st.lists(st.one_of(NASTY, st.text(max_size=5)), max_size=12).map("".join),
    st.text("ab ż", min_size=150, max_size=260),
)
LINK = st.one_of(TEXT, TEXT.map(lambda text: f"https://sklep.example/{text}"))
MOMENT = st.integers(0, 2_500_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
MINOR = st.one_of(st.none(), st.integers(-5, 10**9))
MILLIMETRES = st.one_of(st.none(), st.integers(0, 10**6))
EXTRA_NAMES = [
    "unit_pricing_measure",
    "video_link",
    "ceneo_group",
    "ceneo_avail",
    "Sezon",
    "parameter:Stan",
    "product_parameter:Kolor",
    "custom_number_0",
    "certification",
    "safety_information",
    "city",
    "x",
]

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("id", "title", "description", "summary", "description_html", "brand", "mpn", "gtin", "color", "size", "material", "pattern"),
            TEXT,
        ),
        **dict.fromkeys(("gender", "age_group", "channel_category", "product_type", "shipping_class", "sku"), TEXT),
        **dict.fromkeys(("link", "image_link"), LINK),
        **dict.fromkeys(("price", "sale_price", "prior_price"), MINOR),
        **dict.fromkeys(("length_mm", "width_mm", "height_mm", "weight_grams"), MILLIMETRES),
        **dict.fromkeys(("sale_from", "sale_to", "availability_date"), st.one_of(st.none(), MOMENT)),
        "group_id": st.one_of(st.none(), TEXT),
        "additional_image_links": st.lists(LINK, max_size=25).map(tuple),
        "on_sale": st.booleans(),
        "quantity": st.one_of(st.none(), st.integers(-2, 10**6)),
        "availability": st.sampled_from(Availability),
        "condition": st.sampled_from(Condition),
        "category_path": st.lists(TEXT, max_size=4).map(tuple),
        "shipping": st.lists(st.builds(ShippingPrice, TEXT, TEXT, st.integers(-1, 9999), TEXT), max_size=2).map(tuple),
        "custom_labels": st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT),
        "options": st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
        "attributes": st.dictionaries(st.sampled_from(["sezon", "fason", "x"]), TEXT, max_size=2),
        "extra": st.dictionaries(st.sampled_from(EXTRA_NAMES), TEXT, max_size=3),
    },
)
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def changed(form: str, changes: dict) -> FeedItem:
    return sound(channel_of(form), **changes)


@pytest.mark.parametrize(
    "form", ["meta-csv", "meta-rss", "google-rss", "google-tsv", "tiktok-xml", "pinterest-tsv", "ceneo-xml", "allegro-csv"]
)
@example(changes=[{"image_link": " "}])
@given(changes=st.lists(CHANGES, min_size=1, max_size=2))
@QUICK
def test_no_text_breaks_a_file_or_passes_a_limit(form, changes):
    made_form = made(form)
    items = [changed(form, each) for each in changes]

    assert read(made_form, file_of(made_form, items)) == [told(made_form, item) for item in items]
    for field in made_form.fields:
        most, _, unit = field.limit.partition(" ")
        if unit == "characters" and not field.name.endswith(("id", "link")):
            assert all(len(field.value(item)) <= int(most) for item in items), field.name


@given(changes=CHANGES)
@QUICK
def test_no_text_breaks_an_offer(changes):
    sent = document(made("allegro-jsonl"), changed("allegro-jsonl", changes))

    assert [each for each in wrong(sent, OFFER) if "amount" not in each and "postCode" not in each] == []
    assert len(sent["name"]) <= 75
    for section in sent.get("description", {}).get("sections", ()):
        assert_subset(section["items"][0]["content"])


@pytest.mark.parametrize("form", ["meta-csv", "google-rss", "tiktok-csv", "pinterest-tsv", "ceneo-xml", "allegro-jsonl"])
@given(changes=CHANGES)
@settings(QUICK, max_examples=30)
def test_what_is_quickly_found_sound_is_sound(form, changes):
    item = changed(form, changes)
    sections = [each for each in SECTIONS[channel_of(form)](definition(form)) if isinstance(each, Section)]

    assert [section for section in sections if section.finds_sound(item) and judged(section.clauses, item)] == []


@given(blocks=st.lists(st.tuples(st.sampled_from(["p", "h1", "h2"]), TEXT, st.sampled_from(["", "\n", " \t"])), min_size=1, max_size=4))
@settings(QUICK, max_examples=60)
def test_paragraphs_are_written_as_if_they_were_taken_apart(blocks):
    html = "".join(f"<{tag}>{text}</{tag}>{between}" for tag, text, between in blocks)

    assert _paragraphs(html, 500) in ("", _taken_apart(html, 500))
