"""Whatever is asked, SQL lists what a plain reading of the conditions lists, page by page in either direction."""

from datetime import timedelta
from functools import partial
from operator import eq, ge, gt, le, lt

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoina.catalog import labels
from spoina.catalog.assembly import is_available
from spoina.catalog.labels import fold, labels_of, search_text_of
from spoina.catalog.listing import All, AnyOf, Compares, HasLabel, HasText, IsAvailable, ListingQuery, Not, SortKey
from spoina.catalog.queries import ListingStatement, count_statement
from spoina.catalog.types import Kind, Product, Status, Visibility
from spoina.db import Pool
from spoina.ids import ProductId
from tests.spoina.catalog.builders import NOON, insert_products, product, variant

TESTS = {"=": eq, "<": gt, "<=": ge, ">": lt, ">=": le}
"""With the value first, as `partial` wants it."""
WORDS = ["red", "mug", "Żółty", "kubek", "redder", "a12"]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
few = st.integers(0, 3)


class Stocked(msgspec.Struct, frozen=True):
    product: Product
    left: dict[int, int]


@st.composite
def catalogues(draw) -> list[Stocked]:
    return [draw(stocked(number)) for number in range(1, draw(st.integers(0, 12)) + 1)]


@st.composite
def stocked(draw, number: int) -> Stocked:
    counted = draw(st.booleans())
    prices = draw(st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=3))
    barcode = draw(st.sampled_from([None, "590"]))
    numbered = list(enumerate(prices, start=number * 10))
    variants = tuple(variant(each, number, price=price, counted=counted, sku=f"S{each}", barcode=barcode) for each, price in numbered)
    facts = {
        "kind": Kind.VARIABLE,
        "title": draw(words),
        "status": draw(st.sampled_from([Status.PUBLISH] * 5 + [Status.DRAFT])),
        "visibility": draw(st.sampled_from([Visibility.VISIBLE] * 3 + list(Visibility))),
        "vendor": draw(st.sampled_from(["", "acme", "Acme", "Łoś"])),
        "product_type": draw(st.sampled_from(["", "Mugs", "cups"])),
        "tags": tuple(draw(st.sets(st.sampled_from(["Nowość", "sale"])))),
        "created_at": NOON + timedelta(microseconds=draw(few)),
        "updated_at": NOON + timedelta(days=draw(few)),
        "total_sales": draw(few),
        "position": draw(few),
    }
    left = {each.id: draw(st.integers(-1, 2)) for each in variants} if counted else {}
    return Stocked(product(number, categories=draw(st.sets(few)), variants=variants, **facts), left)


operators = st.sampled_from(["=", "<", "<=", ">", ">="])
known_labels = st.sampled_from([labels.tag("NOWOŚĆ"), labels.vendor("acme"), "category:1", "category:2"])
codes = st.sampled_from(["S10", "S1", "product-1", "590", "5", ""])
leaves = st.one_of(
    st.lists(known_labels, max_size=2).map(tuple).map(HasLabel),
    st.builds(Compares, st.sampled_from(["price", "id", "total_sales", "inventory"]), operators, st.integers(-1, 6)),
    st.builds(Compares, st.just("created_at"), operators, st.integers(-1, 4).map(lambda n: NOON + timedelta(microseconds=n))),
    st.builds(Compares, st.just("updated_at"), operators, st.integers(-1, 4).map(lambda n: NOON + timedelta(days=n))),
    st.builds(IsAvailable, st.booleans()),
    st.builds(HasText, words, st.booleans(), st.sampled_from([None, None, "title"])),
    st.builds(HasText, st.sampled_from(["s10", "zolt", "!", "acme", "  "]), st.booleans()),
    st.builds(HasText, codes, st.booleans(), st.sampled_from(["handle", "sku", "barcode"])),
)


def trees(inner):
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(inner.map(Not), several.map(All), several.map(AnyOf))


queries = st.builds(ListingQuery, condition=st.recursive(leaves, trees, max_leaves=5), reverse=st.booleans(), limit=st.integers(1, 5))


@pytest.mark.parametrize("sort", SortKey)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(catalogue=catalogues(), query=queries, window=st.tuples(st.integers(0, 12), st.integers(0, 12)))
async def test_sql_lists_what_the_conditions_say(pool: Pool, sort: SortKey, catalogue, query: ListingQuery, window):
    await store(pool, catalogue)
    expected = oracle(catalogue, query.condition, sort, reverse=query.reverse)
    query = msgspec.structs.replace(query, sort=sort)
    cursors = await walk(pool, query, expected)
    backward = msgspec.structs.replace(query, backward=True)
    assert await walk(pool, backward, expected) == cursors
    await look_between(pool, query, expected, cursors, window)
    await look_between(pool, backward, expected, cursors, window)
    statement = count_statement(query.condition, 100)
    assert await pool.fetchval(statement.sql, *statement.arguments) == len(expected)


async def store(pool: Pool, catalogue: list[Stocked]) -> None:
    await pool.execute("delete from product; delete from variant; delete from stock")
    left = {item: count for each in catalogue for item, count in each.left.items()}
    await insert_products(pool, [each.product for each in catalogue], left)


async def ask(pool: Pool, query: ListingQuery):
    statement = ListingStatement(query)
    return statement.listing(await pool.fetch(statement.sql, *statement.arguments))


