"""How counts are kept: one row for each text and day."""

from collections.abc import Mapping
from datetime import date

from search.popularity.types import MOST_OF_A_DAY, SearchedFor
from spoina.db import Connection, Pool

# In the order of the texts, so that two processes never wait for each other in a circle.
_ADD = """
insert into search_count (day, text, searches, without_results)
select $1, text, searches, without_results from unnest($2::text[], $3::bigint[], $4::bigint[]) as noted (text, searches, without_results)
where (select count(*) from search_count where day = $1) < $5
    or exists (select from search_count known where known.day = $1 and known.text = noted.text)
order by text
on conflict (day, text) do update
set searches = search_count.searches + excluded.searches, without_results = search_count.without_results + excluded.without_results
"""
_FORGET = "delete from search_count where day < $1"
_POPULAR = """
select text, sum(searches)::bigint as searches, sum(without_results)::bigint as without_results
from search_count where day >= $1 group by text order by sum(searches) desc, text limit $2
"""
_WITHOUT_RESULTS = """
select text, sum(searches)::bigint as searches, sum(without_results)::bigint as without_results
from search_count where day >= $1 group by text having sum(without_results) > 0 order by sum(without_results) desc, text limit $2
"""
_SUGGESTED = """
select text from search_count where day >= $1
group by text having sum(searches) >= $2 and 2 * sum(without_results) < sum(searches) order by sum(searches) desc, text limit $3
"""


async def add_counts(db: Connection | Pool, day: date, counts: Mapping[str, tuple[int, int]]) -> None:
    """`counts`: searches of a text, and how many of them found nothing. A day that has MOST_OF_A_DAY texts takes no further ones."""
    texts, pairs = list(counts), list(counts.values())
    await db.execute(_ADD, day, texts, [searches for searches, _ in pairs], [without for _, without in pairs], MOST_OF_A_DAY)


async def forget_before(db: Connection | Pool, day: date) -> None:
    await db.execute(_FORGET, day)


async def popular(db: Connection | Pool, since: date, limit: int) -> list[SearchedFor]:
    return [SearchedFor(**row) for row in await db.fetch(_POPULAR, since, limit)]


async def without_results(db: Connection | Pool, since: date, limit: int) -> list[SearchedFor]:
    return [SearchedFor(**row) for row in await db.fetch(_WITHOUT_RESULTS, since, limit)]


async def suggested(db: Connection | Pool, since: date, least: int, limit: int) -> list[str]:
    """The most frequent first; those that mostly find nothing are no advice."""
    return [row["text"] for row in await db.fetch(_SUGGESTED, since, least, limit)]
