"""Prices at the request's moment. A variant without a price is not for sale; the dialect wants an amount all the same, and that is 0."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.money import Money, decimal_text, scaled_text
from spoina.pricing.types import PricePoint, PriorPrice
from storefront.carts.shown import ShownAmount
from storefront.codes import currency_code
from storefront.standing import Settled, Standing


class PriceRange(msgspec.Struct, frozen=True):
    min_variant_price: Money
    max_variant_price: Money


class Prior(msgspec.Struct, frozen=True):
    prior: PriorPrice
    currency: str


class Window(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime


class Evidence(msgspec.Struct, frozen=True):
    point: PricePoint
    currency: str


def amount(money: Parent[Money]) -> str:
    return scaled_text(money.minor, money.digits) if isinstance(money, ShownAmount) else decimal_text(money.minor, money.currency)


def currency(money: Parent[Money]) -> str:
    return currency_code(money.currency)


def price(variant: Parent[catalog.Variant], info: Settled) -> Money:
    return Money(info.context.price(variant) or 0, info.context.shop.currency)


def compare_at_price(variant: Parent[catalog.Variant], info: Settled) -> Money | None:
    minor = _compare_at(variant, info.context)
    return None if minor is None else Money(minor, info.context.shop.currency)


def variant_prior_price(variant: Parent[catalog.Variant], info: Settled) -> Prior | None:
    prior = variant.prior_price
    if prior is None or not info.context.reduced(variant):
        return None
    return Prior(prior, info.context.shop.currency)


def product_prior_price(product: Parent[catalog.Product], info: Settled) -> Prior | None:
    """That of the variant whose price is shown as the product's lowest."""
    priced = [(minor, variant) for variant in product.variants if (minor := info.context.price(variant)) is not None]
    return variant_prior_price(min(priced, key=lambda pair: pair[0])[1], info) if priced else None


def prior_amount(prior: Parent[Prior]) -> str:
    return decimal_text(prior.prior.minor, prior.currency)


def prior_currency(prior: Parent[Prior]) -> str:
    return currency_code(prior.currency)


def prior_valid_from(prior: Parent[Prior]) -> datetime:
    return prior.prior.since


def prior_window(prior: Parent[Prior]) -> Window:
    return Window(prior.prior.window_from, prior.prior.reduced_at)


def prior_evidence(prior: Parent[Prior]) -> list[Evidence]:
    return [Evidence(point, prior.currency) for point in prior.prior.evidence]


def evidence_price(evidence: Parent[Evidence]) -> Money | None:
    return None if evidence.point.minor is None else Money(evidence.point.minor, evidence.currency)


def evidence_valid_from(evidence: Parent[Evidence]) -> datetime:
    return evidence.point.since


def price_range(product: Parent[catalog.Product], info: Settled) -> PriceRange:
    return _range([info.context.price(variant) for variant in product.variants], product.currency)


def compare_at_price_range(product: Parent[catalog.Product], info: Settled) -> PriceRange:
    return _range([_compare_at(variant, info.context) for variant in product.variants], product.currency)


def _range(amounts: Sequence[int | None], in_currency: str) -> PriceRange:
    known = [minor for minor in amounts if minor is not None] or [0]
    return PriceRange(Money(min(known), in_currency), Money(max(known), in_currency))


def _compare_at(variant: catalog.Variant, standing: Standing) -> int | None:
    return variant.prices.regular if standing.reduced(variant) else None
