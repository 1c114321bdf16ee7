"""The body of POST /sale/product-offers, as Allegro's OpenAPI has it. What is not set is not sent: Allegro refuses explicit nulls."""

from enum import StrEnum

import msgspec


class Sent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class Reference(Sent, frozen=True, kw_only=True):
    """By one of the two."""

    id: str | None = None
    name: str | None = None


class Amount(Sent, frozen=True, kw_only=True):
    amount: str
    currency: str


class Range(Sent, frozen=True, kw_only=True):
    from_: str = msgspec.field(name="from")
    to: str


class Parameter(Sent, frozen=True, kw_only=True):
    id: str | None = None
    name: str | None = None
    values: tuple[str, ...] = ()
    values_ids: tuple[str, ...] = ()
    range_value: Range | None = None


class IdType(StrEnum):
    GTIN = "GTIN"


class OfferedProduct(Sent, frozen=True, kw_only=True):
    """Named by its GTIN, or described in full."""

    id: str | None = None
    id_type: IdType | None = None
    name: str | None = None
    category: Reference | None = None
    parameters: tuple[Parameter, ...] = ()
    images: tuple[str, ...] = ()


class SafetyInformation(Sent, frozen=True, kw_only=True):
    type: str
    description: str | None = None


class ProductSetElement(Sent, frozen=True, kw_only=True):
    product: OfferedProduct
    responsible_person: Reference | None = None
    responsible_producer: Reference | None = None
    safety_information: SafetyInformation | None = None
    marketed_before_gpsr_obligation: bool | None = msgspec.field(default=None, name="marketedBeforeGPSRObligation")


class DescriptionItem(Sent, frozen=True, kw_only=True):
    type: str
    content: str


class Section(Sent, frozen=True, kw_only=True):
    items: tuple[DescriptionItem, ...]


class Description(Sent, frozen=True, kw_only=True):
    sections: tuple[Section, ...]


class SellingMode(Sent, frozen=True, kw_only=True):
    format: str
    price: Amount | None = None


class Stock(Sent, frozen=True, kw_only=True):
    available: int
    unit: str


class Delivery(Sent, frozen=True, kw_only=True):
    shipping_rates: Reference | None = None
    handling_time: str | None = None
    shipment_date: str | None = None


class AfterSalesServices(Sent, frozen=True, kw_only=True):
    implied_warranty: Reference | None = None
    return_policy: Reference | None = None
    warranty: Reference | None = None


class Location(Sent, frozen=True, kw_only=True):
    country_code: str | None = None
    province: str | None = None
    city: str | None = None
    post_code: str | None = None


class Payments(Sent, frozen=True, kw_only=True):
    invoice: str


class TaxRate(Sent, frozen=True, kw_only=True):
    rate: str
    country_code: str


class TaxSettings(Sent, frozen=True, kw_only=True):
    rates: tuple[TaxRate, ...] = ()
    subject: str | None = None
    exemption: str | None = None


class Publication(Sent, frozen=True, kw_only=True):
    status: str
    duration: str | None = None


class MessageToSeller(Sent, frozen=True, kw_only=True):
    mode: str


class B2b(Sent, frozen=True, kw_only=True):
    buyable_only_by_business: bool


class ProductOffer(Sent, frozen=True, kw_only=True):
    """Fields without a default are always sent."""

    name: str
    external: Reference
    product_set: tuple[ProductSetElement, ...]
    category: Reference | None = None
    parameters: tuple[Parameter, ...] = ()
    images: tuple[str, ...] = ()
    description: Description | None = None
    selling_mode: SellingMode
    stock: Stock
    delivery: Delivery | None = None
    after_sales_services: AfterSalesServices | None = None
    location: Location | None = None
    payments: Payments | None = None
    tax_settings: TaxSettings | None = None
    publication: Publication
    message_to_seller_settings: MessageToSeller | None = None
    size_table: Reference | None = None
    b2b: B2b | None = None
