"""What may be asked, and who may ask it for which channel."""

from collections.abc import Mapping, Sequence

import msgspec

from api.bodies import UNREADABLE, unreadable
from spoina.access.types import Key, KeyKind
from spoina.catalog.conditions import is_storable
from spoina.errors import Forbidden, InvalidInput, LimitExceeded
from spoina.ids import Channel
from spoina.inventory.known_codes import Code, CodeKind
from spoina.inventory.offers import WEB, Asked
from spoina.inventory.types import Location

MOST_CODES = 500
LONGEST_CODE = 100
CHANNELS = ("web", "app", "pos")
OWN_CHANNEL = {kind: WEB if kind in {KeyKind.SERVER, KeyKind.STAFF} else Channel(kind.value) for kind in KeyKind}
TRUTH = {"1": True, "true": True, "0": False, "false": False, "": False}


class CodeOfKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `kind`: an SKU if one is spelt so, else a GTIN, else a barcode as the shop wrote it."""

    code: str
    kind: CodeKind | None = None


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`location`: a location's code; only what may be sold or collected there. `channel`: for staff keys, others have their own."""

    codes: list[str | CodeOfKind]
    location: str | None = None
    channel: str | None = None
    explain: bool = False


class Question(msgspec.Struct, frozen=True):
    codes: Sequence[Code]
    asked: Asked
    explain: bool = False


_BATCH = msgspec.json.Decoder(Batch)


def parse_batch(body: bytes) -> Batch:
    try:
        return _BATCH.decode(body)
    except UNREADABLE as error:
        raise unreadable(error) from None


def question_of_batch(batch: Batch, key: Key, locations: Sequence[Location]) -> Question:
    """Raises InvalidInput, LimitExceeded, Forbidden."""
    if not batch.codes:
        raise InvalidInput("codes", "at least one is needed")
    if len(batch.codes) > MOST_CODES:
        raise LimitExceeded("codes", MOST_CODES, "codes")
    return Question(codes_of(batch.codes), asked_by(key, batch.channel, batch.location, locations), batch.explain)


def codes_of(given: Sequence[str | CodeOfKind]) -> list[Code]:
    codes = [Code(each) if isinstance(each, str) else Code(each.code, each.kind) for each in given]
    for place, code in enumerate(codes):
        if not 0 < len(code.text) <= LONGEST_CODE:
            raise LimitExceeded(f"codes[{place}]", LONGEST_CODE, "characters, at least one")
        if not is_storable(code.text):
            raise InvalidInput(f"codes[{place}]", "holds a character that no code can have")
    return codes


def question_of_one(text: str, parameters: Mapping[str, str], key: Key, locations: Sequence[Location]) -> Question:
    """Raises InvalidInput, LimitExceeded, Forbidden."""
    kind = parameters.get("kind")
    if kind is not None and kind not in {each.value for each in CodeKind}:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(CodeKind)}")
    codes = codes_of([CodeOfKind(text, None if kind is None else CodeKind(kind))])
    asked = asked_by(key, parameters.get("channel"), parameters.get("location"), locations)
    return Question(codes, asked, truth_of(parameters, "explain"))


def truth_of(parameters: Mapping[str, str], name: str) -> bool:
    text = parameters.get(name, "")
    if text.lower() not in TRUTH:
        raise InvalidInput(name, f"{text!r} is neither true nor false")
    return TRUTH[text.lower()]


def asked_by(key: Key, channel: str | None, location: str | None, locations: Sequence[Location]) -> Asked:
    """The key's own channel. Staff keys sell nothing themselves: they look through the eyes of any channel, the web's unless they say."""
    at = None if location is None else _location(location, locations).id
    return Asked(channel_of(key, channel), at, unpublished=key.kind in {KeyKind.POS, KeyKind.STAFF})


def channel_of(key: Key, channel: str | None = None) -> Channel:
    if channel is None:
        return OWN_CHANNEL[key.kind]
    if channel not in CHANNELS:
        raise InvalidInput("channel", f"{channel!r} is none of {', '.join(CHANNELS)}")
    if channel != OWN_CHANNEL[key.kind] and key.kind is not KeyKind.STAFF:
        raise Forbidden(f"availability of the channel {channel}")
    return Channel(channel)


def _location(code: str, locations: Sequence[Location]) -> Location:
    found = next((each for each in locations if each.code == code), None)
    if found is None:
        raise InvalidInput("location", f"there is no location {code!r}")
    return found
