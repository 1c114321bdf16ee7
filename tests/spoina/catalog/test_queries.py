"""What a listing refuses, and what the property test (tests/property/test_listings.py) cannot reach."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from spoina.catalog.categories import CategoryTree
from spoina.catalog.conditions import MOST_CONDITIONS
from spoina.catalog.listing import All, AnyOf, Compares, Condition, HasLabel, HasText, ListingQuery, Not, SortKey
from spoina.catalog.queries import LARGEST_PAGE, ListingStatement, in_category
from spoina.db import Pool
from spoina.errors import InvalidInput, LimitExceeded
from tests.spoina.catalog.builders import category, insert_products, product


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


async def ask(pool: Pool, **query):
    statement = ListingStatement(ListingQuery(**{"limit": 10, **query}))
    return statement.listing(await pool.fetch(statement.sql, *statement.arguments))


@pytest.mark.parametrize(
    ("case", "cursor"),
    [
        ("empty", ""),
        ("not base64", "???"),
        ("not ascii", "żółć"),
        ("not json", "AAAA"),
        ("another shape", encoded({"id": 1})),
        ("too short", encoded(["title", ["a"]])),
        ("too long", encoded(["title", ["a"], 1, 2])),
        ("no such order", encoded(["colour", ["a"], 1])),
        ("a number for a text", encoded(["title", [1], 1])),
        ("nul", encoded(["title", ["\x00"], 1])),
        ("id beyond 64 bits", encoded(["title", ["a"], 2**64])),
        ("half a surrogate", base64.urlsafe_b64encode(b'["title",["\\ud800"],1]').decode()),
    ],
)
@pytest.mark.parametrize("field", ["after", "before"])
def test_a_garbled_cursor_is_refused_by_name(field: str, case: str, cursor: str):
    with pytest.raises(InvalidInput) as refused:
        ListingStatement(ListingQuery(sort=SortKey.TITLE, limit=1, **{field: cursor}))
    assert (refused.value.field, refused.value.reason) == (field, "is not a cursor")


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", 5])
def test_a_cursor_with_an_impossible_moment_is_refused(moment):
    with pytest.raises(InvalidInput, match="after: is not a cursor"):
        ListingStatement(ListingQuery(sort=SortKey.CREATED_AT, limit=1, after=encoded(["created_at", [moment], 1])))


async def test_a_cursor_belongs_to_its_order(pool: Pool):
    await insert_products(pool, [product(1), product(2)])
    (cursor, _) = (await ask(pool, sort=SortKey.TITLE)).cursors
    for foreign in (cursor, encoded(["price", [], 1])):
        with pytest.raises(InvalidInput, match="after: is a cursor of a listing in another order than price"):
            ListingStatement(ListingQuery(sort=SortKey.PRICE, limit=1, after=foreign))


async def test_a_place_is_kept_when_its_product_is_gone(pool: Pool):
    await insert_products(pool, [product(number, price=100) for number in range(1, 6)])
    cursors = (await ask(pool, sort=SortKey.PRICE)).cursors
    await pool.execute("delete from product where id in (2, 5)")
    page = await ask(pool, sort=SortKey.PRICE, after=cursors[1], limit=1)
    assert (page.ids, page.has_previous, page.has_next) == ((3,), True, True)
    end = await ask(pool, sort=SortKey.PRICE, after=cursors[3])
    assert (end.ids, end.has_previous, end.has_next) == ((), True, False)


@pytest.mark.parametrize("reverse", [False, True])
async def test_what_has_no_price_comes_last(pool: Pool, reverse: bool):
    await insert_products(pool, [product(1, price=200), product(2), product(3, price=100)])
    await pool.execute("update product set price_min = null, price_max = null where id = 2")
    assert (await ask(pool, sort=SortKey.PRICE, reverse=reverse)).ids == ((1, 3, 2) if reverse else (3, 1, 2))
    assert (await ask(pool, condition=Not(Compares("price", ">", 150)))).ids == (2, 3)


async def test_moments_are_compared_in_any_zone(pool: Pool):
    await insert_products(pool, [product(day, created_at=datetime(2026, 3, day, tzinfo=UTC)) for day in (1, 2)])
    boundary = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=1)))
    assert (await ask(pool, condition=Compares("created_at", ">=", boundary))).ids == (2,)


@pytest.mark.parametrize(
    ("text", "prefix", "found"),
    [
        ("mug-1", False, (1,)),
        ("MUG-1", False, (1,)),
        ("mug", False, (1, 2)),
        ("żółty", False, (1,)),
        ("zolty kub", True, (1,)),
        ("zolty kub", False, ()),
        ("it's", False, (2,)),
        ("' | zolty", False, (1,)),  # the quote is punctuation, the bar no operator: the word alone is sought
        ("\\", True, ()),
        ("!!! ???", True, ()),
    ],
)
async def test_texts_are_words_and_never_operators(pool: Pool, text: str, prefix: bool, found: tuple[int, ...]):
    await insert_products(pool, [product(1, title="Żółty kubek", sku="MUG-1"), product(2, title="It's a mug")])
    assert (await ask(pool, condition=HasText(text, prefix))).ids == found


async def test_relevance_puts_titles_first(pool: Pool):
    await insert_products(
        pool,
        [
            product(1, title="Green tea", tags=("mug",), total_sales=50),
            product(2, title="A blue mug", total_sales=1),
            product(3, title="A red mug", total_sales=9),
            product(4, title="Mug", total_sales=0),
        ],
    )
    assert (await ask(pool, condition=HasText("mug"), sort=SortKey.RELEVANCE)).ids == (4, 3, 2, 1)
    without_text = await ask(pool, sort=SortKey.RELEVANCE)
    assert without_text.ids == (1, 3, 2, 4)
    assert (await ask(pool, sort=SortKey.BEST_SELLING, after=without_text.cursors[1])).ids == (2, 4)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Compares("colour", "=", 1), "there is no field 'colour'"),
        (Compares("price", "!=", 1), "'!=' compares nothing"),
        (Compares("price", "=", datetime(2026, 1, 1, tzinfo=UTC)), "price is compared with a number"),
        (Compares("id", "=", 2**63), "id is compared with a number of more than 64 bits"),
        (Compares("created_at", "=", 1), "created_at is compared with a moment in a time zone"),
        (Compares("updated_at", "=", datetime(2026, 1, 1)), "updated_at is compared with a moment in a time zone"),  # noqa: DTZ001
        (HasText("a", field="colour"), "there is no field 'colour'"),
        (HasText("a\x00"), "contains a character that no text of a shop contains"),
        (HasLabel(("tag:\ud800",)), "contains a character that no text of a shop contains"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(condition: Condition, reason: str):
    with pytest.raises(InvalidInput) as refused:
        ListingStatement(ListingQuery(condition=condition, limit=1))
    assert (refused.value.field, refused.value.reason) == ("query", reason)


def test_sizes_have_limits():
    with pytest.raises(LimitExceeded, match="limit: at most 250 products"):
        ListingStatement(ListingQuery(limit=LARGEST_PAGE + 1))
    with pytest.raises(InvalidInput, match="limit: at least 1"):
        ListingStatement(ListingQuery(limit=0))
    with pytest.raises(LimitExceeded, match="query: at most 200 conditions"):
        ListingStatement(ListingQuery(limit=1, condition=AnyOf((All(),) * MOST_CONDITIONS)))
    ListingStatement(ListingQuery(limit=1, condition=AnyOf((All(),) * (MOST_CONDITIONS - 1))))


async def test_every_value_is_bound(pool: Pool):
    evil = "'; drop table product; --"
    await insert_products(pool, [product(1)])
    texts = (HasText(evil, field=field) for field in (None, "title", "handle", "sku", "barcode"))
    condition = AnyOf((HasLabel((evil,)), HasText(evil, prefix=True), *texts))
    statement = ListingStatement(ListingQuery(condition=condition, sort=SortKey.RELEVANCE, limit=1))
    assert "drop table" not in statement.sql
    assert (await ask(pool, condition=condition, sort=SortKey.RELEVANCE)).ids == ()
    assert await pool.fetchval("select count(*) from product") == 1


async def test_a_category_holds_the_products_of_its_descendants(pool: Pool):
    tree = CategoryTree([category(1), category(2, 1), category(3, 2), category(4)])
    await insert_products(pool, [product(number, categories=[number]) for number in range(1, 5)])
    listed = [(await ask(pool, condition=in_category(tree, number))).ids for number in (1, 2, 4, 99)]
    assert listed == [(1, 2, 3), (2, 3), (4,), ()]


@pytest.mark.parametrize(
    ("sort", "reverse", "index"),
    [
        (SortKey.ID, False, "product_pkey"),
        (SortKey.TITLE, False, "product_by_title"),
        (SortKey.TITLE, True, "product_by_title"),
        (SortKey.PRICE, False, "product_by_price"),
        (SortKey.PRICE, True, "product_by_price_down"),
        (SortKey.BEST_SELLING, False, "product_by_sales"),
        (SortKey.RELEVANCE, False, "product_by_sales"),
        (SortKey.CREATED_AT, True, "product_by_creation"),
        (SortKey.UPDATED_AT, True, "product_by_update"),
        (SortKey.MANUAL, False, "product_by_position"),
    ],
)
@pytest.mark.parametrize("backward", [False, True])
async def test_a_large_catalogue_is_listed_along_an_index(pool: Pool, sort: SortKey, reverse: bool, index: str, backward: bool):
    await insert_products(pool, [product(1), product(2)])
    statement = ListingStatement(ListingQuery(sort=sort, reverse=reverse, backward=backward, limit=1))
    async with pool.acquire() as db, db.transaction():
        await db.execute("set local enable_seqscan = off; set local enable_bitmapscan = off; set local enable_sort = off")
        plan = await db.fetch(f"explain {statement.sql}", *statement.arguments)
    scans = {row[0].split(" using ")[1].split()[0] for row in plan if " using " in row[0]}
    assert scans == {index}
