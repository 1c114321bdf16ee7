"""A definition that is wrong says in which file, in which field, and what is allowed."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.definitions import load_definitions, next_build, parse_definition, with_updates
from feeds.demo import write_definitions
from feeds.formats import FORMATS
from feeds.steps import WRITABLE
from feeds.templates import FILTERS
from feeds.types import (
    Availability,
    BasicAuth,
    Condition,
    Effect,
    FeedChannel,
    FeedDefinition,
    FieldRule,
    Filter,
    Guards,
    PriceRule,
    Replacement,
    Rounding,
    ShippingPrice,
    Variants,
)
from spoina.errors import InvalidInput

START = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'


META = START.replace("google-rss", "meta-csv").replace("google", "meta")
TITLE = '[[fields]]\nname = "a"\nfield = "title"\ntemplate = "x"\n'
SHIPPING = '[[shipping]]\nservice = "Kurier"\n'


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("channel = ", "g.toml", "is no TOML"),
        ('channel = "gogle"', "g.toml: channel", "use meta, google, tiktok, pinterest, ceneo, allegro"),
        (START.replace("google-rss", "google-csv"), "g.toml: format", "'google-csv' is not known; use one of allegro-csv, "),
        (START.replace("https://sklep.example", "sklep"), "g.toml: base_url", "is no address such as https://shop.example"),
        (START + 'name = "x"', "g.toml: name", "is the file's name"),
        (START + 'colour = "x"', "g.toml", "unknown field `colour`; use channel, format, base_url"),
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
        (START.replace("https://sklep.example", "https://[::1"), "g.toml: base_url", "is no address"),
        (START.replace("https://sklep.example", "https://sklep.example:99999"), "g.toml: base_url", "is no address"),
        (START.replace("https://sklep.example", "https://sklep example"), "g.toml: base_url", "is no address"),
        (START + 'images_extension = ".jpg"', "g.toml: images_extension", "'.jpg' is no ending alone, such as \"jpg\""),
        (START + 'schedule = "0 0 31 2 *"', "g.toml: schedule", "'0 0 31 2 *' never comes"),
        (START.replace('"google"', '"meta"'), "g.toml: format", "'google-rss' is none of channel meta's; use one of meta-country-csv, "),
        (START + 'override = "DE"', "g.toml: override", "google-rss overrides nothing"),
        (META.replace("-csv", "-country-csv") + 'override = "Niemcy"', "g.toml: override", "no ISO 3166 country, such as DE"),
        (META.replace("-csv", "-language-csv") + 'override = "de"', "g.toml: override", "as Meta writes it, such as de_DE or en_XX"),
        (START + 'currency = "EUR"\nexchange_rate = "0,23"', "g.toml: exchange_rate", "'0,23' is not a decimal number"),
        (START + "exchange_rate = 0.23", "g.toml: exchange_rate", 'got `float`: write it in quotes, as "5.00"'),
        (START + "variants = true", "g.toml: variants", "use grouped, separate, first"),
        (START + '[filters]\nname = "a"', "g.toml: filters", "Expected a list, got a table: begin each with [[filters]]"),
        (START + '[[filters]]\nname = "a"', "g.toml: filters.a", "says nothing"),
        (START + '[[filters]]\nname = "a"\nnewer_than_days = 99999999999', "g.toml: filters.a.newer_than_days", "from 1 to 36500"),
        (START + '[[filters]]\nname = "a"\nolder_than_days = -1', "g.toml: filters.a.older_than_days", "from 1 to 36500"),
        (START + '[[filters]]\nname = "a"\nstock_below = 0', "g.toml: filters.a.stock_below", "0 fits nothing: give 1 or more"),
        (START + '[[filters]]\nname = "a"\nprice_below = "-5"', "g.toml: filters.a.price_below", "'-5' is not above zero"),
        (START + '[[filters]]\nname = "a"\nprice_from = "5.001"', "g.toml: filters.a.price_from", "more than the 2 digits"),
        (START + '[[filters]]\nname = "a"\nprice_below = "5,00"', "g.toml: filters.a.price_below", "is not a decimal number"),
        (
            START + TITLE + 'when = { name = "b", bag = ["x"] }',
            "g.toml: fields[0].when",
            "unknown field `bag`; use name, effect, categories",
        ),
        (START + TITLE.replace("x", "{nazwa}"), "g.toml: fields.a.template", "{nazwa} is not known"),
        (START + TITLE.replace("x", "{option.}"), "g.toml: fields.a.template", "{option.} is not known"),
        (START + '[[prices]]\nname = "a"\npercent = "-100"', "g.toml: prices.a.percent", "not above -100 and at most 10000"),
        (START + '[[prices]]\nname = "a"\npercent = "1e9"', "g.toml: prices.a.percent", "is not a decimal number"),
        (
            START + '[[prices]]\nname = "a"\namount = "1.999"',
            "g.toml: prices.a.amount",
            "more than the 2 digits after the dot that PLN has",
        ),
        (START + '[[prices]]\nname = "a"\namount = "99999999999"', "g.toml: prices.a.amount", "is more than 1000000000"),
        (START + '[[replacements]]\nname = "a"\nfield = "price"\nfind = "x"', "g.toml: replacements.a.field", "is no text"),
        (START + "[labels]\n0 = 5", "g.toml: labels.0", "Expected `str`, got `int`"),
        (START + '[labels]\n5 = "x"', "g.toml: labels.5", "labels are numbered 0 to 4"),
        (START + "[categories]\ndom = 123", "g.toml: categories.dom", "Expected `str`, got `int`"),
        (START + '[utm]\nutm_source = "google"', "g.toml: utm.utm_source", "which becomes utm_source; write source"),
        (START + '[utm]\n"a b" = "google"', "g.toml: utm.a b", "is no name such as source"),
        (START + SHIPPING + 'country = "Polska"\nprice = 5', "g.toml: shipping[0].country", "no ISO 3166 country"),
        (START + SHIPPING + 'country = "PL"\nprice = -5', "g.toml: shipping[0].price", "-5 is below zero"),
        (START + SHIPPING + 'country = "PL"\nprice = 12.99', "g.toml: shipping[0].price", "in minor units: 1299 for 12.99"),
        (
            START + SHIPPING + 'country = "PL"\nprice = 5\nregoin = "x"',
            "g.toml: shipping[0]",
            "`regoin`; use country, service, price, region",
        ),
    ],
)
def test_what_is_wrong_is_said(text, field, reason):
    with pytest.raises(InvalidInput) as refused:
        parse_definition(text, "g", "g.toml")
    assert refused.value.field == field
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    "text", ["title = " + "9" * 5000, "title = " + "[" * 5000, 'backorder_days = 1e400\n"" = 1', "backorder_days = " + "9" * 30]
)
def test_no_file_whatever_ends_the_worker_that_reads_it(text):
    with pytest.raises(InvalidInput, match=r"^g\.toml"):
        parse_definition(START + text, "g", "g.toml")


def test_a_folder_of_feeds_in_the_order_of_their_names(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.toml").write_text(START)
    assert [each.name for each in load_definitions(tmp_path)] == ["a", "b"]
    assert load_definitions(tmp_path / "none") == []


def test_a_file_as_windows_writes_it(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + START.replace("\n", "\r\n").encode())
    (tmp_path / "b.toml").write_bytes(START.encode("utf-16"))
    with pytest.raises(InvalidInput, match=r"b\.toml: cannot be read: 'utf-8' codec"):
        load_definitions(tmp_path)
    (tmp_path / "b.toml").unlink()
    assert [each.format for each in load_definitions(tmp_path)] == ["google-rss"]


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


DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "feed-definitions.md").read_text("utf-8")


def test_the_documentation_has_every_word_of_a_definition():
    structs = (FeedDefinition, Filter, FieldRule, Replacement, PriceRule, ShippingPrice, Guards, BasicAuth)
    words = {name for struct in structs for name in struct.__struct_fields__} - {"filters", "fields", "replacements", "prices", "shipping"}
    choices = {each.value for kind in (FeedChannel, Effect, Availability, Condition, Variants, Rounding) for each in kind}
    told = set(re.findall(r"[a-z0-9_-]+", " ".join(re.findall(r"`[^`\n]+`", DOCUMENTATION))))
    assert (words | choices | FORMATS.keys() | FILTERS.keys() | WRITABLE) - told == set()


def test_the_example_in_the_documentation_is_a_definition():
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENTATION, re.DOTALL)
    made = parse_definition(example, "google", "google.toml")
    assert ([each.name for each in made.fields], made.shipping[0].price) == (["colour and size", "the shop's own brand"], 1299)
