"""What is put into a cart. Fields that the dialect lacks say so."""

from enum import StrEnum

import strawberry
from strawberry import ID

from storefront.codes import CountryCode
from storefront.inputs import SelectedOptionInput


@strawberry.input
class AttributeInput:
    key: str
    value: str


@strawberry.input
class CartLineInput:
    merchandise_id: ID
    quantity: int = 1
    attributes: list[AttributeInput] | None = None
    selling_plan_id: ID | None = strawberry.field(default=None, description="Not supported: WooCommerce has no selling plans of its own.")
    id: ID | None = strawberry.field(
        default=None,
        description="Beyond the dialect: a UUID that the device gives the new line, to be able to name it before there is an answer.",
    )
    selected_options: list[SelectedOptionInput] | None = strawberry.field(
        default=None, description="Beyond the dialect: values of the options that the variant leaves open (“any size”)."
    )


@strawberry.input
class CartLineUpdateInput:
    id: ID
    quantity: int | None = strawberry.field(default=None, description="0 removes the line.")
    merchandise_id: ID | None = None
    attributes: list[AttributeInput] | None = None
    selling_plan_id: ID | None = strawberry.field(default=None, description="Not supported: WooCommerce has no selling plans of its own.")
    selected_options: list[SelectedOptionInput] | None = strawberry.field(
        default=None, description="Beyond the dialect: values of the options that the variant leaves open (“any size”)."
    )


@strawberry.input
class CartBuyerIdentityInput:
    email: str | None = None
    phone: str | None = None
    country_code: CountryCode | None = None
    customer_access_token: str | None = strawberry.field(
        default=None, description="The cart becomes the customer's, or is merged into the one that he has."
    )
    company: str | None = strawberry.field(default=None, description="Beyond the dialect: a company's name, for the invoice.")
    nip: str | None = strawberry.field(default=None, description="Beyond the dialect: a Polish tax number, checked.")


@strawberry.enum
class DeliveryAddressValidationStrategy(StrEnum):
    COUNTRY_CODE_ONLY = "COUNTRY_CODE_ONLY"
    STRICT = "STRICT"


@strawberry.input(description="WooCommerce's own codes of states and provinces.")
class CartDeliveryAddressInput:
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    company: str | None = None
    country_code: CountryCode | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    province_code: str | None = None
    zip: str | None = None


@strawberry.input
class CartAddressInput:
    delivery_address: CartDeliveryAddressInput | None = None
    copy_from_customer_address_id: ID | None = strawberry.field(
        default=None, description="Not supported: customers have no addresses of their own yet."
    )


@strawberry.input
class CartSelectableAddressInput:
    address: CartAddressInput
    selected: bool | None = None
    one_time_use: bool | None = strawberry.field(default=None, description="Accepted; a cart's addresses belong to the cart alone.")
    validation_strategy: DeliveryAddressValidationStrategy | None = strawberry.field(
        default=DeliveryAddressValidationStrategy.COUNTRY_CODE_ONLY, description="Accepted; the country's code is what is checked."
    )


@strawberry.input
class CartSelectableAddressUpdateInput:
    id: ID
    address: CartAddressInput | None = None
    selected: bool | None = None
    one_time_use: bool | None = strawberry.field(default=None, description="Accepted; a cart's addresses belong to the cart alone.")
    validation_strategy: DeliveryAddressValidationStrategy | None = strawberry.field(
        default=DeliveryAddressValidationStrategy.COUNTRY_CODE_ONLY, description="Accepted; the country's code is what is checked."
    )


@strawberry.input
class CartDeliveryInput:
    addresses: list[CartSelectableAddressInput] | None = None


@strawberry.input(description="`country` is a code (ISO 3166), `province` WooCommerce's own code.")
class MailingAddressInput:
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    company: str | None = None
    country: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    province: str | None = None
    zip: str | None = None


@strawberry.input
class CartSelectedDeliveryOptionInput:
    delivery_group_id: ID
    delivery_option_handle: str


@strawberry.input
class CartInput:
    lines: list[CartLineInput] | None = None
    note: str | None = None
    attributes: list[AttributeInput] | None = None
    discount_codes: list[str] | None = None
    buyer_identity: CartBuyerIdentityInput | None = None
    delivery: CartDeliveryInput | None = None


@strawberry.input(description="One change of a queue: `operationId` and exactly one of the others.")
class CartOperationInput:
    operation_id: ID
    lines_add: list[CartLineInput] | None = None
    lines_update: list[CartLineUpdateInput] | None = None
    lines_remove: list[ID] | None = None
    note: str | None = None
    attributes: list[AttributeInput] | None = None
    discount_codes: list[str] | None = None
    discount_code_add: str | None = None
    discount_code_remove: str | None = None
    buyer_identity: CartBuyerIdentityInput | None = None
    delivery_addresses_add: list[CartSelectableAddressInput] | None = None
    delivery_addresses_update: list[CartSelectableAddressUpdateInput] | None = None
    delivery_addresses_remove: list[ID] | None = None
    delivery_option_handle: str | None = None
    changes_acknowledge: list[ID] | None = None
