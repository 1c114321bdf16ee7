"""The shop, and where and in which language it is read."""

from enum import StrEnum

import strawberry
from strawberry import ID

from storefront.codes import CountryCode, CurrencyCode, LanguageCode
from storefront.resolvers import metafield_reads, product_reads, shop_reads
from storefront.scalars import HTML, URL, Color
from storefront.types.common import HasMetafields, Metafield, Node
from storefront.types.image import MediaImage
from storefront.types.reading import read

NO_POLICIES = "WooCommerce has no such text; policies are pages."


@strawberry.enum
class UnitSystem(StrEnum):
    IMPERIAL_SYSTEM = "IMPERIAL_SYSTEM"
    METRIC_SYSTEM = "METRIC_SYSTEM"


@strawberry.type
class Domain:
    host: str
    url: URL
    ssl_enabled: bool


@strawberry.enum
class CardBrand(StrEnum):
    AMERICAN_EXPRESS = "AMERICAN_EXPRESS"
    DINERS_CLUB = "DINERS_CLUB"
    DISCOVER = "DISCOVER"
    JCB = "JCB"
    MASTERCARD = "MASTERCARD"
    VISA = "VISA"


@strawberry.enum
class DigitalWallet(StrEnum):
    ANDROID_PAY = "ANDROID_PAY"
    APPLE_PAY = "APPLE_PAY"
    GOOGLE_PAY = "GOOGLE_PAY"
    SHOPIFY_PAY = "SHOPIFY_PAY"


@strawberry.type(description="Payment is WooCommerce's own: which cards and wallets it takes is settled on its payment page.")
class PaymentSettings:
    currency_code: CurrencyCode
    country_code: CountryCode
    enabled_presentment_currencies: list[CurrencyCode]
    accepted_card_brands: list[CardBrand]
    supported_digital_wallets: list[DigitalWallet]


@strawberry.type
class ShopPolicy(Node):
    id: ID
    title: str
    handle: str
    body: HTML
    url: URL


@strawberry.type
class ShopPolicyWithDefault:
    id: ID | None
    title: str
    handle: str
    body: HTML
    url: URL


@strawberry.type
class BrandColorGroup:
    background: Color | None
    foreground: Color | None


@strawberry.type
class BrandColors:
    primary: list[BrandColorGroup]
    secondary: list[BrandColorGroup]


@strawberry.type
class Brand:
    colors: BrandColors
    cover_image: MediaImage | None
    logo: MediaImage | None
    short_description: str | None
    slogan: str | None
    square_logo: MediaImage | None


@strawberry.type
class Shop(Node, HasMetafields):
    id: ID = read(shop_reads.shop_id)
    name: str
    description: str | None = read(shop_reads.shop_description)
    primary_domain: Domain = read(shop_reads.primary_domain)
    payment_settings: PaymentSettings = read(shop_reads.payment_settings)
    money_format: str = read(shop_reads.money_format)
    ships_to_countries: list[CountryCode] = read(shop_reads.ships_to_countries)
    brand: Brand | None = read(product_reads.nothing, description="WooCommerce keeps none.")
    contact_information: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    legal_notice: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    privacy_policy: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    refund_policy: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    shipping_policy: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    terms_of_sale: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    terms_of_service: ShopPolicy | None = read(product_reads.nothing, description=NO_POLICIES)
    subscription_policy: ShopPolicyWithDefault | None = read(product_reads.nothing, description=NO_POLICIES)
    metafield: Metafield | None = read(metafield_reads.no_metafield)
    metafields: list[Metafield | None] = read(metafield_reads.no_metafields)


@strawberry.type
class Language:
    iso_code: LanguageCode
    name: str
    endonym_name: str


@strawberry.type
class Currency:
    iso_code: CurrencyCode
    name: str
    symbol: str


@strawberry.type
class Market(Node, HasMetafields):
    id: ID = read(shop_reads.market_id)
    handle: str = read(shop_reads.market_handle)
    metafield: Metafield | None = read(metafield_reads.no_metafield)
    metafields: list[Metafield | None] = read(metafield_reads.no_metafields)


@strawberry.type
class Country:
    iso_code: CountryCode
    name: str
    currency: Currency
    unit_system: UnitSystem
    default_language: Language
    available_languages: list[Language]
    market: Market | None = read(shop_reads.market, deprecation_reason="A shop has one market.")


@strawberry.type(description="The shop's one country and language; `@inContext` with another falls back to them.")
class Localization:
    country: Country
    language: Language
    market: Market
    available_countries: list[Country]
    available_languages: list[Language]


@strawberry.type
class ApiVersion:
    handle: str
    display_name: str
    supported: bool
