"""How channels write prices, moments, links, codes and measures. Pure functions; the frequent ones are remembered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from babel.numbers import get_currency_precision

from feeds.formats.blocks import LIST, Make
from feeds.formats.text import cut, one_line, without
from feeds.nodes import once
from feeds.types import Availability, Condition, ShippingPrice
from spoina.money import scaled_text

_GS1_LENGTHS = (8, 12, 13, 14)
_GS1_RESIDUE = {8: 8, 12: 2, 13: 0, 14: 4}
"""What the weighted sum of the digits' ASCII codes (48 more than the digits) leaves of ten when the check digit is right."""
_RESTRICTED = frozenset(f"{prefix}" for prefix in range(20, 30)) | {"02", "04"}
_COUPONS = frozenset(("05", "98", "99"))
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"
_BROKEN_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")

EARLIEST, LATEST = datetime(1970, 1, 29, tzinfo=UTC), datetime(2038, 1, 17, tzinfo=UTC)
"""The bounds that Meta's own plugin writes for a sale that is open at one end."""

SPACED_AVAILABILITY = {
    Availability.IN_STOCK: "in stock",
    Availability.BACKORDER: "available for order",
    Availability.PREORDER: "preorder",
    Availability.OUT_OF_STOCK: "out of stock",
}
"""Meta's and TikTok's words."""

GENDERS = ("female", "male", "unisex")
ADULT_TO_NEWBORN = ("newborn", "infant", "toddler", "kids", "adult")


def price_text(minor: int, currency: str) -> str:
    """ "129.99 PLN": a dot, as many digits as the currency has, a space, ISO 4217."""
    digits, shown = _currency(currency)
    return f"{scaled_text(minor, digits)} {shown}"


@lru_cache(maxsize=256)
def _currency(currency: str) -> tuple[int, str]:
    """How many digits, and how it is written."""
    return get_currency_precision(currency), one_line(currency)


def price_if_any(minor: int | None, currency: str) -> str:
    return "" if minor is None else price_text(minor, currency)


def word(words: Mapping[Availability, str]) -> Make:
    """A channel's own word."""

    def made(availability: Availability) -> str:
        return words[availability]

    return made


def condition_word(condition: Condition) -> str:
    return condition.value


def group_name(group_id: str | None) -> str:
    return whole_name(group_id) if group_id else ""


def sale_window(zone: str = "+00:00") -> Make:
    """Both ends as ISO 8601 in UTC; "" for a sale without ends, or none. `zone` is how the channel writes UTC's distance from itself."""

    def made(sale_price: int | None, sale_from: datetime | None, sale_to: datetime | None) -> str:
        return (
            "" if sale_price is None or (sale_from is None and sale_to is None) else window(sale_from or EARLIEST, sale_to or LATEST, zone)
        )

    return made


@lru_cache(maxsize=4096)
def window(begins: datetime, ends: datetime, zone: str) -> str:
    return f"{moment(begins, zone)}/{moment(ends, zone)}"


def moment(at: datetime, zone: str = "+00:00") -> str:
    return at.astimezone(UTC).isoformat()[:16] + zone


def web_link(link: str) -> str:
    """As RFC 3986 has it: what is no ASCII, or a space, is per cent encoded, a host's name by IDNA."""
    return link if link.isascii() and link.isprintable() and " " not in link else _encoded(link)


def _encoded(link: str) -> str:
    clean = "".join([letter for letter in link.strip() if letter.isprintable()])
    try:
        parts = urlsplit(clean)
        netloc = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
        clean = urlunsplit(parts._replace(netloc=netloc))
    except ValueError:
        pass  # no address at all: the checks say so, and a file stays a file
    return quote(_BROKEN_PERCENT.sub("%25", clean), safe=_URL_SAFE)


def further_links(links: Sequence[str], most: int) -> str:
    """Commas in a link are encoded, because they stand between links."""
    given = links if len(links) <= most and all(links) else [link for link in links if link][:most]
    whole = "".join(given)
    if whole.isascii() and whole.isprintable() and " " not in whole and "," not in whole:
        return LIST.join(given)
    return LIST.join([web_link(link).replace(",", "%2C") for link in given])


