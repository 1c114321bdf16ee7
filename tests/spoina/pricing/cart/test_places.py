from typing import Any

import pytest

from spoina.pricing.cart.places import matches_postcode, place_of_taxation, rates_at, zone_of
from spoina.pricing.cart.types import EVERYWHERE_ELSE, STANDARD, Basket, Place, RateId, TaxBasis, Zone, ZoneId
from tests.spoina.pricing.cart.builders import BERLIN, REDUCED, WARSZAWA, rate, shop


@pytest.mark.parametrize(
    ("postcode", "pattern", "expected"),
    [
        ("30-123", "30*", True),
        ("80-958", "30*", False),
        ("31-999", "31-000...31-999", True),
        ("32-000", "31-000...31-999", False),
        ("02 137", "02-137", True),
        ("", "30*", False),
        ("", "00-001...99-999", False),
        ("sw1a 1aa", "SW1A*", True),
        ("SW1A", "SV1A...SX1A", True),
        ("SZ1A", "SV1A...SX1A", False),
    ],
)
def test_postcodes(postcode: str, pattern: str, expected: bool) -> None:
    assert matches_postcode(postcode, (pattern,)) is expected


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        ("nothing narrower", {}, [1, 5]),
        ("its postcode", {"postcode": "80-958"}, [7, 5]),
        ("its city, in any case", {"city": "warszawa"}, [1, 5, 8]),
        ("its state", {"state": "MZ"}, [9, 5]),
        ("another country", {"country": "DE"}, [4]),
        ("a country without its own", {"country": "CH"}, [6]),
    ],
)
def test_one_rate_of_each_priority_the_narrowest(case: str, fields: dict[str, Any], expected: list[int]) -> None:
    rates = (
        rate(6, 1.0, country=""),
        rate(1, 23.0),
        rate(4, 19.0, country="DE"),
        rate(5, 2.5, priority=2, compound=True),
        rate(7, 20.0, postcodes=("80*",)),
        rate(8, 0.75, priority=3, cities=("WARSZAWA",)),
        rate(9, 22.0, state="MZ"),
        rate(10, 8.0, tax_class=REDUCED),
        rate(11, 24.0),
    )
    place = Place(**({"country": "PL"} | fields))
    assert [each.id for each in rates_at(place, STANDARD, shop(rates=rates))] == expected, case


def test_without_taxes_there_is_no_rate() -> None:
    assert rates_at(WARSZAWA, STANDARD, shop(taxes=False)) == ()


@pytest.mark.parametrize(
    ("basis", "chosen", "expected"),
    [
        (TaxBasis.SHIPPING, None, "DE"),
        (TaxBasis.BILLING, None, "CH"),
        (TaxBasis.BASE, None, "PL"),
        (TaxBasis.SHIPPING, "flat_rate:1", "DE"),
        (TaxBasis.SHIPPING, "local_pickup:4", "PL"),
        (TaxBasis.BILLING, "local_pickup:4", "PL"),
    ],
)
def test_place_of_taxation(basis: TaxBasis, chosen: str | None, expected: str) -> None:
    cart = Basket(billing=Place(country="CH"), shipping=BERLIN, chosen_rate=RateId(chosen) if chosen else None)
    assert place_of_taxation(cart, shop(tax_basis=basis)).country == expected


def test_the_first_zone_that_covers_the_place() -> None:
    zones = (
        Zone(id=EVERYWHERE_ELSE),
        Zone(id=ZoneId(1), order=1, countries=frozenset({"PL"})),
        Zone(id=ZoneId(2), order=0, countries=frozenset({"PL"}), postcodes=("30*",)),
        Zone(id=ZoneId(3), order=2, states=frozenset({"US:CA"})),
    )
    found = {
        place: zone.id if (zone := zone_of(place, zones)) else None
        for place in (
            WARSZAWA,
            Place(country="PL", postcode="30-001"),
            BERLIN,
            Place(country="US", state="CA"),
            Place(country="US", state="NY"),
        )
    }
    assert list(found.values()) == [1, 2, 0, 3, 0]
    assert zone_of(BERLIN, zones[1:]) is None
