"""From a code that somebody typed or scanned to the variants that carry it: SKU, GTIN-8/12/13/14, or the barcode as the shop wrote it."""

from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum

import msgspec

from spoina.ids import ProductId, StockItemId, VariantId

GTIN_LENGTHS = frozenset({8, 12, 13, 14})


class CodeKind(StrEnum):
    SKU = "sku"
    GTIN = "gtin"
    BARCODE = "barcode"
    VARIANT = "variant"
    """The variant's own number."""


class Code(msgspec.Struct, frozen=True):
    """`kind` None: an SKU if one is spelt so, else a GTIN, else a barcode."""

    text: str
    kind: CodeKind | None = None


class Sells(StrEnum):
    """See table variant."""

    ALWAYS = "always"
    COUNTED = "counted"
    NEVER = "never"


class KnownVariant(msgspec.Struct, frozen=True, gc=False):
    """`item` None: its stock is not counted. `gtins`: GTIN-14s as numbers. `barcode`: as the shop wrote it, where that is no GTIN."""

    id: VariantId
    product: ProductId
    item: StockItemId | None
    sells: Sells
    published: bool
    sku: str | None
    barcode: str | None
    gtins: tuple[int, ...]


def gtin_of(text: str) -> int | None:
    """The GTIN-14 as a number; None for what is none, or whose check digit is wrong."""
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return None
    padded = text.zfill(14)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(padded))
    return int(padded) if total % 10 == 0 and int(padded) else None


def number_of(text: str) -> int:
    """0 for what is no id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class _Bearers(dict[int | str, int | tuple[int, ...]]):
    """Who bears a code: nearly always one variant, and then no tuple is spent on it."""

    def add(self, code: int | str, variant: int) -> None:
        before = self.of(code)
        if variant not in before:
            self[code] = (*before, variant) if before else variant

    def drop(self, code: int | str, variant: int) -> None:
        left = tuple(each for each in self.of(code) if each != variant)
        if not left:
            self.pop(code, None)
        else:
            self[code] = left if len(left) > 1 else left[0]

    def of(self, code: int | str) -> tuple[int, ...]:
        found = self.get(code)
        return () if found is None else found if isinstance(found, tuple) else (found,)


class KnownCodes:
    """All variants and their codes."""

    def __init__(self) -> None:
        self._variants: dict[int, KnownVariant] = {}
        self._skus, self._gtins, self._barcodes, self._products = _Bearers(), _Bearers(), _Bearers(), _Bearers()

    def __len__(self) -> int:
        return len(self._variants)

    def put(self, variant: KnownVariant) -> None:
        self.remove(variant.id)
        self._variants[variant.id] = variant
        for bearers, code in self._codes(variant):
            bearers.add(code, variant.id)

    def remove(self, variant_id: int) -> None:
        if (variant := self._variants.pop(variant_id, None)) is not None:
            for bearers, code in self._codes(variant):
                bearers.drop(code, variant_id)

    def _codes(self, variant: KnownVariant) -> Iterator[tuple[_Bearers, int | str]]:
        yield self._products, variant.product
        for bearers, code in ((self._skus, variant.sku), (self._barcodes, variant.barcode)):
            if code is not None:
                yield bearers, code
        for gtin in variant.gtins:
            yield self._gtins, gtin

    def find(self, code: Code) -> list[KnownVariant]:
        """In the order of their ids; empty: nobody carries it."""
        return self._named(sorted(self._bearers(code)))

    def _bearers(self, code: Code) -> Collection[int]:
        text = code.text.strip()
        match code.kind:
            case CodeKind.SKU:
                return self._skus.of(text)
            case CodeKind.GTIN:
                return self._by_gtin(text)
            case CodeKind.BARCODE:
                return self._by_gtin(text) or self._barcodes.of(text)
            case CodeKind.VARIANT:
                return [number] if (number := number_of(text)) in self._variants else []
            case None:
                return self._skus.of(text) or self._by_gtin(text) or self._barcodes.of(text)

    def _by_gtin(self, text: str) -> tuple[int, ...]:
        gtin = gtin_of(text)
        return () if gtin is None else self._gtins.of(gtin)

    def variant(self, variant_id: int) -> KnownVariant | None:
        return self._variants.get(variant_id)

    def of_product(self, product_id: int) -> list[KnownVariant]:
        return self._named(self._products.of(product_id))

    def of_item(self, item: int) -> list[KnownVariant]:
        """Those whose stock is counted as this: the variant of that id, or variants of the product of that id."""
        own = self._variants.get(item)
        candidates = self.of_product(item)
        if own is not None and own not in candidates:
            candidates.append(own)
        return [each for each in candidates if each.item == item]

    def _named(self, ids: Iterable[int]) -> list[KnownVariant]:
        return [self._variants[each] for each in ids]
