"""Where a cart is to go, and how."""

from enum import StrEnum
from typing import Annotated

import strawberry
from strawberry import ID

from storefront.codes import CountryCode
from storefront.resolvers import cart_addresses, product_reads
from storefront.types.cart_lines import BaseCartLine
from storefront.types.common import Connection, MoneyV2, Node
from storefront.types.reading import read


@strawberry.type
class MailingAddress(Node):
    id: ID
    first_name: str | None
    last_name: str | None
    name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    zip: str | None
    city: str | None
    province_code: str | None
    province: str | None = read(cart_addresses.province)
    country: str | None = read(cart_addresses.country)
    country_code_v2: CountryCode | None = read(cart_addresses.country, name="countryCodeV2")
    phone: str | None
    formatted: list[str] = read(cart_addresses.formatted)
    formatted_area: str | None
    latitude: float | None = read(product_reads.nothing)
    longitude: float | None = read(product_reads.nothing)


@strawberry.type
class CartDeliveryAddress:
    first_name: str | None
    last_name: str | None
    name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    zip: str | None
    city: str | None
    province_code: str | None
    country_code: str | None
    phone: str | None
    formatted: list[str] = read(cart_addresses.formatted)
    formatted_area: str | None
    latitude: float | None = read(product_reads.nothing)
    longitude: float | None = read(product_reads.nothing)


CartAddress = Annotated[CartDeliveryAddress, strawberry.union("CartAddress")]


@strawberry.type
class CartSelectableAddress:
    id: ID
    address: CartAddress
    selected: bool
    one_time_use: bool = strawberry.field(description="A cart's addresses belong to the cart alone.")


@strawberry.type
class CartDelivery:
    addresses: list[CartSelectableAddress] = read(cart_addresses.deliveries)


@strawberry.enum
class DeliveryMethodType(StrEnum):
    PICK_UP = "PICK_UP"
    SHIPPING = "SHIPPING"


@strawberry.enum
class CartDeliveryGroupType(StrEnum):
    ONE_TIME_PURCHASE = "ONE_TIME_PURCHASE"


@strawberry.type(description="A rate that WooCommerce offers to this cart.")
class CartDeliveryOption:
    handle: str = strawberry.field(description="The method and its instance: `flat_rate:5`.")
    title: str | None
    code: str | None = read(cart_addresses.option_code)
    description: str | None = read(product_reads.nothing)
    estimated_cost: MoneyV2
    delivery_method_type: DeliveryMethodType


@strawberry.type(description="What is sent together: WooCommerce sends a cart in one parcel.")
class CartDeliveryGroup:
    id: ID = read(cart_addresses.group_id)
    group_type: CartDeliveryGroupType = read(cart_addresses.group_type)
    cart_lines: Connection[BaseCartLine] = read(cart_addresses.group_lines)
    delivery_address: MailingAddress = read(cart_addresses.group_address)
    delivery_options: list[CartDeliveryOption]
    selected_delivery_option: CartDeliveryOption | None = read(cart_addresses.selected_option)
