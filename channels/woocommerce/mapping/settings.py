"""The shop's settings become a Shop."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from babel.languages import get_official_languages

from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import SettingPayload, SiteIndexPayload, Text, Unmappable, items_of, payload_of
from spoina.catalog.types import Shop


def map_shop(site: SiteIndexPayload, settings: Iterable[bytes], as_of: datetime) -> Shop:
    """`settings` are the bodies of settings/general, settings/tax and settings/products. Raises Unmappable without a currency.

    WooCommerce's keys cannot read WordPress's language, so the country's first official one is taken.
    """
    values = _values(settings)
    currency = values.get("woocommerce_currency", "")
    if not currency:
        raise Unmappable("shop", 0, "its settings do not name a currency (WooCommerce → Settings → General)")
    country = values.get("woocommerce_default_country", "").partition(":")[0]
    decimals = values.get("woocommerce_price_num_decimals", "")
    return Shop(
        name=decoded(site.name),
        url=(decoded(site.home) or decoded(site.url)).rstrip("/"),
        currency=currency,
        country=country,
        timezone=decoded(site.timezone_string) or _fixed_zone(site.gmt_offset),
        language=next(iter(get_official_languages(country, de_facto=True)), "en"),
        description=decoded(site.description),
        prices_include_tax=values.get("woocommerce_prices_include_tax") == "yes",
        calc_taxes=values.get("woocommerce_calc_taxes") == "yes",
        price_decimals=int(decimals) if decimals.isdecimal() else 2,
        weight_unit=values.get("woocommerce_weight_unit", "kg"),
        dimension_unit=values.get("woocommerce_dimension_unit", "cm"),
        counts_stock=values.get("woocommerce_manage_stock", "yes") == "yes",
        as_of=as_of,
    )


def _values(settings: Iterable[bytes]) -> dict[str, str]:
    payloads = (payload_of("setting", SettingPayload, item) for body in settings for item in items_of(body))
    return {payload.id: decoded(_scalar(payload.value)) for payload in payloads if payload.id.startswith("woocommerce_")}


def _scalar(encoded: msgspec.Raw) -> Text:
    value = msgspec.json.decode(encoded)
    return value if isinstance(value, str | int | float) else None


def _fixed_zone(gmt_offset: Text) -> str:
    """A site may be set to an offset instead of a city. POSIX writes Etc zones with the sign reversed; they exist for whole hours only."""
    try:
        hours = float(gmt_offset or 0)
    except ValueError:
        return "UTC"
    return f"Etc/GMT{-int(hours):+d}" if hours and hours.is_integer() and -12 <= hours <= 14 else "UTC"
