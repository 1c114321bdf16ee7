"""Places: which rates apply where (paragraph 2) and which shipping zone covers a place (the first sentence of paragraph 12)."""

import re
from collections.abc import Iterable

from spoina.pricing.cart.types import EVERYWHERE_ELSE, Basket, Place, RateId, Shop, TaxBasis, TaxClass, TaxRate, Zone

_SEPARATORS = re.compile(r"[\s-]")
_PICKUP = "local_pickup:"


def is_pickup(rate: RateId) -> bool:
    return rate.startswith(_PICKUP)


def place_of_taxation(basket: Basket, shop: Shop) -> Place:
    """Paragraph 2: the shop's own place for a pickup or by setting, else the customer's billing or shipping address."""
    if shop.tax_basis is TaxBasis.BASE or (basket.chosen_rate is not None and is_pickup(basket.chosen_rate)):
        return shop.base
    return basket.billing if shop.tax_basis is TaxBasis.BILLING else basket.shipping


def rates_at(place: Place, tax_class: TaxClass, shop: Shop) -> tuple[TaxRate, ...]:
    """Paragraph 2: the rates of a class that hold at a place, one of each priority."""
    if not shop.taxes:
        return ()
    found = sorted((rate for rate in shop.rates if rate.tax_class == tax_class and _holds(rate, place)), key=_precedence)
    first: dict[int, TaxRate] = {}
    for rate in found:
        first.setdefault(rate.priority, rate)
    return tuple(first.values())


def _holds(rate: TaxRate, place: Place) -> bool:
    return (
        rate.country in ("", place.country.upper())
        and rate.state in ("", place.state.upper())
        and (not rate.postcodes or matches_postcode(place.postcode, rate.postcodes))
        and (not rate.cities or place.city.casefold() in {city.casefold() for city in rate.cities})
    )


def _precedence(rate: TaxRate) -> tuple[int, bool, str, bool, str, int, int, int]:
    """The narrower rate first."""
    postcodes, cities = len(rate.postcodes), len(rate.cities)
    return rate.priority, not rate.country, rate.country, not rate.state, rate.state, -postcodes, -cities, rate.id


def zone_of(place: Place, zones: Iterable[Zone]) -> Zone | None:
    """Paragraph 12: the first zone, in the shop's order, that covers the place; the zone for everywhere else comes last."""
    ordered = sorted(zones, key=lambda zone: (zone.id == EVERYWHERE_ELSE, zone.order, zone.id))
    return next((zone for zone in ordered if zone.id == EVERYWHERE_ELSE or _covers(zone, place)), None)


def _covers(zone: Zone, place: Place) -> bool:
    anywhere = not zone.countries and not zone.states
    inside = anywhere or place.country in zone.countries or f"{place.country}:{place.state}" in zone.states
    return inside and (not zone.postcodes or matches_postcode(place.postcode, zone.postcodes))


def matches_postcode(postcode: str, patterns: Iterable[str]) -> bool:
    """Patterns are a postcode, a beginning (30*) or a range (31-000...31-999); separators and case do not count."""
    code = _plain(postcode)
    return any(_matches(code, pattern) for pattern in patterns)


def _matches(code: str, pattern: str) -> bool:
    low, dots, high = pattern.partition("...")
    if dots:
        return _in_range(code, _plain(low), _plain(high))
    wanted = _plain(pattern)
    return code.startswith(wanted[:-1]) if wanted.endswith("*") else code == wanted


def _in_range(code: str, low: str, high: str) -> bool:
    digits = _as_digits(code)
    if not digits:
        return False
    if low.isdigit() and high.isdigit():
        return int(low) <= int(digits) <= int(high)
    return int(_as_digits(low).ljust(len(digits), "0")) <= int(digits) <= int(_as_digits(high).ljust(len(digits), "9"))


def _as_digits(code: str) -> str:
    """Letters count by their place in the alphabet, with two digits, so that SW1A can stand in a range."""
    return "".join(char if char.isdigit() else f"{max(ord(char) - 64, 0):02d}" for char in code)


def _plain(postcode: str) -> str:
    return _SEPARATORS.sub("", postcode).upper()
