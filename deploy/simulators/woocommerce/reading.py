"""Reading products and variations: lists with every filter, single documents, and what a stale cache would show."""

import html
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from simulators.woocommerce import prices
from simulators.woocommerce.catalogue import Facts, facts_from
from simulators.woocommerce.errors import InvalidParameter, Reason, invalid_id, invalid_variation, not_in_enum
from simulators.woocommerce.fields import PRODUCT
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import (
    Page,
    Selection,
    chosen_fields,
    list_answer,
    page_of_ids,
    page_of_ordered,
    read_selection,
)
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.table import Table
from simulators.woocommerce.views import VariationShape, product_view, variation_view

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])

Test = Callable[[Json], bool]
_STRAIGHT = ("id", "date", "modified")
_FLAGS = ("on_sale", "featured", "downloadable", "virtual")
_TERM_ROUTES = {"category": "categories", "tag": "tags", "brand": "brands"}
_FILTERS = frozenset({"type", "sku", "search", "slug", "stock_status", "parent", *_FLAGS, *_TERM_ROUTES})


class Reader:
    """One table as readers see it at this moment."""

    def __init__(self, shop: Shop, table: Table) -> None:
        self._shop = shop
        self._table = table
        self.hidden = shop.hidden(table)

    def facts(self) -> Iterator[Facts]:
        for facts in self._table.all_facts():
            if facts.id not in self.hidden:
                yield facts
        for past in self.hidden.values():
            if past.document is not None:
                yield facts_from(past.document)

    def facts_of(self, of: int) -> Facts | None:
        if of in self.hidden:
            document = self.hidden[of].document
            return facts_from(document) if document else None
        return self._table.facts_of(of)

    def document(self, of: int) -> Json | None:
        return self.hidden[of].document if of in self.hidden else self._table.peek(of)

    def ordered(self, by: str) -> list[tuple[str, int]]:
        return self._table.ordered(by)

    def rendered(self, of: int, origin: str, shape: str) -> bytes:
        now = self._shop.time.now()
        if of not in self.hidden:
            ready = self._table.cached(of, origin, shape, now)
            if ready is not None:
                return ready
        document = self.document(of)
        if document is None:
            raise invalid_id("product")
        until = prices.next_turn(document, now)
        if of in self.hidden:
            until = min(filter(None, (until, self.hidden[of].until)))
        return self._table.render(self.view(document, shape), origin, shape, until)

    def view(self, document: Json, shape: str) -> Json:
        now = self._shop.time.now()
        if shape == "":
            return product_view(document, now)
        variation_shape: VariationShape = "global" if shape == "global" else "nested"
        return variation_view(document, variation_shape, now)


def list_products(shop: Shop, call: Call) -> Answer:
    _check_type(call)
    selection = read_selection(call, shop.time)
    if call.one("sku"):
        return _list_by_sku(shop, call, selection)
    return _list(shop, call, Reader(shop, shop.products), selection, "")


def _check_type(call: Call) -> None:
    kinds = PRODUCT["type"].allowed
    wanted: Reason | None = not_in_enum("type", kinds) if call.one("type") not in (None, *kinds) else None
    if wanted:
        raise InvalidParameter({"type": wanted})


def _list_by_sku(shop: Shop, call: Call, selection: Selection) -> Answer:
    """The only product list that finds variations too."""
    found = []
    for sku in call.several("sku"):
        for table in (shop.products, shop.variations):
            of = table.holder("sku", sku)
            if of is not None:
                found.append(of)
    page = page_of_ids(found, selection.paging)
    rows = [_picked(shop.product_or_variation(of), chosen_fields(call)) for of in page.ids]
    return list_answer(call, list(rows), page.total, selection.paging)


def list_variations(shop: Shop, call: Call, parent: int) -> Answer:
    document = shop.products.peek(parent)
    if document is None:
        raise invalid_id("product")
    selection = read_selection(call, shop.time)
    reader = Reader(shop, shop.variations)
    candidates = [facts for of in document["variations"] if (facts := reader.facts_of(of)) is not None]
    return _list(shop, call, reader, selection, "nested", candidates)


def list_all_variations(shop: Shop, call: Call) -> Answer:
    selection = read_selection(call, shop.time)
    return _list(shop, call, Reader(shop, shop.variations), selection, "global")


def _list(
    shop: Shop,
    call: Call,
    reader: Reader,
    selection: Selection,
    shape: str,
    candidates: Iterable[Facts] | None = None,
) -> Answer:
    page = _page(shop, call, reader, selection, candidates)
    fields = chosen_fields(call)
    rows = [reader.rendered(of, call.origin, shape) for of in page.ids]
    if fields is not None:
        rows = [_picked_encoded(row, fields) for row in rows]
    return list_answer(call, b"[%b]" % b",".join(rows), page.total, selection.paging)


def _page(shop: Shop, call: Call, reader: Reader, selection: Selection, candidates: Iterable[Facts] | None) -> Page:
    bounded = selection.modified_after is not None or selection.modified_before is not None
    straight = (
        candidates is None
        and not reader.hidden
        and selection.any_status
        and not selection.include
        and not selection.exclude
        and selection.by in _STRAIGHT
        and (not bounded or selection.by == "modified")
        and not _FILTERS & call.query.keys()
    )
    if straight:
        return page_of_ordered(reader.ordered(selection.by), selection)
    return _searched(shop, call, reader, selection, candidates)


