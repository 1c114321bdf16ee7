"""A definition that is wrong says in which file, in which field, and what is allowed."""

from datetime import UTC, datetime

import pytest

from feeds.definitions import load_definitions, next_build, parse_definition, with_updates
from feeds.demo import write_definitions
from spoina.errors import InvalidInput

START = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("channel = ", "g.toml", "is no TOML"),
        ('channel = "gogle"', "g.toml: channel", "use meta, google, tiktok, pinterest, ceneo, allegro"),
        (START.replace("google-rss", "google-csv"), "g.toml: format", "'google-csv' is not known; use one of allegro-csv, "),
        (START.replace("https://sklep.example", "sklep"), "g.toml: base_url", "is no address such as https://shop.example"),
        (START + 'name = "x"', "g.toml: name", "is the file's name"),
        (START + 'colour = "x"', "g.toml", "unknown field `colour`; use name, channel, format, base_url"),
        (START + 'country = "Polska"', "g.toml: country", "no ISO 3166 country"),
        (START + 'language = "polski"', "g.toml: language", "no ISO 639 language"),
        (START + 'currency = "zł"', "g.toml: currency", "no ISO 4217 currency"),
        (START + 'schedule = "hourly"', "g.toml: schedule", '"0 * * * *" for every full hour'),
        (START + "update = true", "g.toml: update", "google-rss has no update feed"),
        (START + "[guards]\nlargest_shrink = 101", "g.toml: guards.largest_shrink", "is a percentage"),
        (START + '[[filters]]\nname = "a"\neffect = "drop"', "g.toml: filters[0].effect", "use include, exclude"),
        (START + '[[filters]]\nname = "a"\ntag = "b"', "g.toml: filters[0]", "unknown field `tag`; use name, effect, categories, tags"),
        (START + '[[filters]]\nname = "hidden"\ntags = ["b"]', "g.toml: filters.name", "is the name of a rule that every feed has"),
        (START + '[[fields]]\nname = "a"\nfield = "title"\n' * 1, "g.toml: fields[0]", "missing required field `template`"),
        (START + '[[filters]]\nname = "a"\ntags = ["b"]\n' * 2, "g.toml: filters.name", "'a' is the name of two rules"),
        (START + "backorder_days = 400", "g.toml: backorder_days", "from 0 to 365"),
        (START + '[basic_auth]\nuser = "a"\npassword_sha256 = "secret"', "g.toml: basic_auth", "64 hexadecimal digits"),
    ],
)
def test_what_is_wrong_is_said(text, field, reason):
    with pytest.raises(InvalidInput) as refused:
        parse_definition(text, "g", "g.toml")
    assert refused.value.field == field
    assert reason in refused.value.reason


def test_a_folder_of_feeds_in_the_order_of_their_names(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(START)
    assert [each.name for each in load_definitions(tmp_path)] == ["a", "b"]
    assert load_definitions(tmp_path / "none") == []


@pytest.mark.parametrize("name", ["Google", "a b", "", "x-update", "../x"])
def test_names_that_stand_in_an_address(name):
    with pytest.raises(InvalidInput, match="is not made of a-z"):
        parse_definition(START, name, "g.toml")


def test_an_update_feed_stands_beside_its_feed():
    text = START.replace("google-rss", "meta-csv").replace('"google"', '"meta"') + "update = true"
    feed, update = with_updates([parse_definition(text, "meta", "meta.toml")])
    assert (feed.name, update.name, update.format, update.update) == ("meta", "meta-update", "meta-update-csv", False)


def test_when_a_feed_is_due():
    assert next_build("*/15 * * * *", datetime(2026, 3, 1, 12, 1, tzinfo=UTC)) == datetime(2026, 3, 1, 12, 15, tzinfo=UTC)


def test_the_demo_keeps_what_somebody_changed(tmp_path):
    write_definitions(tmp_path)
    assert {each.channel for each in load_definitions(tmp_path)} == {"meta", "google", "tiktok", "pinterest", "ceneo", "allegro"}
    (tmp_path / "google-pl.toml").write_text(START)
    write_definitions(tmp_path)
    assert (tmp_path / "google-pl.toml").read_text() == START
