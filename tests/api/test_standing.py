"""Whether the doctor sees what is out of step, and says how to mend it."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.findings import Finding, Verdict
from api.standing import examine_standing
from search.opening import open_search
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.orders.service import Orders
from spoina.settings import Settings
from tests.spoina.catalog.builders import insert_products, insert_shop, product
from tests.spoina.orders.placing import draft, line, stock_up


async def standing(pool: Pool, folder: Path) -> dict[str, Finding]:
    found = await examine_standing(Settings(data_dir=folder), pool, utc_now)
    return {finding.name: finding for finding in found}


def define(folder: Path, text: str) -> None:
    (folder / "feeds").mkdir()
    (folder / "feeds" / "google-pl.toml").write_text(text)


async def test_nothing_is_wrong_with_a_new_installation(pool: Pool, tmp_path: Path) -> None:
    found = await standing(pool, tmp_path)
    assert {name: (finding.verdict, finding.text) for name, finding in found.items()} == {
        "stock": (Verdict.OK, "every invariant holds"),
        "orders": (Verdict.OK, "all are in the shop"),
        "search": (Verdict.NOTE, "the index is not built yet"),
        "feeds": (Verdict.OK, "none is defined"),
        "outgoing webhooks": (Verdict.OK, "nobody is to be told"),
    }


@pytest.mark.parametrize(
    ("statement", "name", "verdict", "text", "remedy"),
    [
        ("select", "orders", Verdict.OK, "1 on their way", ""),
        (
            "update order_task set created_at = now() - interval '11 minutes'",
            *("orders", Verdict.PROBLEM, "1 waiting for the shop, the oldest since", "see that the shop answers and spoina worker runs"),
        ),
        (
            "update order_task set dead_at = now(), reason = 'refused'",
            *("orders", Verdict.PROBLEM, "1 could not be delivered", "spoina orders dead says why"),
        ),
        (
            "insert into order_alert select id, 'totals', 'a grosz', now() from sales_order",
            *("orders", Verdict.NOTE, "1 for a person to look at", "spoina orders alerts lists them"),
        ),
        ("update stock set held = held + 1", "stock", Verdict.PROBLEM, "held_is_what_holds_say: 2", "spoina stock audit shows where"),
        (
            (
                "insert into feed (name, secret, channel, format, extension, media_type, status, reason, status_at) "
                "values ('google-pl', 's', 'google', 'google-rss', 'xml', 'x', 'held_back', 'shrank by 40 %', now())"
            ),
            *("feeds", Verdict.PROBLEM, "google-pl held back: shrank by 40 %", "what was published before is still served"),
        ),
        (
            (
                "insert into feed (name, secret, channel, format, extension, media_type, status_at) "
                "values ('google-pl', 's', 'google', 'google-rss', 'xml', 'x', now())"
            ),
            *("feeds", Verdict.NOTE, "google-pl: never published yet", "spoina worker builds them"),
        ),
        (
            (
                "insert into webhook_endpoint (url, topics, description, secret, created_at, failing_since) "
                "values ('https://erp.example', '{}', '', 's', now(), '2026-01-01')"
            ),
            *("outgoing webhooks", Verdict.NOTE, "https://erp.example: nothing arrives since 2026-01-01 00:00 UTC", "spoina webhooks"),
        ),
        (
            (
                "insert into webhook_endpoint (url, topics, description, secret, created_at, disabled_at, disabled_because) "
                "values ('https://erp.example', '{}', '', 's', now(), now(), 'failing for 5 days')"
            ),
            *("outgoing webhooks", Verdict.PROBLEM, "https://erp.example: failing for 5 days", "mend the receiver"),
        ),
    ],
)
async def test_what_is_out_of_step_is_told(pool: Pool, tmp_path: Path, statement, name, verdict, text, remedy) -> None:
    await stock_up(pool)
    await Orders(pool, utc_now, uuid4).place(draft(line(stock_item=None)), "cart 1")
    await pool.execute(statement)
    define(tmp_path, 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"')
    found = (await standing(pool, tmp_path))[name]
    assert (found.verdict, found.text[: len(text)], found.remedy[: len(remedy)]) == (verdict, text, remedy)


async def test_a_definition_that_is_wrong_is_told(pool: Pool, tmp_path: Path) -> None:
    define(tmp_path, 'channel = "gogle"')
    found = (await standing(pool, tmp_path))["feeds"]
    assert (found.verdict, found.remedy) == (Verdict.PROBLEM, "until that is mended, all feeds stay as they were defined before")
    assert found.text.startswith(f"{tmp_path}/feeds/google-pl.toml: channel: Invalid enum value 'gogle'; use meta, google, ")


async def test_what_became_of_a_feed_without_a_definition_is_no_trouble_unless_it_is_served(pool: Pool, tmp_path: Path) -> None:
    feed = "insert into feed (name, secret, channel, format, extension, media_type, status, status_at, published) values"
    await pool.execute(f"{feed} ('old', 's', 'google', 'google-rss', 'xml', 'x', 'failed', now(), null)")
    assert (await standing(pool, tmp_path))["feeds"] == Finding("feeds", Verdict.OK, "none is defined")
    await pool.execute(
        "insert into feed_build (feed, state, started_at, finished_at, extension, media_type)"
        " values ('old', 'published', now(), now(), 'xml', 'application/xml')"
    )
    await pool.execute("update feed set published = (select id from feed_build)")
    served = Finding("feeds", Verdict.NOTE, "old: served, but not defined any more", "spoina feeds list")
    assert (await standing(pool, tmp_path))["feeds"] == served


async def test_the_index_follows_the_catalogue_or_not(pool: Pool, tmp_path: Path) -> None:
    await insert_shop(pool)
    await insert_products(pool, [product(1, title="Młotek")])
    async with open_search(Settings(data_dir=tmp_path), utc_now) as opened:
        await opened.indexer(pool, utc_now).build()
    assert (await standing(pool, tmp_path))["search"] == Finding("search", Verdict.OK, "1 products, in step with the catalogue")
    await pool.execute("update product set version = nextval('catalog_version')")
    behind = (await standing(pool, tmp_path))["search"]
    assert (behind.verdict, behind.remedy) == (Verdict.NOTE, "spoina worker catches up")
    away = await examine_standing(_meilisearch_away(tmp_path), pool, lambda: utc_now() + timedelta(seconds=1))
    assert next(each.verdict for each in away if each.name == "search") is Verdict.PROBLEM


def _meilisearch_away(folder: Path) -> Settings:
    return Settings.from_env({"SPOINA_DATA_DIR": str(folder), "SPOINA_MEILISEARCH_URL": "http://127.0.0.1:1"})