def _searched(shop: Shop, call: Call, reader: Reader, selection: Selection, candidates: Iterable[Facts] | None) -> Page:
    if candidates is None and selection.include:
        candidates = [facts for of in selection.include if (facts := reader.facts_of(of)) is not None]
    tests = _tests(shop, call)
    kind, parents = call.one("type"), [int(of) for of in call.several("parent") if of.isdecimal()]
    found = [
        facts
        for facts in (reader.facts() if candidates is None else candidates)
        if _fits(facts, selection)
        and kind in (None, facts.type)
        and (not parents or facts.parent in parents)
        and (not tests or _passes(reader, facts.id, tests))
    ]
    return page_of_ids([facts.id for facts in _sorted(reader, found, selection)], selection.paging)


def _fits(facts: Facts, selection: Selection) -> bool:
    status_fits = facts.status in selection.statuses or (selection.any_status and facts.status != "trash")
    return (
        status_fits
        and facts.id not in selection.exclude
        and (not selection.include or facts.id in selection.include)
        and (selection.modified_after is None or facts.modified > selection.modified_after)
        and (selection.modified_before is None or facts.modified < selection.modified_before)
    )


def _passes(reader: Reader, of: int, tests: list[Test]) -> bool:
    document = reader.document(of)
    return document is not None and all(test(document) for test in tests)


def _tests(shop: Shop, call: Call) -> list[Test]:
    tests: list[Test] = []
    for flag in _FLAGS:
        value = call.one(flag)
        if value is not None:
            tests.append(_equals(flag, value in ("true", "1")))
            if flag == "on_sale":  # asks WooCommerce's own list of bargains, where only published products are, and no groups
                tests.append(_is_sold_openly)
    for field in ("stock_status", "slug"):
        value = call.one(field)
        if value is not None:
            tests.append(_equals(field, value))
    for field, route in _TERM_ROUTES.items():
        wanted = _with_children(shop, route, call.several(field))
        if wanted:
            tests.append(_in_terms(route, wanted))
    search = call.one("search")
    if search:
        tests.append(_search(search.casefold()))
    return tests


def _is_sold_openly(document: Json) -> bool:
    return bool(document["type"] != "grouped" and document["status"] == "publish")


def _equals(field: str, value: object) -> Test:
    return lambda document: bool(document.get(field) == value)


def _in_terms(route: str, wanted: set[int]) -> Test:
    return lambda document: any(term["id"] in wanted for term in document.get(route, []))


def _search(text: str) -> Test:
    searched = ("name", "description", "short_description", "sku")
    return lambda document: any(text in html.unescape(document.get(field, "")).casefold() for field in searched)


def _with_children(shop: Shop, route: str, given: list[str]) -> set[int]:
    wanted = {int(of) for of in given if of.isdecimal()}
    for _ in range(3):
        wanted |= {term["id"] for term in shop.terms[route] if term.get("parent") in wanted}
    return wanted


def _sorted(reader: Reader, found: list[Facts], selection: Selection) -> list[Facts]:
    """Ties go by id, in the same direction; `include` keeps the order in which the ids were asked for."""
    by = selection.by
    if by in ("include", "post__in"):
        return sorted(found, key=lambda facts: selection.include.index(facts.id))

    def key(facts: Facts) -> tuple[Any, int]:
        if by in _STRAIGHT:
            return {"id": "", "date": facts.created, "modified": facts.modified}[by], facts.id
        document = reader.document(facts.id) or {}
        names = {"title": "name", "popularity": "total_sales", "sales": "total_sales", "rating": "average_rating"}
        value = document.get(names.get(by, by), "")
        return float(value or 0) if by == "price" else value, facts.id

    return sorted(found, key=key, reverse=selection.descending)


def _picked(view: Json, fields: list[str] | None) -> Json:
    if fields is None:
        return view
    return {field: view[field] for field in fields if field in view}


def _picked_encoded(rendered: bytes, fields: list[str]) -> bytes:
    """Without looking into the values, which stay as PHP wrote them."""
    members = _members.decode(rendered)
    return msgspec.json.encode({field: members[field] for field in fields if field in members})


def exported(shop: Shop, call: Call, kind: str, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Numbers above `after` of everything but the trash, upwards, each as its list shows it."""
    shape, table = ("", shop.products) if kind == "products" else ("global", shop.variations)
    reader, fields = Reader(shop, table), chosen_fields(call)
    numbers = sorted(facts.id for facts in reader.facts() if facts.id > after and facts.status not in ("trash", "auto-draft"))[:limit]
    rows = [(of, reader.rendered(of, call.origin, shape)) for of in numbers]
    return rows if fields is None else [(of, _picked_encoded(row, fields)) for of, row in rows]


def one_product(shop: Shop, call: Call, of: int) -> Answer:
    if of in shop.variations:
        return Answer(_picked(shop.product_or_variation(of), chosen_fields(call)))
    reader = Reader(shop, shop.products)
    if reader.facts_of(of) is None:
        raise invalid_id("product")
    return _one(reader, call, of, "")


def one_variation(shop: Shop, call: Call, parent: int, of: int) -> Answer:
    reader = Reader(shop, shop.variations)
    facts = reader.facts_of(of)
    if facts is None or facts.parent != parent:
        raise invalid_variation()
    return _one(reader, call, of, "nested")


def _one(reader: Reader, call: Call, of: int, shape: str) -> Answer:
    rendered = reader.rendered(of, call.origin, shape)
    fields = chosen_fields(call)
    return Answer(rendered if fields is None else _picked_encoded(rendered, fields))
