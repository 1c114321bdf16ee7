"""Opaque places in a listing: base64url of the JSON of (sort key, values the listing is ordered by, id)."""

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from spoina.catalog.listing import SortKey
from spoina.errors import InvalidInput
from spoina.ids import ProductId

Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Value = int | str | datetime


class _Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    sort: SortKey
    values: tuple[Whole | str, ...]
    id: Whole


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Cursor).decode


def encode_cursor(sort: SortKey, values: Sequence[Value], product_id: ProductId) -> str:
    plain = tuple(value.isoformat() if isinstance(value, datetime) else value for value in values)
    return urlsafe_b64encode(_encode(_Cursor(sort, plain, product_id))).rstrip(b"=").decode()


def decode_cursor(field: str, text: str, sort: SortKey, kinds: Sequence[object]) -> tuple[Value, ...]:
    """The values and, last, the id. Raises InvalidInput(field) for anything but a cursor of a listing in this order."""
    try:
        cursor = _decode(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidInput(field, "is not a cursor") from None
    if cursor.sort != sort or len(cursor.values) != len(kinds):
        raise InvalidInput(field, f"is a cursor of a listing in another order than {sort.value}")
    return *(_restored(field, value, kind) for value, kind in zip(cursor.values, kinds, strict=True)), cursor.id


def _restored(field: str, value: int | str, kind: object) -> Value:
    try:
        restored: Value = msgspec.convert(value, type=kind)
        if isinstance(restored, datetime):
            return restored.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise InvalidInput(field, "is not a cursor") from None
    if isinstance(restored, str) and "\x00" in restored:
        raise InvalidInput(field, "is not a cursor")
    return restored
