"""Lists: reading the query as WordPress does, choosing the rows, and the paging headers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simulators.woocommerce.errors import InvalidParameter, Reason, invalid_date, not_in_enum, out_of_bounds, wrong_type
from simulators.woocommerce.http import Answer, Call, page_links
from simulators.woocommerce.shop_time import ShopTime, parse_given

_FIRST_ORDERS = ("date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in", "price")
_LATER_ORDERS = ("popularity", "rating", "menu_order", "price", "popularity", "rating")
PRODUCT_ORDERS = (*_FIRST_ORDERS, "sales", "menu_order", "random", *_LATER_ORDERS)
"""Repeats itself as the real list does: two plugins' worth of filters add to it."""
_STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
_LAST_ID = 1 << 62


class Paging(NamedTuple):
    page: int
    per_page: int
    offset: int

    @classmethod
    def read(cls, call: Call, refused: dict[str, Reason]) -> "Paging":
        page = _integer(call, "page", 1, (1, _LAST_ID), refused)
        per_page = _integer(call, "per_page", 10, (1, 100), refused)
        offset = _integer(call, "offset", (page - 1) * per_page, (0, _LAST_ID), refused)
        return cls(page, per_page, offset)


def read_paging(call: Call) -> Paging:
    refused: dict[str, Reason] = {}
    paging = Paging.read(call, refused)
    if refused:
        raise InvalidParameter(refused)
    return paging


def _integer(call: Call, name: str, default: int, bounds: tuple[int, int], refused: dict[str, Reason]) -> int:
    text = call.one(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not digits.isdecimal():
        refused[name] = wrong_type(name, "integer")
        return default
    if not bounds[0] <= int(text) <= bounds[1]:
        beyond = Reason("rest_out_of_bounds", f"{name} must be greater than or equal to {bounds[0]}")
        refused[name] = beyond if bounds[1] == _LAST_ID else out_of_bounds(name, *bounds)
        return default
    return int(text)


@dataclass(frozen=True)
class Selection:
    """Which rows a call wants, apart from what only whole documents can tell."""

    paging: Paging
    by: str
    descending: bool
    statuses: frozenset[str]
    modified_after: str | None
    modified_before: str | None
    include: Sequence[int]
    exclude: frozenset[int]

    @property
    def any_status(self) -> bool:
        return "any" in self.statuses


def read_selection(call: Call, time: ShopTime, orders: Sequence[str] = PRODUCT_ORDERS) -> Selection:
    refused: dict[str, Reason] = {}
    paging = Paging.read(call, refused)
    by = _one_of(call, "orderby", "date", orders, refused)
    order = _one_of(call, "order", "desc", ("asc", "desc"), refused)
    for status in call.several("status") + call.several("include_status"):
        if status not in _STATUSES:
            refused["status"] = not_in_enum("status", _STATUSES)
    after, before = (_bound(call, f"modified_{side}", time, refused) for side in ("after", "before"))
    if refused:
        raise InvalidParameter(refused)
    statuses = frozenset(call.several("include_status") or call.several("status") or ["any"])
    include = [int(of) for of in call.several("include") if of.isdecimal()]
    exclude = frozenset(int(of) for of in call.several("exclude") if of.isdecimal())
    return Selection(paging, by, order == "desc", statuses, after, before, include, exclude)


def _one_of(call: Call, name: str, default: str, allowed: Sequence[str], refused: dict[str, Reason]) -> str:
    value = call.one(name)
    if value is None:
        return default
    if value not in allowed:
        refused[name] = not_in_enum(name, allowed)
    return value


def _bound(call: Call, name: str, time: ShopTime, refused: dict[str, Reason]) -> str | None:
    text = call.one(name)
    if text is None:
        return None
    given = parse_given(text)
    if given is None:
        refused[name] = invalid_date()
        return None
    return time.gmt_bound(given, dates_are_gmt=call.one("dates_are_gmt") in ("true", "1"))


class Page(NamedTuple):
    ids: list[int]
    total: int


def page_of_ordered(entries: list[tuple[str, int]], selection: Selection) -> Page:
    """A page cut straight out of a sorted list: both bounds are exclusive."""
    low, high = 0, len(entries)
    if selection.modified_after is not None:
        low = bisect_right(entries, (selection.modified_after, _LAST_ID))
    if selection.modified_before is not None:
        high = max(low, bisect_left(entries, (selection.modified_before, 0)))
    start = selection.paging.offset
    stop = min(start + selection.paging.per_page, high - low)
    if selection.descending:
        return Page([entries[high - 1 - place][1] for place in range(start, stop)], high - low)
    return Page([of for _, of in entries[low + start : low + stop]], high - low)


def page_of_ids(ids: Sequence[int], paging: Paging) -> Page:
    return Page(list(ids[paging.offset : paging.offset + paging.per_page]), len(ids))


def list_answer(call: Call, content: bytes | list[object], total: int, paging: Paging) -> Answer:
    pages = -(-total // paging.per_page)
    headers = {"x-wp-total": str(total), "x-wp-totalpages": str(pages)}
    links = page_links(call, pages, paging.page)
    if links:
        headers["link"] = links
    return Answer(content, headers=headers)


def chosen_fields(call: Call) -> list[str] | None:
    return call.several("_fields") or None
