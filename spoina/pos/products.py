"""What a till shows of a product: by its code, or as an entry of the device's own catalogue. Prices include VAT, in minor units."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from spoina.catalog.reader import CatalogReader
from spoina.catalog.types import Product, Shop, Variant
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from spoina.ids import Gtin, LocationId, VariantId
from spoina.inventory.barcodes import InStoreCode, ValueKind, further_barcodes, in_store_rules, normalised, parse_in_store
from spoina.money import parse_decimal, to_minor
from spoina.pos.rules import EXEMPT, with_vat
from spoina.pos.terminals import vat_letters
from spoina.pos.types import Terminal, Told, VatLetter
from spoina.pricing.rules import effective, on_sale

LONGEST_CODE = 100
AGE_KEYS = frozenset({"minimum_age", "min_age", "age_restriction"})
DEPOSIT_KEYS = frozenset({"deposit", "kaucja"})
_NUMBER = re.compile(r"\d{1,2}")

_BY_CODE = """
select distinct v.id from variant v join product p on p.id = v.product_id
where p.deleted_at is null and p.published and v.id in (
    select id from variant where sku = $1
    union all select id from variant where barcode = any($3::text[])
    union all select variant_id from known_barcode where code = $2
) order by v.id
"""
_STOCK = "select location_id, item_id, on_hand, on_hand - held - buffer, as_of from stock where item_id = any($1::bigint[]) order by 1"


class TillPrice(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`sale` holds in [saleFrom, saleTo). `prior`: the lowest price of the 30 days before the reduction, to be shown beside it."""

    regular: int | None
    sale: int | None = None
    sale_from: datetime | None = None
    sale_to: datetime | None = None
    prior: int | None = None