def gtin_digits(typed: str) -> str:
    """The code without blanks and dashes if its length and its check digit are right; otherwise ""."""
    code = typed if typed.isdigit() else typed.replace("-", "").replace(" ", "").strip()
    if not (code.isascii() and code.isdigit()) or len(code) not in _GS1_LENGTHS:
        return ""
    letters = code.encode()
    right = (sum(letters[-1::-2]) + 3 * sum(letters[-2::-2])) % 10 == _GS1_RESIDUE[len(code)]
    return code if right and code.strip("0") else ""


def gtin_reserved(digits: str) -> bool:
    """Codes that a shop's own scales or coupons use: they name no goods (Google 6286302 and 7000684, GS1 prefixes 02, 04, 2; 05, 98,
    99)."""
    return len(digits) == 13 and (digits[:2] in _RESTRICTED or digits[:2] in _COUPONS)


@once
def sellable_gtin(typed: str) -> str:
    """What a channel takes as a GTIN, otherwise "": a wrong one gets an item refused that without one would be taken."""
    if len(typed) == _EAN and typed.isdigit() and typed.isascii() and (head := _HEADS.get(typed[:7]) or _head(typed[:7])):
        return "" if (head + _MIDDLES[typed[7:10]] + _ENDS[typed[10:]]) % 10 else typed
    digits = gtin_digits(typed) if typed else ""
    return "" if gtin_reserved(digits) else digits


def _head(digits: str) -> int:
    """What the first seven digits of thirteen add to the sum that has to be a multiple of ten, and ten more; 0 where it takes more to say
    whether the code is one: of codes that name no goods, and of zeros. Remembered, because a shop has few makers."""
    if gtin_reserved(digits.ljust(_EAN, "0")) or not digits.strip("0"):
        return 0
    if len(_HEADS) >= _MOST_HEADS:
        _HEADS.clear()
    _HEADS[digits] = weighed = 10 + _weighed(digits, 1)
    return weighed


def _weighed(digits: str, first: int) -> int:
    """Each second digit counts three times, beginning with `first` times."""
    return sum(int(digit) * (first if at % 2 == 0 else 4 - first) for at, digit in enumerate(digits))


_EAN, _MOST_HEADS = 13, 10_000
_HEADS: dict[str, int] = {}
_MIDDLES = {f"{number:03}": _weighed(f"{number:03}", 3) for number in range(1000)}
_ENDS = {f"{number:03}": _weighed(f"{number:03}", 1) for number in range(1000)}


def kilograms(grams: int) -> str:
    """ "0.25", "12": no zeros at the end."""
    whole, part = divmod(grams, 1000)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def centimetres(millimetres: int) -> str:
    whole, part = divmod(millimetres, 10)
    return f"{whole}.{part}" if part else f"{whole}"


def weight_text(grams: int | None) -> str:
    return f"{kilograms(grams)} kg" if grams else ""


def length_text(millimetres: int | None) -> str:
    return f"{centimetres(millimetres)} cm" if millimetres else ""


def shipping_texts(prices: Iterable[ShippingPrice], currency: str) -> str:
    """COUNTRY:REGION:SERVICE:PRICE, with the colons of what is empty."""
    return LIST.join(
        [f"{_part(each.country)}:{_part(each.region)}:{_part(each.service)}:{price_text(each.price, currency)}" for each in prices]
    )


def _part(text: str) -> str:
    return without(text, ":,;")


def known_word(text: str, words: Sequence[str]) -> str:
    """`text` in the channel's own spelling, "" for a word that it does not know."""
    lowered = text.strip().lower()
    return lowered if lowered in words else ""


def whole_name(text: str) -> str:
    """An id as it is, but for what no file can hold."""
    return text if text.isprintable() else "".join([letter for letter in text if letter.isprintable()])


def description(most: int) -> Make:
    """A description where there is one, otherwise what stands nearest to it: no channel takes an item without."""

    def made(description: str, summary: str, title: str) -> str:
        return cut(one_line(description) or one_line(summary) or one_line(title), most)

    return made


def links(most: int) -> Make:
    def made(addresses: tuple[str, ...]) -> str:
        return further_links(addresses, most) if addresses else ""

    return made


def known(words: Sequence[str]) -> Make:
    def made(text: str) -> str:
        return known_word(text, words)

    return made
