"""What a till records. Amounts are minor units (grosz) of the shop's currency, rates hundredths of a percent (2300 is 23 %)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from spoina.ids import LocationId, RegisterId, SaleId, ShiftId, StockExceptionId, TerminalId, VariantId

MOST_LINES = 200
MOST_UNITS = 100_000
MOST_MINOR = 10_000_000_000
"""A hundred million in the shop's currency."""

Minor = Annotated[int, Meta(ge=0, le=MOST_MINOR)]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Rate = Annotated[int, Meta(ge=0, le=10_000)]
Letter = Annotated[str, Meta(pattern="^[A-G]$")]
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps every character but this one."""
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Sequence = Annotated[int, Meta(ge=1, le=1_000_000_000)]
LocationNumber = Annotated[LocationId, Meta(ge=1, le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]
"""With its offset from UTC, which is kept, too."""


class Posted(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What a device sends: a member that nobody knows is refused rather than lost."""


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a device is answered."""


class Terminal(Told, frozen=True, kw_only=True):
    """A device at a register of a location, for as long as its key works."""

    id: TerminalId
    name: str
    register_id: RegisterId
    register: str
    location: LocationId
    registered_at: datetime
    replaced_at: datetime | None = None


class TerminalRequest(Posted, frozen=True, kw_only=True):
    """`register` names the place at the counter, unique in the shop. A device registered there takes the place of the one before."""

    name: Text
    location: LocationNumber
    register: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class NewTerminal(Told, frozen=True, kw_only=True):
    """`key` is shown this one time."""

    terminal: Terminal
    key: str


class VatLetter(Told, frozen=True, kw_only=True):
    """`tax_class` as in WooCommerce ("" is the standard one); "exempt" is for what is not taxable."""

    tax_class: Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
    letter: Letter
    rate: Rate


class DocumentKind(StrEnum):
    SALE = "sale"
    RETURN = "return"
    VOID = "void"


class SaleLine(Posted, frozen=True, kw_only=True):
    """`variant_id` or `sku` names what was sold; neither: something outside the catalogue. `quantity` in units of stock. Weighed goods:
    `unit_price` is per kilogram of `weight_grams`. net + vat = gross, after `discount`."""

    title: Text
    quantity: Units
    unit_price: Minor
    letter: Letter
    rate: Rate
    net: Minor
    vat: Minor
    gross: Minor
    variant_id: Annotated[VariantId, Meta(ge=1, le=2**63 - 1)] | None = None
    sku: Text | None = None
    discount: Minor = 0
    weight_grams: Units | None = None


class VatLine(Posted, frozen=True, kw_only=True):
    """One letter of the receipt. Its VAT is the printer's: it may differ from the sum over the lines by rounding."""

    letter: Letter
    rate: Rate
    net: Minor
    vat: Minor
    gross: Minor


class Payment(Posted, frozen=True, kw_only=True):
    """`amount` is what the sale kept of it: `tendered` - `change` where both are given."""

    method: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,29}$")]
    amount: Minor
    tendered: Minor | None = None
    change: Minor = 0
    reference: Annotated[str, Meta(max_length=200, pattern=NO_NUL)] = ""


class FiscalStatus(StrEnum):
    PENDING = "pending"
    PRINTED = "printed"
    FAILED = "failed"
    NOT_REQUIRED = "not_required"


class Fiscal(Posted, frozen=True, kw_only=True):
    """The registered cash register's part. Printed: `device_no` (unique number), `receipt_no` and `printed_at` are there."""

    required: bool
    status: FiscalStatus
    device_no: Text | None = None
    receipt_no: Text | None = None
    printed_at: Moment | None = None


class EReceiptChannel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    APP = "app"
    HUB = "hub"


class EReceipt(Posted, frozen=True, kw_only=True):
    """An electronic receipt needs the customer's consent, and somewhere to go."""

    consent: bool
    channel: EReceiptChannel | None = None
    address: Text | None = None


class Document(Posted, frozen=True, kw_only=True):
    """What a sale, a return and a void have in common. `id` is made on the device and is the idempotency key; `sequence` counts the
    register's documents from 1; `occurred_at` is the device's clock. `register` and `location`, where named, are the terminal's own."""

    id: SaleId
    sequence: Sequence
    occurred_at: Moment
    cashier: Text
    shift_id: ShiftId | None = None
    register: Text | None = None
    location: LocationId | None = None


class Sale(Document, frozen=True, kw_only=True):
    """A sale as it was printed. `catalogue_version`: what the device knew. `order`: the order that is paid by it, by our id or
    WooCommerce's number; what the order counts is not taken out of stock again."""

    lines: Annotated[tuple[SaleLine, ...], Meta(min_length=1, max_length=MOST_LINES)]
    total: Minor
    vat_lines: Annotated[tuple[VatLine, ...], Meta(min_length=1, max_length=7)]
    payments: Annotated[tuple[Payment, ...], Meta(max_length=20)]
    fiscal: Fiscal
    buyer_nip: Text | None = None
    e_receipt: EReceipt | None = None
    catalogue_version: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    order: Text | None = None


class ReturnLine(Posted, frozen=True, kw_only=True):
    """`line` of the sale, counted from 0. `restock`: it can be sold again."""

    line: Annotated[int, Meta(ge=0, lt=MOST_LINES)]
    quantity: Units
    gross: Minor
    restock: bool = True


class Return(Document, frozen=True, kw_only=True):
    """Goods came back and money was given back, by the return protocol: there is no negative fiscal receipt."""

    sale_id: SaleId
    lines: Annotated[tuple[ReturnLine, ...], Meta(min_length=1, max_length=MOST_LINES)]
    total: Minor
    payments: Annotated[tuple[Payment, ...], Meta(max_length=20)]
    reason: Text


class Void(Document, frozen=True, kw_only=True):
    """A sale that was not: everything goes back, by the methods it was paid with. Only before its receipt is printed."""

    sale_id: SaleId
    reason: Text


class Differs(StrEnum):
    PRICE = "price"
    VAT_RATE = "vat_rate"
    VAT = "vat"
    GROSS = "gross"
    GONE = "gone"
    """The catalogue had it once and has it no more: no stock was moved."""
    SHIFT = "shift"
    """It arrived for a shift that is closed."""
    SEQUENCE = "sequence"
    """The register has used this number before."""
    STOCK = "stock"
    """The stock there is WooCommerce's: nothing was put back."""


class Difference(Told, frozen=True, kw_only=True, omit_defaults=True):
    """Where the server comes to something else than what was printed. What was printed stays."""

    field: str
    kind: Differs
    given: int | None = None
    expected: int | None = None


class Gap(msgspec.Struct, frozen=True):
    """Sequence numbers of the register that did not arrive yet, both ends included."""

    first: int
    last: int


class Oversold(Told, frozen=True, kw_only=True):
    """More was sold than there was: somebody has to look at it."""

    exception_id: StockExceptionId
    item: int
    units: int


class Recorded(Told, frozen=True, kw_only=True):
    """The answer to a document, kept and given again. `missing`: the first hundred gaps when this was recorded."""

    id: UUID
    kind: DocumentKind
    register: str
    location: LocationId
    sequence: int
    occurred_at: datetime
    received_at: datetime
    total: int
    currency: str
    missing: tuple[Gap, ...]
    differences: tuple[Difference, ...]
    oversold: tuple[Oversold, ...]