class TillVariant(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`stock_item` None: it is not counted. `barcodes`: further ones, as GTIN-14. `deposit`: in minor units, on top of the price."""

    id: VariantId
    title: str
    price: TillPrice
    tax_class: str
    letter: str | None = None
    rate: int | None = None
    sku: str | None = None
    barcode: str | None = None
    barcodes: tuple[Gtin, ...] = ()
    stock_item: int | None = None
    minimum_age: int | None = None
    deposit: int | None = None


class StockAt(Told, frozen=True, kw_only=True):
    """`available`: less what is held and kept back. Below zero after more was sold than there was."""

    location: LocationId
    on_hand: int
    available: int
    as_of: datetime


class InStore(Told, frozen=True, kw_only=True, omit_defaults=True):
    """What the shop's own scales printed into the code."""

    reference: str
    weight_grams: int | None = None
    price: int | None = None


class Found(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`price_now` is the one in force, VAT included. `here` None: not counted, or never lay here."""

    variant: TillVariant
    product: str
    currency: str
    price_now: int | None
    on_sale: bool
    here: StockAt | None = None
    elsewhere: tuple[StockAt, ...] = ()


class Scanned(Told, frozen=True, kw_only=True, omit_defaults=True):
    """Nearly always one product; a code that several bear is for the cashier to decide."""

    code: str
    products: tuple[Found, ...]
    in_store: InStore | None = None


class Scanner:
    def __init__(self, pool: Pool, reader: CatalogReader, clock: Clock) -> None:
        self._pool, self._reader, self._clock = pool, reader, clock

    async def scan(self, terminal: Terminal, code: str) -> Scanned:
        """SKU, GTIN-8/12/13/14, a barcode as the shop wrote it, or one of the shop's own scales. Raises NotFound, InvalidInput."""
        text = code.strip()
        if not text or "\0" in text:
            raise InvalidInput("code", "must not be empty")
        if len(text) > LONGEST_CODE:
            raise LimitExceeded("code", LONGEST_CODE, "characters")
        ids, in_store = await self._find(text), None
        if not ids and (in_store := parse_in_store(text, await in_store_rules(self._pool))) is not None:
            ids = await self._find(in_store.article)
        pairs = [pair for pair in await self._reader.variants(ids) if pair is not None]
        if not pairs:
            raise NotFound("product with the code", text)
        return Scanned(code=text, products=await self._described(pairs, terminal), in_store=None if in_store is None else _told(in_store))

    async def _find(self, text: str) -> list[VariantId]:
        gtin = normalised(text)
        spelt = [text] if gtin is None else [gtin[14 - length :] for length in (8, 12, 13, 14) if not gtin[: 14 - length].strip("0")]
        return [VariantId(row[0]) for row in await self._pool.fetch(_BY_CODE, text, gtin, spelt)]

    async def _described(self, pairs: Sequence[tuple[Product, Variant]], terminal: Terminal) -> tuple[Found, ...]:
        letters = {each.tax_class: each for each in await vat_letters(self._pool)}
        items = [variant.stock.item for _, variant in pairs if variant.stock.item is not None]
        stock: dict[int, list[StockAt]] = {}
        for location, item, on_hand, available, as_of in await self._pool.fetch(_STOCK, items):
            stock.setdefault(item, []).append(StockAt(location=location, on_hand=on_hand, available=available, as_of=as_of))
        further = await further_barcodes(self._pool, [variant.id for _, variant in pairs])
        shown = [till_variant(variant, product, letters, self._reader.shop, further.get(variant.id, ())) for product, variant in pairs]
        return tuple(
            self._found(product, variant, each, stock.get(variant.stock.item or 0, []), terminal.location)
            for (product, variant), each in zip(pairs, shown, strict=True)
        )

    def _found(self, product: Product, variant: Variant, shown: TillVariant, stock: Sequence[StockAt], here: LocationId) -> Found:
        now = self._clock()
        price = effective(variant.prices, now)
        return Found(
            variant=shown,
            product=product.title,
            currency=product.currency,
            price_now=None if price is None else _gross(price, shown.rate, self._reader.shop),
            on_sale=on_sale(variant.prices, now),
            here=next((each for each in stock if each.location == here), None),
            elsewhere=tuple(each for each in stock if each.location != here),
        )


def _told(code: InStoreCode) -> InStore:
    match code.kind:
        case ValueKind.WEIGHT:
            return InStore(reference=code.reference, weight_grams=code.value)
        case ValueKind.PRICE:
            return InStore(reference=code.reference, price=code.value)


def till_variant(
    variant: Variant, product: Product, letters: Mapping[str, VatLetter], shop: Shop, barcodes: tuple[Gtin, ...] = ()
) -> TillVariant:
    tax_class = variant.tax_class if variant.taxable else EXEMPT
    vat = letters.get(tax_class)
    rate = None if vat is None else vat.rate
    prices = variant.prices
    facts = {field.key.lstrip("_"): field.value for field in (*product.metafields, *variant.metafields)}
    return TillVariant(
        id=variant.id,
        title=variant.title,
        price=TillPrice(
            regular=_gross(prices.regular, rate, shop),
            sale=_gross(prices.sale, rate, shop),
            sale_from=prices.sale_from,
            sale_to=prices.sale_to,
            prior=None if variant.prior_price is None else _gross(variant.prior_price.minor, rate, shop),
        ),
        tax_class=tax_class,
        letter=None if vat is None else vat.letter,
        rate=rate,
        sku=variant.sku,
        barcode=variant.barcode,
        barcodes=barcodes,
        stock_item=variant.stock.item,
        minimum_age=_age(facts),
        deposit=_deposit(facts, product.currency),
    )


def _gross(amount: int | None, rate: int | None, shop: Shop) -> int | None:
    return amount if amount is None or not shop.adds_tax or rate is None else with_vat(amount, rate)


def _age(facts: Mapping[str, str]) -> int | None:
    """The first number in it: shops write "18", "18+", "od 18 lat"."""
    found = [_NUMBER.search(facts[key]) for key in AGE_KEYS & facts.keys()]
    return max((int(each[0]) for each in found if each), default=None)


def _deposit(facts: Mapping[str, str], currency: str) -> int | None:
    for key in DEPOSIT_KEYS & facts.keys():
        try:
            return to_minor(parse_decimal(facts[key].replace(",", ".").strip(), key), currency)
        except InvalidInput:
            continue
    return None
