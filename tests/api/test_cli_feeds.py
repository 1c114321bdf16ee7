"""`spoina feeds`, in this process and over a real database."""

import asyncio
import json
import os
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from spoina.db import connect_pool
from tests.api.test_cli import _logging_as_it_was, env  # noqa: F401 - fixtures
from tests.feeds.shop import good, open_shop, put_in

DEFINITION = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "feeds"
    made.mkdir()
    (made / "google-pl.toml").write_text(DEFINITION + '[[filters]]\nname = "last ones"\nstock_below = 2\n')
    return made


@pytest.fixture
def spoina(env, tmp_path, folder):  # noqa: F811
    def run(*arguments: str) -> Result:
        with patch.dict(os.environ, {**env, "SPOINA_DATA_DIR": str(tmp_path)}, clear=True):
            return CliRunner().invoke(main, ["feeds", *arguments], prog_name="spoina")

    in_shop(env, lambda pool: open_shop(pool, [good(number) for number in range(1, 21)]))
    return run


def in_shop(env, work) -> None:  # noqa: F811
    async def done() -> None:
        pool = await connect_pool(env["SPOINA_DATABASE_URL"])
        await work(pool)
        await pool.close()

    asyncio.run(done())


def test_from_a_definition_to_a_feed_and_back(spoina, env):  # noqa: F811
    before = spoina("list")
    built = spoina("build")
    in_shop(env, lambda pool: put_in(pool, [good(7, title="Nowy kubek & spodek")]))
    changed = spoina("build", "google-pl")
    difference = spoina("diff", "google-pl")
    back = spoina("rollback", "google-pl")
    after = spoina("list")
    builds = spoina("list", "google-pl")
    assert before.output == "google-pl (google-rss): new, never published\n"
    assert built.output.startswith("google-pl: published build 1 (20 of 20 products rendered, 20 items, 0 failing, 0 left out), content ")
    assert changed.output.startswith("google-pl: published build 2 (1 of 20 products rendered, 20 items")
    assert difference.output.splitlines() == [
        "--- build 1",
        "+++ build 2",
        "@@ product 7 @@",
        "-<g:title>Kubek emaliowany 7</g:title>",
        "+<g:title>Nowy kubek &amp; spodek</g:title>",
    ]
    assert back.output == "google-pl: build 1 is published again and pinned; spoina feeds build google-pl ends that\n"
    assert after.output.startswith("google-pl (google-rss): published, pinned, build 1 of ")
    assert after.output.splitlines()[0].endswith(" UTC: 20 items, 0 failing")
    assert [line.partition(" of ")[0] + line.partition(" UTC")[2] for line in builds.output.splitlines()[2:]] == [
        "  build 2: published, 20 items, 0 failing, 0 left out",
        "  build 1: published, 20 items, 0 failing, 0 left out",
    ]


def test_a_feed_is_checked_and_explained(spoina, env):  # noqa: F811
    sound = spoina("check")
    included = spoina("explain", "google-pl", "SKU-3")
    in_shop(env, lambda pool: put_in(pool, [good(3, images=()), good(4, title="BARDZO TANIO")]))
    in_shop(env, lambda pool: put_in(pool, [good(5)], left=1))
    unsound = spoina("check", "google-pl", "--no-warnings")
    failing = json.loads(spoina("explain", "google-pl", "SKU-3", "--json").output)
    left_out = spoina("explain", "google-pl", "5")
    assert (sound.exit_code, sound.output) == (0, "google-pl: 20 items, 0 errors, 0 warnings, 0 left out\n")
    assert included.output.startswith("SKU-3 is in the feed\n  exclude 'last ones': does not fit\n  g:id = 'SKU-3'  from id (")
    assert unsound.exit_code == 1
    assert "google-pl SKU-3: GOOGLE-IMAGE-REQUIRED (error)" in unsound.output
    assert unsound.output.splitlines()[-1].startswith("google-pl: 19 items, 1 errors, ")
    assert (failing["included"], failing["decided_by"]) == (False, "GOOGLE-IMAGE-REQUIRED")
    assert left_out.output.startswith("SKU-5 is not in the feed: last ones (excluded by the filter 'last ones' of feed google-pl)")


