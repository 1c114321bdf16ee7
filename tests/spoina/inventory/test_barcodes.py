"""GTINs in one form, the codes of a shop's own scales, and codes that are kept here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoina.db import Pool, connect
from spoina.errors import Conflict, InvalidInput, NotFound
from spoina.inventory.barcodes import (
    InStoreCode,
    InStoreRule,
    ValueKind,
    add_barcode,
    barcodes_of,
    drop_in_store_rule,
    in_store_rules,
    normalised,
    parse_in_store,
    remove_barcode,
    set_in_store_rule,
)
from spoina.inventory.known_codes import gtin_of
from tests.spoina.catalog.builders import insert_products, insert_shop, product
from tests.spoina.inventory.stocking import NOON

WEIGHED = InStoreRule(prefix="21", reference_digits=5, value_digits=5, value_kind=ValueKind.WEIGHT)
PRICED = InStoreRule(prefix="24", reference_digits=4, value_digits=5, value_kind=ValueKind.PRICE)
RULES = {rule.prefix: rule for rule in (WEIGHED, PRICED)}


@pytest.mark.parametrize(
    ("case", "code", "expected"),
    [
        ("GTIN-13", "5901234123457", "05901234123457"),
        ("GTIN-8", "96385074", "00000096385074"),
        ("UPC-A", "036000291452", "00036000291452"),
        ("GTIN-14", "10012345678902", "10012345678902"),
        ("typed with blanks around", " 5901234123457\n", "05901234123457"),
        ("wrong check digit", "5901234123458", None),
        ("too short", "590123412345", None),
        ("other digits", "٥٩٠١٢٣٤١٢٣٤٥٧", None),
        ("letters", "59012341234AB", None),
        ("zeros", "0000000000000", None),
        ("nothing", "", None),
    ],
)
def test_normalised(case, code, expected):
    assert normalised(code) == expected, case
    assert (gtin_of(code.strip()) or 0) == int(expected or 0), case


@pytest.mark.parametrize(
    ("case", "code", "expected"),
    [
        ("1.234 kg", "2112345012346", ("02112345000008", "12345", ValueKind.WEIGHT, 1234)),
        ("nothing on the scales", "2112345000008", ("02112345000008", "12345", ValueKind.WEIGHT, 0)),
        ("12.99, the digit between is not read", "2412347012994", ("02412340000004", "1234", ValueKind.PRICE, 1299)),
        ("no rule for the prefix", "2212345012340", None),
        ("wrong check digit", "2112345012344", None),
        ("an EAN-8 that begins alike", "21123459", None),
        ("no code", "21", None),
    ],
)
def test_codes_of_the_shops_own_scales(case, code, expected):
    parsed = parse_in_store(code, RULES)
    assert parsed == (expected and InStoreCode(article=expected[0], reference=expected[1], kind=expected[2], value=expected[3])), case


@given(st.integers(0, 99999), st.integers(0, 99999))
def test_whatever_was_weighed_is_read_back(article, grams):
    body = f"21{article:05}{grams:05}"
    check = (10 - sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))) % 10
    parsed = parse_in_store(f"{body}{check}", RULES)
    assert (int(parsed.reference), parsed.value, normalised(parsed.article)) == (article, grams, parsed.article)


async def test_codes_that_are_kept_here(pool: Pool, database: str):
    await insert_shop(pool)
    await insert_products(pool, [product(1), product(2)])
    heard: list[str] = []
    listening = await connect(database)
    await listening.add_listener("barcodes_changed", lambda *call: heard.append(call[-1]))
    for code in ("5901234123457", "05901234123457", "96385074"):
        await add_barcode(pool, 1, code, lambda: NOON)
    assert await barcodes_of(pool, 1) == ["00000096385074", "05901234123457"]
    with pytest.raises(Conflict, match="variant 1"):
        await add_barcode(pool, 2, "5901234123457", lambda: NOON)
    with pytest.raises(InvalidInput, match="check digit"):
        await add_barcode(pool, 2, "5901234123458", lambda: NOON)
    with pytest.raises(NotFound):
        await add_barcode(pool, 3, "5901234123457", lambda: NOON)
    await remove_barcode(pool, "5901234123457")
    await add_barcode(pool, 2, "5901234123457", lambda: NOON)
    assert (await barcodes_of(pool, 1), await barcodes_of(pool, 2)) == (["00000096385074"], ["05901234123457"])
    await listening.execute("select 1")
    await listening.close()
    assert heard == ["1", "1", "1", "1", "2"]


async def test_rules_of_the_shops_own_codes(pool: Pool):
    await set_in_store_rule(pool, PRICED)
    await set_in_store_rule(pool, InStoreRule(prefix="21", reference_digits=6, value_digits=4, value_kind=ValueKind.PRICE))
    await set_in_store_rule(pool, WEIGHED)
    assert await in_store_rules(pool) == RULES
    await drop_in_store_rule(pool, "24")
    assert await in_store_rules(pool) == {"21": WEIGHED}
    for prefix, reference, value in (("59", 5, 5), ("2", 5, 5), ("21", 7, 4), ("21", 2, 5), ("21", 5, 2)):
        with pytest.raises(InvalidInput):
            await set_in_store_rule(
                pool, InStoreRule(prefix=prefix, reference_digits=reference, value_digits=value, value_kind=ValueKind.PRICE)
            )
