"""One thing that can be bought."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from storefront.resolvers import availability, option_reads, price_reads, product_reads, store_reads, unit_prices, variant_reads
from storefront.types.common import Connection, Fresh, HasMetafields, MoneyV2, Node, PriorPrice, SelectedOption
from storefront.types.image import Image
from storefront.types.reading import read
from storefront.types.store import StoreAvailability

if TYPE_CHECKING:
    from storefront.types.product import Product

USE_PLAIN = "Use the field without V2 instead."


@strawberry.enum
class WeightUnit(StrEnum):
    GRAMS = "GRAMS"
    KILOGRAMS = "KILOGRAMS"
    OUNCES = "OUNCES"
    POUNDS = "POUNDS"


@strawberry.enum
class UnitPriceMeasurementMeasuredType(StrEnum):
    AREA = "AREA"
    COUNT = "COUNT"
    LENGTH = "LENGTH"
    VOLUME = "VOLUME"
    WEIGHT = "WEIGHT"


@strawberry.enum
class UnitPriceMeasurementMeasuredUnit(StrEnum):
    CL = "CL"
    CM = "CM"
    G = "G"
    ITEM = "ITEM"
    KG = "KG"
    L = "L"
    M = "M"
    M2 = "M2"
    M3 = "M3"
    MG = "MG"
    ML = "ML"
    MM = "MM"


@strawberry.type
class UnitPriceMeasurement:
    measured_type: UnitPriceMeasurementMeasuredType | None
    quantity_unit: UnitPriceMeasurementMeasuredUnit | None
    quantity_value: float
    reference_unit: UnitPriceMeasurementMeasuredUnit | None
    reference_value: int


@strawberry.type
class ProductVariant(Node, HasMetafields, Fresh):
    id: ID = read(variant_reads.variant_id)
    title: str = read(option_reads.variant_title)
    sku: str | None
    barcode: str | None
    price: MoneyV2 = read(price_reads.price)
    compare_at_price: MoneyV2 | None = read(price_reads.compare_at_price, description="The regular price, while a sale lowers it.")
    price_v2: MoneyV2 = read(price_reads.price, name="priceV2", deprecation_reason=USE_PLAIN)
    compare_at_price_v2: MoneyV2 | None = read(price_reads.compare_at_price, name="compareAtPriceV2", deprecation_reason=USE_PLAIN)
    prior_price: PriorPrice | None = read(price_reads.variant_prior_price, description="Null when nothing is reduced.")
    unit_price: MoneyV2 | None = read(unit_prices.unit_price)
    unit_price_measurement: UnitPriceMeasurement | None = read(unit_prices.unit_price_measurement)
    selected_options: list[SelectedOption] = read(option_reads.selected_options)
    available_for_sale: bool = read(availability.variant_available)
    currently_not_in_stock: bool = read(availability.currently_not_in_stock)
    quantity_available: int | None = read(
        availability.quantity_available, description="Pieces left to sell; null when the shop does not count them."
    )
    store_availability: Connection[StoreAvailability] = read(
        store_reads.store_availability, description="Where it can be collected; empty when the shop does not count it."
    )
    image: Image | None = read(variant_reads.image)
    weight: float | None = read(variant_reads.weight)
    weight_unit: WeightUnit = read(variant_reads.weight_unit)
    requires_shipping: bool
    requires_components: bool = read(product_reads.is_never)
    taxable: bool
    product: Annotated["Product", strawberry.lazy("storefront.types.product")] = read(variant_reads.product)
    as_of: datetime = strawberry.field(description="When WooCommerce was read.")
