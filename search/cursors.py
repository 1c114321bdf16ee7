"""Opaque places in a result: base64url of the JSON of (sort key, rank tier, the order's key)."""

import binascii
from base64 import b64decode, urlsafe_b64encode
from typing import Annotated

import msgspec

from search.types import SortKey
from spoina.errors import InvalidInput

Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,400}$")]
"""Hexadecimal digits, of a number as well: JSON's are too short for 64 bits."""


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    sort: SortKey
    reverse: bool
    tier: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    key: Key


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Place).decode


def encode_place(place: Place) -> str:
    return urlsafe_b64encode(_encode(place)).rstrip(b"=").decode()


def decode_place(field: str, text: str, sort: SortKey, *, reverse: bool) -> Place:
    """Raises InvalidInput(field) for anything but a cursor of a result in this order."""
    try:
        place = _decode(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidInput(field, "is not a cursor") from None
    if (place.sort, place.reverse) != (sort, reverse):
        raise InvalidInput(field, f"is a cursor of a result in another order than {sort.value}{', reversed' if reverse else ''}")
    return place
