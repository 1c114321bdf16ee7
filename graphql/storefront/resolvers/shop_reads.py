"""The shop, and where and in which language it is read."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_name, get_currency_symbol
from strawberry import Parent

from spoina.catalog import types as catalog
from storefront.codes import currency_code, language_code
from storefront.ids import gid
from storefront.resolvers import Info

IMPERIAL = {"US", "LR", "MM"}
FALLBACK = Locale("en")


class Language(msgspec.Struct, frozen=True):
    iso_code: str
    name: str
    endonym_name: str


class Currency(msgspec.Struct, frozen=True):
    iso_code: str
    name: str
    symbol: str


class Country(msgspec.Struct, frozen=True):
    iso_code: str
    name: str
    currency: Currency
    language: Language

    @property
    def default_language(self) -> Language:
        return self.language

    @property
    def available_languages(self) -> tuple[Language, ...]:
        return (self.language,)

    @property
    def unit_system(self) -> str:
        return "IMPERIAL_SYSTEM" if self.iso_code in IMPERIAL else "METRIC_SYSTEM"


class Localization(msgspec.Struct, frozen=True):
    """A shop is read in its own country and language. What `@inContext` asks for beyond them falls back to them, as in the dialect."""

    country: Country
    language: Language

    @property
    def available_countries(self) -> tuple[Country, ...]:
        return (self.country,)

    @property
    def available_languages(self) -> tuple[Language, ...]:
        return (self.language,)

    @property
    def market(self) -> Country:
        return self.country


class Domain(msgspec.Struct, frozen=True):
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def ssl_enabled(self) -> bool:
        return urlsplit(self.url).scheme == "https"


class PaymentSettings(msgspec.Struct, frozen=True):
    currency_code: str
    country_code: str

    @property
    def enabled_presentment_currencies(self) -> tuple[str, ...]:
        return (self.currency_code,)

    @property
    def accepted_card_brands(self) -> tuple[str, ...]:
        return ()

    @property
    def supported_digital_wallets(self) -> tuple[str, ...]:
        return ()


class ApiVersion(msgspec.Struct, frozen=True):
    handle: str
    display_name: str
    supported: bool


CURRENT_VERSION = ApiVersion("2026-01", "2026-01", True)


def shop(info: Info) -> catalog.Shop:
    return info.context.shop


def payment_settings_at_root(info: Info) -> PaymentSettings:
    return payment_settings(info.context.shop)


def localization(info: Info) -> Localization:
    settings = info.context.shop
    locale = _locale(settings.language)
    language = _language(settings.language, locale)
    return Localization(_country(settings, locale, language), language)


def public_api_versions() -> Sequence[ApiVersion]:
    return (CURRENT_VERSION,)


def shop_id(_shop: Parent[catalog.Shop]) -> str:
    return gid("Shop", 1)


def shop_description(shop: Parent[catalog.Shop]) -> str | None:
    return shop.description or None


def primary_domain(shop: Parent[catalog.Shop]) -> Domain:
    return Domain(shop.url)


def payment_settings(shop: Parent[catalog.Shop]) -> PaymentSettings:
    return PaymentSettings(currency_code(shop.currency), country_code(shop.country))


def ships_to_countries(shop: Parent[catalog.Shop]) -> Sequence[str]:
    return (country_code(shop.country),)


def money_format(shop: Parent[catalog.Shop]) -> str:
    """How the shop writes an amount, in the dialect's notation: "{{amount_with_comma_separator}} zł"."""
    locale = _locale(shop.language)
    comma = locale.number_symbols.get("latn", {}).get("decimal") == ","
    amount = "{{amount_with_comma_separator}}" if comma else "{{amount}}"
    symbol = get_currency_symbol(shop.currency, locale)
    pattern = locale.currency_formats["standard"].pattern
    return f"{symbol}{amount}" if pattern.startswith("¤") else f"{amount} {symbol}"


def market(country: Parent[Country]) -> Country:
    return country


def market_id(country: Parent[Country]) -> str:
    return gid("Market", country.iso_code)


def market_handle(country: Parent[Country]) -> str:
    return country.iso_code.lower()


def country_code(country: str) -> str:
    """WooCommerce may add a state: PL, US:CA."""
    return country.partition(":")[0].upper() or "ZZ"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return FALLBACK


def _language(language: str, locale: Locale) -> Language:
    return Language(language_code(language), locale.english_name or language, locale.get_display_name() or language)


def _country(settings: catalog.Shop, locale: Locale, language: Language) -> Country:
    code = country_code(settings.country)
    symbol, name = get_currency_symbol(settings.currency, locale), get_currency_name(settings.currency, locale=locale)
    currency = Currency(currency_code(settings.currency), name, symbol)
    return Country(code, locale.territories.get(code, code), currency, language)
