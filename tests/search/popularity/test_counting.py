"""Searches are counted in bounded memory and written in one statement; what cannot be written is not lost."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from search.popularity import sql
from search.popularity.counting import SearchCounts
from search.popularity.types import MOST_NOTED, SearchedFor, noted_text
from spoina.db import Pool
from tests.sql_statements import count_statements

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def counts(pool: Pool) -> SearchCounts:
    return SearchCounts(pool, lambda: NOON)


async def told(pool: Pool) -> list[tuple[str, int, int]]:
    return [(each.text, each.searches, each.without_results) for each in await sql.popular(pool, NOON.date(), 10_000)]


@pytest.mark.parametrize(
    ("typed", "noted"),
    [
        ("  Żółte   BUTY ", "żółte buty"),
        ("a" * 100, "a" * 100),
        ("a" * 101, None),
        ("jan@example.com", None),
        ("", None),
        ("🔨", None),
        ("a\x00b", None),
        ("a\ud800", None),
    ],
)
def test_what_is_noted_of_a_text(typed: str, noted: str | None):
    assert noted_text(typed) == noted


async def test_many_searches_are_one_statement_and_add_up(pool: Pool, counts: SearchCounts):
    for number in range(100):
        counts.note(f"tekst {number % 3}", found=number % 2 == 0)
    async with count_statements(pool) as sent:
        await counts.write()
    assert len(sent) == 1
    counts.note("tekst 0", found=False)
    await counts.write()
    assert await told(pool) == [("tekst 0", 35, 18), ("tekst 1", 33, 17), ("tekst 2", 33, 16)]
    async with count_statements(pool) as nothing:
        await counts.write()
    assert len(nothing) == 0


async def test_memory_is_bounded(pool: Pool, counts: SearchCounts):
    for number in range(MOST_NOTED + 10):
        counts.note(f"tekst {number}", found=True)
    counts.note("tekst 1", found=True)
    await counts.write()
    kept = {text: searches for text, searches, _ in await told(pool)}
    assert (len(kept), kept["tekst 1"], f"tekst {MOST_NOTED}" in kept) == (MOST_NOTED, 2, False)


async def test_a_day_is_bounded_and_known_texts_go_on(pool: Pool, counts: SearchCounts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sql, "MOST_OF_A_DAY", 2)
    for text in ("a", "b", "a"):
        counts.note(text, found=True)
    await counts.write()
    for text in ("a", "c"):
        counts.note(text, found=True)
    await counts.write()
    assert await told(pool) == [("a", 3, 0), ("b", 1, 0)]


async def test_what_cannot_be_written_is_counted_with_what_comes(pool: Pool, counts: SearchCounts):
    await pool.execute("alter table search_count rename to away")
    counts.note("kubek", found=True)
    with pytest.raises(asyncpg.UndefinedTableError):
        await counts.write()
    counts.note("kubek", found=False)
    await pool.execute("alter table away rename to search_count")
    await counts.write()
    assert await told(pool) == [("kubek", 2, 1)]


async def test_old_counts_are_forgotten_and_only_good_advice_is_given(pool: Pool, counts: SearchCounts):
    for days, text, searches, without in (
        (91, "dawno", 9, 0),
        (40, "kiedyś", 9, 0),
        (1, "kubek", 5, 2),
        (0, "kuna", 5, 3),
        (0, "kura", 2, 0),
    ):
        await sql.add_counts(pool, NOON.date() - timedelta(days=days), {text: (searches, without)})
    await counts.forget()
    await counts.read()
    assert counts.begun_with("ku", 10) == ("kubek",)
    assert await sql.popular(pool, NOON.date() - timedelta(days=89), 1) == [SearchedFor(text="kiedyś", searches=9, without_results=0)]
    assert await pool.fetchval("select count(*) from search_count where text = 'dawno'") == 0


async def test_stopping_writes_what_was_noted_last(pool: Pool, counts: SearchCounts):
    counts.start()
    counts.note("kubek", found=True)
    await counts.stop()
    assert await told(pool) == [("kubek", 1, 0)]
