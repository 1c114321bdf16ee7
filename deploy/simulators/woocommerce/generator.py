"""A shop of any size, computed from product numbers: the same seed always gives the same shop, nothing is kept.

One product in five is variable. Product `n` has the id FIRST_ID + n; the ids of all variations follow after the
products', and how many variations a variable product has cycles through the given range, so that either id leads to
the other by arithmetic alone.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from simulators.woocommerce.catalogue import Catalogue, Facts, recorded_terms
from simulators.woocommerce.generator_templates import (
    COLOURS,
    TERMS,
    Template,
    product_template,
    sale_template,
    variable_template,
    variation_template,
)
from simulators.woocommerce.php_json import Json, encode
from simulators.woocommerce.views import VariationShape

FIRST_ID = 1001
_VARIABLE_EVERY = 5
_OPENED = datetime.fromisoformat("2026-01-05T07:00:00")
_THINGS = ("Kubek", "Koc", "Plecak", "Latarka", "Namiot", "Koszula", "Czapka", "Garnek", "Młotek", "Deska", "Świeca")
_KINDS = ("turystyczny", "leśny", "górski", "domowy", "warsztatowy", "dziecięcy", "zimowy", "klasyczny", "lekki")
_NAMES = ("„Szron”", "„Łąka”", "„Mgła”", "„Żubr”", "„Świt”", "„Źródło”", "„Halny”", "„Paproć”", "„Kłos”", "„Ćma”")


_NEAR = ((3, 5, 8, 13, 21), (8, 3, 21, 5, 13), (21, 13, 5, 3, 8))


class Scale(NamedTuple):
    products: int
    variations: tuple[int, int] = (2, 6)
    images: int = 1
    seed: int = 1


# The weighted digit sums of 000…999 inside an EAN-13, for a group that begins at an even place and at an odd one.
_EVEN = [number // 100 + number // 10 % 10 * 3 + number % 10 for number in range(1000)]
_ODD = [number // 100 * 3 + number // 10 % 10 + number % 10 * 3 for number in range(1000)]


def ean13(number: int) -> str:
    """A Polish code that contains the number."""
    thousands, last = divmod(number % 10**9, 1000)
    first, middle = divmod(thousands, 1000)
    weighted = _EVEN[590] + _ODD[first] + _EVEN[middle] + _ODD[last]
    return f"590{first:03d}{middle:03d}{last:03d}{-weighted % 10}"


class Numbers:
    """The arithmetic between product numbers and ids, and every property that depends on a number."""

    def __init__(self, scale: Scale) -> None:
        low, high = scale.variations
        if not 1 <= low <= high <= len(COLOURS):
            raise ValueError(f"variations per product must lie between 1 and {len(COLOURS)}, got {low}-{high}")
        self.scale = scale
        self._sizes = range(low, high + 1)
        self._starts = [sum(self._sizes[:place]) for place in range(len(self._sizes))]
        self._cycle = sum(self._sizes)
        self.first_variation = FIRST_ID + scale.products
        self.variations = self._start(scale.products // _VARIABLE_EVERY)

    def _start(self, nth: int) -> int:
        cycles, rest = divmod(nth, len(self._sizes))
        return cycles * self._cycle + self._starts[rest]

    def is_variable(self, number: int) -> bool:
        return number % _VARIABLE_EVERY == _VARIABLE_EVERY - 1

    def is_on_sale(self, number: int) -> bool:
        return not self.is_variable(number) and self.chance(number, 1, 10) == 0

    def children(self, number: int) -> range:
        nth = number // _VARIABLE_EVERY
        first = self.first_variation + self._start(nth)
        return range(first, first + self._sizes[nth % len(self._sizes)])

    def parent(self, variation: int) -> tuple[int, int]:
        """(product number, place among its variations)."""
        cycles, rest = divmod(variation - self.first_variation, self._cycle)
        place = bisect_right(self._starts, rest) - 1
        nth = cycles * len(self._sizes) + place
        return nth * _VARIABLE_EVERY + _VARIABLE_EVERY - 1, rest - self._starts[place]

    def chance(self, number: int, salt: int, below: int) -> int:
        """An even-looking number that depends on the seed only, cheaper than a random generator for each product."""
        mixed = (number * 0x9E3779B1 + salt * 0x85EBCA77 + self.scale.seed * 0xC2B2AE3D) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
        return (mixed ^ (mixed >> 13)) % below

    def regular(self, number: int) -> int:
        """In grosze, always ending in 9 so that no sale price equals it."""
        return 990 + 10 * self.chance(number, 5, 60_000) + 9

    def stock(self, number: int) -> int:
        return 0 if self.chance(number, 6, 12) == 0 else 1 + self.chance(number, 7, 200)


@lru_cache(maxsize=256)
def _hour(hours: int) -> str:
    return (_OPENED + timedelta(hours=hours)).strftime("%Y-%m-%dT%H")


def _stamps(number: int) -> tuple[str, str]:
    """(local, GMT): a product every 20 seconds, all of it in winter time so that the offset is one hour."""
    hours, third_minutes = divmod(number % 300_000, 180)
    rest = f":{third_minutes // 3:02d}:{third_minutes % 3 * 20:02d}"
    return _hour(hours + 1) + rest, _hour(hours) + rest


def _money(minor: int) -> bytes:
    return b"%d.%02d" % divmod(minor, 100)


def _shown(minor: int) -> bytes:
    whole, rest = divmod(minor, 100)
    return b"%d,%02d" % (whole, rest) if whole < 1000 else b"%d %03d,%02d" % (whole // 1000, whole % 1000, rest)


@lru_cache(maxsize=8)
def _addresses(origin: str) -> dict[bytes, bytes]:
    escaped = origin.replace("/", "\\/").encode()
    site = b"{site}" if origin == "{origin}" else escaped.replace(b"https:", b"http:", 1)
    return {b"origin": escaped, b"site": site}


def _common(of: int, number: int, origin: str, images: int) -> dict[bytes, bytes]:
    local, gmt = _stamps(number)
    values = {b"image_%d" % place: b"%d" % (1_000_000 + 10 * of + place) for place in range(images)}
    return values | {
        **_addresses(origin),
        b"id": b"%d" % of,
        b"local": local.encode(),
        b"gmt": gmt.encode(),
        b"gtin": ean13(of).encode(),
    }


class GeneratedProducts:
    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        images = numbers.scale.images
        self._simple = product_template(images)
        self._on_sale = sale_template(images)
        self._variable = variable_template(images)
        self._terms = [encode(terms) for terms in TERMS]
        self._words = [[encode(word)[1:-1] for word in words] for words in (_THINGS, _KINDS, _NAMES)]
        self._colours = [encode(COLOURS[:count]) for count in range(len(COLOURS) + 1)]

    def facts(self) -> Iterable[Facts]:
        return map(self._facts, range(self._numbers.scale.products))

    def facts_of(self, of: int) -> Facts | None:
        number = of - FIRST_ID
        return self._facts(number) if 0 <= number < self._numbers.scale.products else None

    def _facts(self, number: int) -> Facts:
        gmt = _stamps(number)[1]
        kind = "variable" if self._numbers.is_variable(number) else "simple"
        return Facts(FIRST_ID + number, gmt, gmt, "publish", kind, f"GEN-{number:07d}", 0)

    def document(self, of: int) -> Json:
        document: Json = json.loads(self._fill(of, "{origin}", 0))
        del document["_links"]
        return document

    def last_id(self) -> int:
        return self._numbers.first_variation - 1

    def with_sale_dates(self) -> Iterable[int]:
        return ()

    def holder(self, field: str, value: str) -> int | None:
        prefix, shift = {"sku": ("GEN-", FIRST_ID), "slug": ("produkt-", 0), "global_unique_id": ("590", 0)}[field]
        digits = value.removeprefix(prefix)[: 9 if field == "global_unique_id" else None]
        if not value.startswith(prefix) or not digits.isdecimal():
            return None
        facts = self.facts_of(int(digits) + shift)
        return facts.id if facts and self.document(facts.id)[field] == value else None

    def rendered(self, of: int, origin: str, shape: str, turn: int) -> bytes | None:
        return self._fill(of, origin, turn)

    def _fill(self, of: int, origin: str, turn: int) -> bytes:
        numbers, number = self._numbers, of - FIRST_ID
        values = _common(of, number, origin, numbers.scale.images)
        values[b"name"] = self._name(number)
        values[b"sku"] = b"GEN-%07d" % number
        values[b"terms"] = self._terms[numbers.chance(number, 8, len(self._terms))]
        values[b"related"] = self._related(number, turn)
        regular = numbers.regular(number)
        if numbers.is_variable(number):
            return self._fill_variable(values, number, regular)
        return self._fill_simple(values, number, regular)

    def _fill_simple(self, values: dict[bytes, bytes], number: int, regular: int) -> bytes:
        stock = self._numbers.stock(number)
        values[b"regular"] = _money(regular)
        values[b"regular_shown"] = _shown(regular)
        values[b"stock"] = b"%d" % stock
        values[b"stock_status"] = b"instock" if stock else b"outofstock"
        if not self._numbers.is_on_sale(number):
            return self._simple.fill(values)
        values[b"sale"] = _money(regular * 8 // 10)
        values[b"sale_shown"] = _shown(regular * 8 // 10)
        return self._on_sale.fill(values)

    def _fill_variable(self, values: dict[bytes, bytes], number: int, regular: int) -> bytes:
        children = self._numbers.children(number)
        highest = regular + 1000 * (len(children) - 1)
        any_left = any(self._numbers.stock(child) for child in children)
        values[b"regular"] = _money(regular)
        values[b"regular_shown"] = _shown(regular)
        values[b"highest_shown"] = _shown(highest)
        values[b"stock_status"] = b"instock" if any_left else b"outofstock"
        values[b"variations"] = f"[{','.join(map(str, children))}]".encode()
        values[b"colours"] = self._colours[len(children)]
        return self._variable.fill(values)

    def _name(self, number: int) -> bytes:
        chance = self._numbers.chance
        thing, kind, mark = (words[chance(number, salt, len(words))] for salt, words in enumerate(self._words, 2))
        return b"%b %b %b %d" % (thing, kind, mark, number)

    def _related(self, number: int, turn: int) -> bytes:
        """Neighbours, in another order at every reading as in a real shop."""
        products = self._numbers.scale.products
        steps = _NEAR[turn % len(_NEAR)]
        return b"[%d,%d,%d,%d,%d]" % tuple([FIRST_ID + (number + step) % products for step in steps])


class GeneratedVariations:
    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    @cached_property
    def _templates(self) -> dict[str, Template]:
        shapes: tuple[VariationShape, ...] = ("nested", "global")
        return {shape: variation_template(shape) for shape in shapes}

    def facts(self) -> Iterable[Facts]:
        first = self._numbers.first_variation
        return map(self._facts, range(first, first + self._numbers.variations))

    def facts_of(self, of: int) -> Facts | None:
        place = of - self._numbers.first_variation
        return self._facts(of) if 0 <= place < self._numbers.variations else None

    def _facts(self, of: int) -> Facts:
        number, place = self._numbers.parent(of)
        gmt = _stamps(number)[1]
        return Facts(of, gmt, gmt, "publish", "variation", f"GEN-{number:07d}-{place + 1}", FIRST_ID + number)

    def document(self, of: int) -> Json:
        document: Json = json.loads(self._fill(of, "{origin}", "nested"))
        del document["_links"]
        return document

    def last_id(self) -> int:
        return self._numbers.first_variation + self._numbers.variations - 1

    def with_sale_dates(self) -> Iterable[int]:
        return ()

    def holder(self, field: str, value: str) -> int | None:
        if field == "sku":
            return self._holder_of_sku(value)
        if field != "global_unique_id" or not value[3:12].isdecimal():
            return None
        of = int(value[3:12])
        return of if self.facts_of(of) and ean13(of) == value else None

    def _holder_of_sku(self, sku: str) -> int | None:
        number, _, place = sku.removeprefix("GEN-").partition("-")
        if not number.isdecimal() or not place.isdecimal() or not self._numbers.is_variable(int(number)):
            return None
        children = self._numbers.children(int(number))
        return children[int(place) - 1] if 1 <= int(place) <= len(children) else None

    def rendered(self, of: int, origin: str, shape: str, turn: int) -> bytes | None:
        return self._fill(of, origin, shape) if shape in self._templates else None

    def _fill(self, of: int, origin: str, shape: str) -> bytes:
        numbers = self._numbers
        number, place = numbers.parent(of)
        stock = numbers.stock(of)
        values = _common(of, number, origin, 1)
        values[b"parent"] = b"%d" % (FIRST_ID + number)
        values[b"sku"] = b"GEN-%07d-%d" % (number, place + 1)
        values[b"regular"] = _money(numbers.regular(number) + 1000 * place)
        values[b"stock"] = b"%d" % stock
        values[b"stock_status"] = b"instock" if stock else b"outofstock"
        values[b"colour"] = encode(COLOURS[place])[1:-1]
        values[b"place"] = b"%d" % place
        return self._templates[shape].fill(values)


def generated_catalogue(scale: Scale) -> Catalogue:
    numbers = Numbers(scale)
    return Catalogue(GeneratedProducts(numbers), GeneratedVariations(numbers), recorded_terms())