def test_what_cannot_be_done_is_said_plainly(spoina, folder):
    spoina("build")
    missing = spoina("list", "none")
    assert (missing.exit_code, "there is no feed 'none' in " in missing.stderr) == (1, True)
    assert "there is no feed 'none' in " in spoina("build", "none").stderr
    assert "there is no published item NOPE" in spoina("explain", "google-pl", "NOPE").stderr
    assert "there is no kept build of feed google-pl before the published one" in spoina("rollback", "google-pl").stderr
    for command in ("rollback", "diff"):
        assert "is not in the range 1<=x<=" in " ".join(spoina(command, "google-pl", str(1 << 63)).stderr.split())
    (folder / "google-pl.toml").write_text(DEFINITION + '[[filters]]\nname = "all"\ncategories = ["dom"]\n')
    held_back = spoina("build")
    assert (held_back.exit_code, "held back: no item is left (all: 20)" in held_back.output) == (1, True)
    listed = spoina("list", "google-pl").output
    assert listed.startswith("google-pl (google-rss): held back: no item is left (all: 20), build 1 of ")
    assert "UTC: held back (no item is left (all: 20)), 0 items, 0 failing, 20 left out; all: 20\n" in listed
    (folder / "google-pl.toml").write_text(DEFINITION.replace("google-rss", "csv"))
    wrong = spoina("list")
    assert (wrong.exit_code, "google-pl.toml: format: 'csv' is not known; use one of" in wrong.stderr) == (1, True)


def test_ids_that_stand_twice_are_an_error(spoina, env, folder):  # noqa: F811
    (folder / "google-pl.toml").write_text(DEFINITION + '[[fields]]\nname = "same"\nfield = "id"\ntemplate = "KUB"\n')
    result = spoina("check", "--no-warnings")
    assert (result.exit_code, result.output.count("GOOGLE-ID-DUPLICATE (error)")) == (1, 19)
    assert "google-pl: GOOGLE-ID-DUPLICATE 19 times\n" in result.output
    built = spoina("build")
    assert "held back: 19 of 20 items fail; the limit is 5 % (GOOGLE-ID-DUPLICATE: 19)" in built.output


def test_a_shop_without_feeds_is_told_where_they_go(spoina, folder):
    (folder / "google-pl.toml").unlink()
    for command in ("list", "build", "check"):
        assert spoina(command).output == f"no feeds are defined in {folder}; feeds/demo has one for each channel to copy\n"


def test_a_feed_without_a_definition_is_told_of_while_it_is_served(spoina, folder):
    spoina("build")
    address = spoina("list").output.splitlines()[1]
    (folder / "google-pl.toml").unlink()
    told = spoina("list").output.splitlines()
    assert told[0].startswith("no feeds are defined in ")
    assert told[1].startswith("google-pl (google-rss): its definition is gone, but it goes on being served: build 1 of ")
    assert told[1].endswith("; spoina feeds renew-secret google-pl takes its address away")
    assert told[2:] == [address]


def test_a_feed_that_cannot_be_built_keeps_no_other_from_it(spoina, folder):
    (folder / "a.toml").write_text(DEFINITION + '[[filters]]\nname = "b"\ncategories = ["none"]\n')
    for command, done in (("build", "google-pl: published build 2 "), ("check", "google-pl: 20 items, 0 errors")):
        result = spoina(command)
        assert (result.exit_code, done in result.stdout) == (1, True)
        assert result.stderr == "a: filters.b.categories: the shop has no category 'none'\n"


def test_a_check_says_what_is_left_out_by_what(spoina, folder):
    (folder / "google-pl.toml").write_text(DEFINITION + '[[filters]]\nname = "cheap"\nprice_below = "9000"\n[categories]\ndomm = "1"\n')
    result = spoina("check")
    assert (result.exit_code, result.output.splitlines()) == (
        1,
        [
            "google-pl: categories.domm: the shop has no such category",
            "google-pl: left out by cheap 20 times",
            "google-pl: 0 items, 0 errors, 0 warnings, 20 left out",
            "google-pl: no item is left, so that a build would be held back",
        ],
    )


def test_a_feed_is_given_another_address(spoina):
    spoina("build")
    before = spoina("list").output.splitlines()[1]
    renewed = spoina("renew-secret", "google-pl")
    after = spoina("list").output.splitlines()[1]
    assert (renewed.exit_code, renewed.output.splitlines()[1], before != after) == (0, after, True)
    assert "there is no feed none" in spoina("renew-secret", "none").stderr
