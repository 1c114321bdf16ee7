"""Whoever shares an id with whom, and whatever changes: an incremental build lets in the items that a whole one lets in."""

from collections.abc import Callable, Mapping
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from feeds.claims import Rivals
from feeds.index import DUPLICATE
from feeds.news import News
from feeds.outcomes import Outcome
from feeds.packing import Entry, Packer
from feeds.splicing import OldFile, splice
from tests.feeds.test_packing import numbers, stored

RULE = f"GOOGLE{DUPLICATE}"
PRODUCTS = st.dictionaries(st.integers(1, 40), st.lists(st.integers(1, 12), max_size=3), max_size=25)
"""Of each product the ids that its items claim."""


def rendered(ids: list[int], is_taken: Callable[[int], bool]) -> Entry:
    let_in = [code for place, code in enumerate(ids) if code not in ids[:place] and not is_taken(code)]
    refused = len(ids) - len(let_in)
    rules = ((RULE, refused),) if refused else ()
    return Entry(f"{let_in}\n".encode(), Outcome(len(let_in), refused, 0, rules), ids)


def whole(products: Mapping[int, list[int]]) -> Packer:
    packer, seen = Packer(b"", b""), set()
    for product_id, ids in sorted(products.items()):
        packer.add(product_id, rendered(ids, seen.__contains__))
        seen.update(ids)
    packer.finish()
    return packer


def incremental(before: Packer, products: Mapping[int, list[int]], changed: list[int]) -> Packer:
    file, packer, news = b"".join(before.take()), Packer(b"", b""), News()
    for each in changed:
        if each in products:
            news.put(each, rendered(products[each], lambda _: False))
    with stored(before.index) as standing:
        rivals = Rivals(standing, news, changed)
        for each in rivals.products:
            news.put(each, rendered(products[each], partial(rivals.is_taken, each)))
        for _ in splice(packer, OldFile(standing, lambda start, size: file[start : start + size]), sorted({*changed, *news}), news):
            pass
    packer.finish()
    return packer


@given(old=PRODUCTS, new=PRODUCTS, kept=st.sets(st.integers(1, 40)))
def test_incrementally_as_whole(old, new, kept):
    products = {**{each: ids for each, ids in new.items() if each not in kept}, **{each: ids for each, ids in old.items() if each in kept}}
    changed = sorted(each for each in old.keys() | products.keys() if old.get(each) != products.get(each))
    made, expected = incremental(whole(old), products, changed), whole(products)
    assert made.digest == expected.digest
    assert made.index.totals() == expected.index.totals()
    assert numbers(made.index, "claims") == numbers(expected.index, "claims")
