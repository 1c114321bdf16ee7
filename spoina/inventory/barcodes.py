"""Codes on goods: GTINs in one form, codes that a shop's own scales print, and further codes that Spoina keeps for a variant."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import asyncpg
import msgspec
from stdnum import ean

from spoina.catalog import sql as catalog
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import Conflict, InvalidInput, NotFound
from spoina.ids import Gtin, VariantId
from spoina.inventory.code_index import BARCODES_CHANGED

_EAN_13 = 13
_PREFIX_DIGITS = 2
_FREE_DIGITS = _EAN_13 - _PREFIX_DIGITS - 1

_RULES_CHANGED = "select pg_notify('stock_changed', '*')"
_RULES = "select prefix, reference_digits, value_digits, value_kind from in_store_rule"
_PUT_RULE = """
insert into in_store_rule (prefix, reference_digits, value_digits, value_kind) values ($1, $2, $3, $4)
on conflict (prefix) do update set
    reference_digits = excluded.reference_digits, value_digits = excluded.value_digits, value_kind = excluded.value_kind
"""
# Returns whose the code is: the new bearer, or the one that had it.
_ADD = """
with added as (
    insert into known_barcode (code, variant_id, added_at) values ($1, $2, $3) on conflict do nothing returning variant_id
)
select variant_id from added union all select variant_id from known_barcode where code = $1
"""
# Whoever keeps a copy of the catalogue reads the product again.
_TURN = "update product set version = $2 where id = (select product_id from variant where id = $1)"
_FURTHER = """
select variant_id, array_agg(code order by code) from known_barcode where variant_id = any($1::bigint[]) group by variant_id
"""


def normalised(code: str) -> Gtin | None:
    """The GTIN-14 of a GTIN-8, -12, -13 or -14 with a right check digit; anything else is None."""
    text = code.strip()
    if not (text.isascii() and text.isdigit() and ean.is_valid(text) and int(text)):
        return None
    return Gtin(text.zfill(14))


class ValueKind(StrEnum):
    WEIGHT = "weight"
    """In grams."""
    PRICE = "price"
    """In the currency's minor unit."""


class InStoreRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a shop reads its own EAN-13 codes with this prefix (20 to 29): after it the article's number, before the check digit the value.
    What stands between them (a check digit of the value, on some scales) is not read."""

    prefix: str
    reference_digits: int
    value_digits: int
    value_kind: ValueKind


class InStoreCode(msgspec.Struct, frozen=True, kw_only=True):
    """`article` is the code with all behind the article's number set to zero: the barcode by which the variant is known."""

    article: Gtin
    reference: str
    kind: ValueKind
    value: int


def parse_in_store(code: str, rules: Mapping[str, InStoreRule]) -> InStoreCode | None:
    """None: no code of the shop's own, or a wrong check digit. `rules` by prefix."""
    text = code.strip()
    rule = rules.get(text[:_PREFIX_DIGITS])
    if rule is None or len(text) != _EAN_13 or normalised(text) is None:
        return None
    known = text[: _PREFIX_DIGITS + rule.reference_digits]
    blank = known.ljust(_EAN_13 - 1, "0")
    return InStoreCode(
        article=Gtin((blank + ean.calc_check_digit(blank)).zfill(14)),
        reference=known[_PREFIX_DIGITS:],
        kind=rule.value_kind,
        value=int(text[-1 - rule.value_digits : -1]),
    )


async def in_store_rules(db: Connection | Pool) -> dict[str, InStoreRule]:
    """By prefix."""
    return {row["prefix"]: _rule(row) for row in await db.fetch(_RULES)}


async def set_in_store_rule(pool: Pool, rule: InStoreRule) -> None:
    """In place of the prefix's former rule. Raises InvalidInput."""
    if rule.prefix not in {str(prefix) for prefix in range(20, 30)}:
        raise InvalidInput("prefix", "must be between 20 and 29")
    if not (3 <= rule.reference_digits <= 7 and 3 <= rule.value_digits <= 7 and rule.reference_digits + rule.value_digits <= _FREE_DIGITS):
        raise InvalidInput("value_digits", "reference and value need 3 to 7 digits each, ten together at most")
    async with transaction(pool) as db:
        await db.execute(_PUT_RULE, rule.prefix, rule.reference_digits, rule.value_digits, rule.value_kind.value)
        await db.execute(_RULES_CHANGED)


async def drop_in_store_rule(pool: Pool, prefix: str) -> None:
    """Raises NotFound."""
    async with transaction(pool) as db:
        if "\0" in prefix or await db.fetchval("delete from in_store_rule where prefix = $1 returning true", prefix) is None:
            raise NotFound("rule for scales with the prefix", prefix)
        await db.execute(_RULES_CHANGED)


async def add_barcode(pool: Pool, variant: VariantId, code: str, clock: Clock, field: str = "code") -> Gtin:
    """From now on the variant is known by this code, too. Raises InvalidInput for what is no GTIN, NotFound, Conflict when the code is
    another variant's."""
    gtin = normalised(code)
    if gtin is None:
        raise InvalidInput(field, "is no GTIN-8, -12, -13 or -14 with a right check digit")
    async with transaction(pool) as db:
        await catalog.lock(db)
        if not await db.fetchval("select exists (select from variant where id = $1)", variant):
            raise NotFound("variant", str(variant))
        bearer = await db.fetchval(_ADD, gtin, variant, clock())
        if bearer != variant:
            raise Conflict(field, f"variant {bearer} has this code")
        await _announce(db, variant)
    return gtin


async def remove_barcode(pool: Pool, code: str) -> None:
    """A code that was added; the shop's own one is changed in the shop. Raises NotFound."""
    async with transaction(pool) as db:
        await catalog.lock(db)
        bearer = await db.fetchval("delete from known_barcode where code = $1 returning variant_id", normalised(code))
        if bearer is None:
            raise NotFound("barcode added here", code)
        await _announce(db, bearer)


async def barcodes_of(db: Connection | Pool, variant: VariantId) -> list[Gtin]:
    """Those that were added."""
    return [Gtin(row[0]) for row in await db.fetch("select code from known_barcode where variant_id = $1 order by code", variant)]


async def further_barcodes(db: Connection | Pool, variants: Sequence[VariantId]) -> dict[VariantId, tuple[Gtin, ...]]:
    """Those that were added, of the variants that have any."""
    return {VariantId(row[0]): tuple(row[1]) for row in await db.fetch(_FURTHER, variants)}


async def _announce(db: Connection, variant: VariantId) -> None:
    version = await catalog.next_version(db)
    await db.execute(_TURN, variant, version)
    await db.execute("select pg_notify($1, $2)", BARCODES_CHANGED, str(variant))
    await catalog.announce(db, version)


def _rule(row: asyncpg.Record) -> InStoreRule:
    return InStoreRule(
        prefix=row["prefix"],
        reference_digits=row["reference_digits"],
        value_digits=row["value_digits"],
        value_kind=ValueKind(row["value_kind"]),
    )