async def walk(pool: Pool, query: ListingQuery, expected: list[ProductId]) -> list[str]:
    """Through all pages from one end to the other; returns the cursors in the listing's order."""
    ids: list[ProductId] = []
    cursors: list[str] = []
    while True:
        page = await ask(pool, query)
        others = (len(ids) > 0, len(expected) > len(ids) + len(page.ids))
        assert (page.has_previous, page.has_next) == (others[::-1] if query.backward else others)
        ids, cursors = ([*page.ids, *ids], [*page.cursors, *cursors]) if query.backward else ([*ids, *page.ids], [*cursors, *page.cursors])
        if not others[1]:
            assert ids == expected
            return cursors
        place = {"before": page.cursors[0]} if query.backward else {"after": page.cursors[-1]}
        query = msgspec.structs.replace(query, **place)


async def look_between(pool: Pool, query: ListingQuery, expected: list[ProductId], cursors: list[str], window: tuple[int, int]) -> None:
    """Between two places, of which the second may stand before the first."""
    if not expected:
        return
    start, end = (place % len(expected) for place in window)
    page = await ask(pool, msgspec.structs.replace(query, after=cursors[start], before=cursors[end]))
    inside = expected[start + 1 : end]
    shown = inside[-query.limit :] if query.backward else inside[: query.limit]
    assert list(page.ids) == shown
    # The products at the two places are in the listing, whatever stands between them.
    assert (page.has_previous, page.has_next) == (True, True)


def oracle(catalogue: list[Stocked], condition, sort: SortKey, *, reverse: bool) -> list[ProductId]:
    shown = [each.product for each in catalogue if is_shown(each.product, condition) and holds(condition, each)]
    return [
        one.id
        for one in sorted(
            shown, key=lambda one: (*sort_values(one, condition, sort, unpriced=-1 if reverse else 10**9), one.id), reverse=reverse
        )
    ]


def is_shown(one: Product, condition) -> bool:
    others = {Visibility.SEARCH} if any_text(condition) else {Visibility.CATALOG}
    return one.status is Status.PUBLISH and one.visibility in {Visibility.VISIBLE, *others}


def any_text(condition) -> bool:
    match condition:
        case HasText():
            return True
        case Not(inner):
            return any_text(inner)
        case All(inner) | AnyOf(inner):
            return any(any_text(each) for each in inner)
    return False


def prices_of(one: Product) -> list[int]:
    return [each.prices.regular for each in one.variants if each.prices.regular is not None]


def holds(condition, each: Stocked) -> bool:
    match condition:
        case HasLabel(any_of):
            return not set(any_of).isdisjoint(labels_of(each.product))
        case Compares(field, operator, value):
            return compares(each, field, operator, value)
        case IsAvailable(available):
            return is_available(each.product.variants, each.left) is available
        case HasText():
            return has_text(condition, each.product)
        case Not(inner):
            return not holds(inner, each)
        case All(inner):
            return all(holds(one, each) for one in inner)
        case AnyOf(inner):
            return any(holds(one, each) for one in inner)


def compares(each: Stocked, field: str, operator: str, value) -> bool:
    test = partial(TESTS[operator], value)
    if field == "price":
        prices = prices_of(each.product)
        return any(map(test, prices)) if operator != "=" else bool(prices) and min(prices) <= value <= max(prices)
    if field == "inventory":
        return test(sum(max(count, 0) for count in each.left.values()))  # what is oversold takes nothing from what is there
    return test(getattr(each.product, field))


def has_text(condition: HasText, one: Product) -> bool:
    known = {"handle": [one.handle], "sku": [each.sku for each in one.variants], "barcode": [each.barcode or "" for each in one.variants]}
    if condition.field in known:
        found = [code for code in known[condition.field] if code]
        return any(code.startswith(condition.text) if condition.prefix else code == condition.text for code in found)
    text = fold(one.title) if condition.field == "title" else search_text_of(one)
    return stands_in(fold(condition.text).replace("!", "").split(), text.split(), prefix=condition.prefix)


def stands_in(phrase: list[str], text: list[str], *, prefix: bool) -> bool:
    if not phrase:
        return False
    for start in range(len(text) - len(phrase) + 1):
        *exact, last = zip(phrase, text[start : start + len(phrase)], strict=True)
        if all(one == other for one, other in exact) and (last[1].startswith(last[0]) if prefix else last[0] == last[1]):
            return True
    return False


def sort_values(one: Product, condition, sort: SortKey, *, unpriced: int) -> tuple:
    match sort:
        case SortKey.ID:
            return ()
        case SortKey.TITLE:
            return (fold(one.title),)
        case SortKey.PRICE:
            return (min(prices_of(one), default=unpriced),)
        case SortKey.BEST_SELLING:
            return (-one.total_sales,)
        case SortKey.CREATED_AT | SortKey.UPDATED_AT:
            return (getattr(one, sort.value),)
        case SortKey.VENDOR | SortKey.PRODUCT_TYPE:
            return ("".join(letter.lower() if letter.isascii() else letter for letter in getattr(one, sort.value)),)
        case SortKey.MANUAL:
            return (one.position, fold(one.title))
        case SortKey.RELEVANCE:
            return (rank(one, sought(condition)), -one.total_sales)


def sought(condition) -> list[HasText]:
    match condition:
        case HasText(field=None | "title"):
            return [condition]
        case All(inner) | AnyOf(inner):
            return [text for each in inner for text in sought(each)]
    return []


def rank(one: Product, texts: list[HasText]) -> int:
    if not texts or fold(one.title).startswith(fold(texts[0].text)):
        return 0
    words_of = [fold(text.text).replace("!", "").split() for text in texts]
    real = [(phrase, text.prefix) for phrase, text in zip(words_of, texts, strict=True) if phrase]
    inside = all(stands_in(phrase, fold(one.title).split(), prefix=prefix) for phrase, prefix in real)
    return 1 if real and inside else 2
