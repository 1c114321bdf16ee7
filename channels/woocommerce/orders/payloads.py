"""What is read of WooCommerce's orders, refunds, notes and customers, as wide as plugins are known to make it; and what is sent."""

import msgspec

from channels.woocommerce.payloads import MetaPayload, Text


class AddressPayload(msgspec.Struct, frozen=True, kw_only=True):
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    address_1: Text = ""
    address_2: Text = ""
    city: Text = ""
    state: Text = ""
    postcode: Text = ""
    country: Text = ""
    email: Text = ""
    phone: Text = ""


class TaxPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    total: Text = ""


class LinePayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: Text = ""
    product_id: int = 0
    variation_id: int = 0
    quantity: Text = 0
    tax_class: Text = ""
    subtotal: Text = "0"
    subtotal_tax: Text = "0"
    total: Text = "0"
    total_tax: Text = "0"
    taxes: list[TaxPayload] = msgspec.field(default_factory=list)
    meta_data: list[MetaPayload] = msgspec.field(default_factory=list)
    sku: Text = None


class TaxLinePayload(msgspec.Struct, frozen=True, kw_only=True):
    rate_id: int = 0
    label: Text = ""
    tax_total: Text = "0"
    shipping_tax_total: Text = "0"
    rate_percent: Text = 0


class ShippingPayload(msgspec.Struct, frozen=True, kw_only=True):
    method_id: Text = ""
    instance_id: Text = ""
    method_title: Text = ""
    total: Text = "0"
    total_tax: Text = "0"
    meta_data: list[MetaPayload] = msgspec.field(default_factory=list)


class FeePayload(msgspec.Struct, frozen=True, kw_only=True):
    name: Text = ""
    tax_class: Text = ""
    total: Text = "0"
    total_tax: Text = "0"


class CouponPayload(msgspec.Struct, frozen=True, kw_only=True):
    code: Text = ""
    discount: Text = "0"
    discount_tax: Text = "0"


class RefundSummary(msgspec.Struct, frozen=True, kw_only=True):
    id: int


class OrderPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    status: str
    currency: str
    number: Text = ""
    total: Text = "0"
    customer_id: int = 0
    billing: AddressPayload = AddressPayload()
    shipping: AddressPayload = AddressPayload()
    payment_method: Text = ""
    payment_method_title: Text = ""
    transaction_id: Text = ""
    customer_note: Text = ""
    date_created_gmt: str | None = None
    date_modified_gmt: str | None = None
    date_paid_gmt: str | None = None
    meta_data: list[MetaPayload] = msgspec.field(default_factory=list)
    line_items: list[LinePayload] = msgspec.field(default_factory=list)
    tax_lines: list[TaxLinePayload] = msgspec.field(default_factory=list)
    shipping_lines: list[ShippingPayload] = msgspec.field(default_factory=list)
    fee_lines: list[FeePayload] = msgspec.field(default_factory=list)
    coupon_lines: list[CouponPayload] = msgspec.field(default_factory=list)
    refunds: list[RefundSummary] = msgspec.field(default_factory=list)
    payment_url: Text = ""


class RefundPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    amount: Text = "0"
    reason: Text = ""
    date_created_gmt: str | None = None
    meta_data: list[MetaPayload] = msgspec.field(default_factory=list)
    line_items: list[LinePayload] = msgspec.field(default_factory=list)


class NotePayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    author: Text = ""
    note: Text = ""
    customer_note: bool = False
    date_created_gmt: str | None = None


class CustomerPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    email: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    username: Text = ""
    billing: AddressPayload = AddressPayload()
    shipping: AddressPayload = AddressPayload()


class MetaBody(msgspec.Struct, frozen=True):
    key: str
    value: object


class LineBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`tax_class` None: the product's own. WooCommerce wants a product or a SKU; one that it does not know makes a line of no product."""

    quantity: int
    subtotal: str
    total: str
    name: str = ""
    product_id: int = 0
    variation_id: int = 0
    sku: str = ""
    tax_class: str | None = None
    meta_data: list[MetaBody] = msgspec.field(default_factory=list)


class LineAmounts(msgspec.Struct, frozen=True):
    id: int
    subtotal: str
    total: str


class LinesBody(msgspec.Struct, frozen=True):
    """PUT orders/…: WooCommerce taxes the lines anew, and leaves coupons alone that are not sent."""

    line_items: list[LineAmounts]


class ShippingBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether it is taxed is what the shop's method of this instance says; without one it is."""

    method_id: str
    method_title: str
    total: str
    instance_id: str = ""
    meta_data: list[MetaBody] = msgspec.field(default_factory=list)


class FeeBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    total: str
    tax_class: str = ""
    tax_status: str = "taxable"


class CouponBody(msgspec.Struct, frozen=True):
    code: str


class OrderBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """POST orders. `status` None: WooCommerce sets it itself, because the order is paid."""

    currency: str
    created_via: str
    line_items: list[LineBody]
    meta_data: list[MetaBody]
    billing: dict[str, str]
    shipping: dict[str, str]
    status: str | None = None
    set_paid: bool = False
    customer_id: int = 0
    customer_note: str = ""
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    shipping_lines: list[ShippingBody] = msgspec.field(default_factory=list)
    fee_lines: list[FeeBody] = msgspec.field(default_factory=list)
    coupon_lines: list[CouponBody] = msgspec.field(default_factory=list)


class RefundTaxBody(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    refund_total: str


class RefundLineBody(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    quantity: int
    refund_total: str
    refund_tax: list[RefundTaxBody]


class RefundBody(msgspec.Struct, frozen=True, kw_only=True):
    """`api_refund` false: the shop's staff give the money back the way they chose; no payment plugin is asked to. WooCommerce's own default
    is to ask it, so it is always sent."""

    amount: str
    reason: str
    api_refund: bool
    api_restock: bool
    line_items: list[RefundLineBody]
    meta_data: list[MetaBody]
