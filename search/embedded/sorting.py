"""Total orders as single columns: the sort key and, after it, the id. A page then goes on where the last one ended by one comparison.

Numbers take 64 bits, 32 for the value and 32 for the id (WordPress counts all its posts together and is far from 2^32). Texts are
written as the hexadecimal digits of their UTF-8 bytes, which sort as the bytes do and are nothing special to tantivy's query parser.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from search.types import SearchDocument, SortKey
from spoina.catalog.labels import fold

RANK, PRICE_UP, PRICE_DOWN, SOLD, CREATED, UPDATED = "rank", "price_up", "price_down", "sold", "created", "updated"
NUMERIC_ORDERS = (RANK, PRICE_UP, PRICE_DOWN, SOLD, CREATED, UPDATED)
BY_TITLE, BY_POSITION = "by_title", "by_position"
TEXT_ORDERS = (BY_TITLE, BY_POSITION)
_MOST = 2**32 - 1
_UNAVAILABLE = 2**31
_LONGEST_TITLE = 80
"""Bytes of a title that are sorted by; ties go by id."""


class Order(NamedTuple):
    """A column, read upwards unless `downwards`."""

    column: str
    downwards: bool = False

    @property
    def is_text(self) -> bool:
        return self.column in TEXT_ORDERS


def order_of(sort: SortKey, *, reverse: bool) -> Order:
    if sort is SortKey.PRICE:
        return Order(PRICE_DOWN if reverse else PRICE_UP, reverse)
    columns = {
        SortKey.RELEVANCE: RANK,
        SortKey.TITLE: BY_TITLE,
        SortKey.CREATED_AT: CREATED,
        SortKey.UPDATED_AT: UPDATED,
        SortKey.BEST_SELLING: SOLD,
        SortKey.MANUAL: BY_POSITION,
    }
    return Order(columns[sort], reverse)


def order_keys(document: SearchDocument) -> Iterator[tuple[str, int | str]]:
    """RANK orders equally good answers: what can be bought first, then what sells best."""
    title = fold(document.title).encode()[:_LONGEST_TITLE]
    tail = document.id.to_bytes(8, "big")
    sold = _MOST - _clipped(document.total_sales)
    rank = max(0, sold - _UNAVAILABLE) + (0 if document.available else _UNAVAILABLE)
    yield RANK, _numbered(rank, document)
    yield SOLD, _numbered(sold, document)
    yield PRICE_UP, _numbered(_MOST if document.price_min is None else document.price_min, document)
    yield PRICE_DOWN, _numbered(0 if document.price_min is None else document.price_min + 1, document)
    yield CREATED, _numbered(_seconds(document.created_at), document)
    yield UPDATED, _numbered(_seconds(document.updated_at), document)
    yield BY_TITLE, (title + b"\x00" + tail).hex()
    yield BY_POSITION, (_clipped(document.position + 2**31).to_bytes(4, "big") + title + b"\x00" + tail).hex()


def _numbered(value: int, document: SearchDocument) -> int:
    return _clipped(value) << 32 | (document.id & _MOST)


def _clipped(value: int) -> int:
    return min(max(value, 0), _MOST)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
