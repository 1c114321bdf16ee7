"""A shop of any size, computed from product numbers: the same seed always gives the same shop, nothing is kept.

One product in five is variable. Product `n` has the id FIRST_ID + n; the ids of all variations follow after the
products', and how many variations a variable product has cycles through the given range, so that either id leads to
the other by arithmetic alone.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
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


class Scale(NamedTuple):
    products: int
    variations: tuple[int, int] = (2, 6)
    images: int = 1
    seed: int = 1


def ean13(number: int) -> str:
    digits = f"590{number % 10**9:09d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


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
        place = max(place for place, start in enumerate(self._starts) if start <= rest)
        nth = cycles * len(self._sizes) + place
        return nth * _VARIABLE_EVERY + _VARIABLE_EVERY - 1, rest - self._starts[place]

    def chance(self, number: int, salt: int, below: int) -> int:
        """An even-looking number that depends on the seed only, cheaper than a random generator for each product."""
        mixed = (number * 0x9E3779B1 + salt * 0x85EBCA77 + self.scale.seed * 0xC2B2AE3D) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
        return (mixed ^ (mixed >> 13)) % below

    def name(self, number: int) -> str:
        parts = ((_THINGS, 2), (_KINDS, 3), (_NAMES, 4))
        return f"{' '.join(words[self.chance(number, salt, len(words))] for words, salt in parts)} {number}"

    def regular(self, number: int) -> int:
        """In grosze, always ending in 9 so that no sale price equals it."""
        return 990 + 10 * self.chance(number, 5, 60_000) + 9

    def stock(self, number: int) -> int:
        return 0 if self.chance(number, 6, 12) == 0 else 1 + self.chance(number, 7, 200)


def _stamps(number: int) -> tuple[str, str]:
    """(local, GMT): a product every 20 seconds, all of it in winter time so that the offset is one hour."""
    gmt = _OPENED + timedelta(seconds=20 * (number % 300_000))
    return (gmt + timedelta(hours=1)).isoformat(), gmt.isoformat()


def _money(minor: int) -> bytes:
    return b"%d.%02d" % divmod(minor, 100)


def _shown(minor: int) -> bytes:
    return f"{minor // 100:,},{minor % 100:02d}".replace(",", " ", f"{minor // 100:,}".count(",")).encode()


def _common(of: int, number: int, origin: str, images: int) -> dict[bytes, bytes]:
    local, gmt = _stamps(number)
    escaped = origin.replace("/", "\\/").encode()
    values = {b"image_%d" % place: b"%d" % (1_000_000 + 10 * of + place) for place in range(images)}
    return values | {
        b"origin": escaped,
        b"site": b"{site}" if origin == "{origin}" else escaped.replace(b"https:", b"http:", 1),
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
        values[b"name"] = encode(numbers.name(number))[1:-1]
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
        values[b"variations"] = encode(list(children))
        values[b"colours"] = encode(list(COLOURS[: len(children)]))
        return self._variable.fill(values)

    def _related(self, number: int, turn: int) -> bytes:
        """Neighbours, in another order at every reading as in a real shop."""
        products = self._numbers.scale.products
        near = [FIRST_ID + (number + step) % products for step in (3, 5, 8, 13, 21)]
        shift = turn % len(near)
        return encode(near[shift:] + near[:shift])


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
