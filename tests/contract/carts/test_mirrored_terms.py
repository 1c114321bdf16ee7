"""Each recorded configuration, served by the simulated shop and mirrored through the real client, is read back as it was recorded."""

from msgspec.structs import replace

from spoina.ids import VariantId
from spoina.pricing.cart.catalogue_lines import line_of
from spoina.pricing.cart.types import Line
from tests.contract.carts import shopper
from tests.contract.carts.mirrored import Mirrored
from tests.contract.carts.recordings import catalogue, recording

NUMBERS = ("price", "regular_price", "sale_price")


async def test_the_terms_of_a_configuration(letter: str, mirrored: Mirrored):
    assert mirrored.terms.shop == recording(letter).shop
    known = catalogue().coupons
    assert await mirrored.terms.coupons(known) == dict(known)


async def test_the_lines_of_all_variants(mirrored: Mirrored):
    known = catalogue()
    ids = [number for number, each in (known.products | known.variations).items() if each["type"] in ("simple", "variation")]
    at = recording("a").at
    pairs = await mirrored.reader.variants([VariantId(number) for number in ids])
    sold = {number: pair for number, pair in zip(ids, pairs, strict=True) if pair is not None}
    assert len(sold) > 780
    for number, (product, variant) in sold.items():
        recorded, _ = shopper.line_of({"id": number, "quantity": 1})
        ours = line_of(product, variant, key=recorded.key, quantity=1, categories=mirrored.reader.categories, at=at)
        assert as_numbers(ours) == as_numbers(recorded)


def as_numbers(line: Line) -> Line:
    """A merchant types 29, 29.0 or 29.00."""
    return replace(line, **{name: f"{float(text):.6f}" for name in NUMBERS if (text := getattr(line, name))})
