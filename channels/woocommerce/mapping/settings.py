"""The shop's settings become a Shop, and its terms of sale."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from babel.languages import get_official_languages

from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import SettingPayload, SiteIndexPayload, Text, Unmappable, items_of, payload_of
from spoina.catalog.types import Shop
from spoina.pricing.cart.types import STANDARD, Place, TaxBasis, TaxClass
from spoina.terms.types import SaleSettings

_INHERITED: Final = "inherit"


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


def map_sale_settings(settings: Iterable[bytes], pages: Mapping[int, str], as_of: datetime) -> SaleSettings:
    """`settings` as for map_shop, with settings/advanced where the shop shows it; `pages` are the addresses of published pages. What a
    shop leaves out has WooCommerce's default. Raises Unmappable."""
    values = _values(settings)
    country, _, state = values.get("woocommerce_default_country", "").partition(":")
    decimals = values.get("woocommerce_price_num_decimals", "")
    return SaleSettings(
        base=Place(
            country=country,
            state="" if state == "*" else state,
            postcode=values.get("woocommerce_store_postcode", ""),
            city=values.get("woocommerce_store_city", ""),
        ),
        decimals=int(decimals) if decimals.isdecimal() else 2,
        taxes=values.get("woocommerce_calc_taxes") == "yes",
        prices_include_tax=values.get("woocommerce_prices_include_tax") == "yes",
        tax_basis=_tax_basis(values.get("woocommerce_tax_based_on", "")),
        shipping_tax_class=_shipping_tax_class(values.get("woocommerce_shipping_tax_class", _INHERITED)),
        round_at_subtotal=values.get("woocommerce_tax_round_at_subtotal") == "yes",
        cart_shows_tax=values.get("woocommerce_tax_display_cart") == "incl",
        itemized_taxes=values.get("woocommerce_tax_total_display", "itemized") == "itemized",
        sequential_coupons=values.get("woocommerce_calc_discounts_sequentially") == "yes",
        takes_coupons=values.get("woocommerce_enable_coupons", "yes") == "yes",
        cart_url=_page_url(values, pages, "cart"),
        checkout_url=_page_url(values, pages, "checkout"),
        as_of=as_of,
    )


def _tax_basis(text: str) -> TaxBasis:
    return TaxBasis(text) if text in set(TaxBasis) else TaxBasis.SHIPPING


def _shipping_tax_class(text: str) -> TaxClass | None:
    return None if text == _INHERITED else TaxClass(text or STANDARD)


def _page_url(values: Mapping[str, str], pages: Mapping[int, str], name: str) -> str:
    number = values.get(f"woocommerce_{name}_page_id", "")
    return pages.get(int(number), "") if number.isdecimal() else ""


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
