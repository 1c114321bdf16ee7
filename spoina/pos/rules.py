"""What is true of a till's documents, as pure functions."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from stdnum.exceptions import ValidationError
from stdnum.pl import nip

from spoina.errors import ClockAhead, DoesNotAddUp, InvalidInput, WrongTerminal
from spoina.ids import ShiftId, StockItemId, VariantId
from spoina.pos.types import Difference, Differs, Document, Fiscal, FiscalStatus, Payment, Return, Sale, SaleLine, Terminal, VatLetter
from spoina.pricing.rules import effective
from spoina.pricing.types import PriceSchedule

CLOCK_HOURS = 48
FIRST_YEAR = 2020
WHOLE = 10_000
EXEMPT = "exempt"


def check_terminal(document: Document, terminal: Terminal) -> None:
    """The key decides register and location. Raises WrongTerminal."""
    if document.register not in {None, terminal.register}:
        raise WrongTerminal("register", f"this key belongs to register {terminal.register!r}")
    if document.location not in {None, terminal.location}:
        raise WrongTerminal("location", f"this key belongs to location {terminal.location}")


def check_clock(field: str, occurred_at: datetime, now: datetime) -> None:
    """Raises ClockAhead, and InvalidInput for a clock that was never set. One that is behind is believed: what was done offline arrives
    late."""
    if occurred_at.year < FIRST_YEAR:
        raise InvalidInput(field, f"is before {FIRST_YEAR}: set the device's clock")
    if occurred_at > now + timedelta(hours=CLOCK_HOURS):
        raise ClockAhead(field, CLOCK_HOURS, f"{now:%Y-%m-%dT%H:%M:%SZ}")


def checked_nip(text: str) -> str:
    """Ten digits; art. 106b(5) of the VAT act: without it on the receipt there is no invoice to a business later."""
    try:
        digits: str = nip.validate(text)
    except ValidationError as error:
        raise InvalidInput("buyerNip", f"is no NIP: {error}") from error
    if not int(digits):
        raise InvalidInput("buyerNip", "is no NIP: it is zeros alone")
    return digits


def check_sale(sale: Sale) -> None:
    """Whether the amounts of a receipt agree with each other. Raises DoesNotAddUp or InvalidInput, naming the field."""
    for place, line in enumerate(sale.lines):
        _check_sum(f"lines[{place}].gross", line.gross, line.net + line.vat, "net + vat")
    _check_vat_lines(sale)
    _check_sum("total", sale.total, sum(line.gross for line in sale.lines), "the sum of the lines' gross")
    check_payments(sale.payments, sale.total)
    _check_fiscal(sale.fiscal)
    if sale.buyer_nip is not None:
        checked_nip(sale.buyer_nip)
    if sale.e_receipt is not None and sale.e_receipt.consent and not (sale.e_receipt.channel and sale.e_receipt.address):
        raise InvalidInput("eReceipt", "consent needs a channel and an address")


def _check_vat_lines(sale: Sale) -> None:
    gross: dict[tuple[str, int], int] = {}
    for line in sale.lines:
        gross[line.letter, line.rate] = gross.get((line.letter, line.rate), 0) + line.gross
    for place, vat_line in enumerate(sale.vat_lines):
        field = f"vatLines[{place}]"
        _check_sum(f"{field}.gross", vat_line.gross, vat_line.net + vat_line.vat, "net + vat")
        expected = gross.pop((vat_line.letter, vat_line.rate), None)
        if expected is None or vat_line.letter in {other.letter for other in sale.vat_lines[:place]}:
            raise InvalidInput(f"{field}.letter", f"{vat_line.letter} at {vat_line.rate} is not on any line, or twice here")
        _check_sum(f"{field}.gross", vat_line.gross, expected, "the sum over the lines with this letter")
    if gross:
        raise InvalidInput("vatLines", f"no line for {', '.join(sorted(letter for letter, _ in gross))}")


def check_payments(payments: Iterable[Payment], total: int) -> None:
    paid = 0
    for place, payment in enumerate(payments):
        if payment.tendered is not None:
            _check_sum(f"payments[{place}].amount", payment.amount, payment.tendered - payment.change, "tendered - change")
        elif payment.change:
            raise InvalidInput(f"payments[{place}].change", "needs what was tendered")
        paid += payment.amount
    _check_sum("payments", paid, total, "the document's total")


def _check_fiscal(fiscal: Fiscal) -> None:
    if fiscal.required is (fiscal.status is FiscalStatus.NOT_REQUIRED):
        raise InvalidInput("fiscal.status", "not_required is for sales that need no receipt, and only for them")
    if fiscal.status is FiscalStatus.PRINTED:
        for name, value in {"deviceNo": fiscal.device_no, "receiptNo": fiscal.receipt_no, "printedAt": fiscal.printed_at}.items():
            if value is None:
                raise InvalidInput(f"fiscal.{name}", "must be there when the receipt is printed")


def _check_sum(field: str, given: int, expected: int, rule: str) -> None:
    if given != expected:
        raise DoesNotAddUp(field, given, expected, rule)


class KnownVariant(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue says of a sold variant. `schedule`: the prices in force when it was sold. `gone`: it has it no more."""

    id: VariantId
    sku: str | None = None
    stock_item: StockItemId | None = None
    vat: VatLetter | None = None
    schedule: PriceSchedule | None = None
    gone: bool = False


def differences(sale: Sale, known: Mapping[int, KnownVariant], *, prices_include_tax: bool) -> list[Difference]:
    """By line number, what the server reckons otherwise."""
    found: list[Difference] = []
    for place, line in enumerate(sale.lines):
        found += _of_line(f"lines[{place}]", line)
        if place in known:
            found += _of_variant(f"lines[{place}]", line, known[place], sale.occurred_at, prices_include_tax=prices_include_tax)
    for place, vat_line in enumerate(sale.vat_lines):
        expected = vat_within(vat_line.gross, vat_line.rate)
        if vat_line.vat != expected:
            found.append(Difference(field=f"vatLines[{place}].vat", kind=Differs.VAT, given=vat_line.vat, expected=expected))
    return found


def _of_line(field: str, line: SaleLine) -> list[Difference]:
    expected = max(line_gross(line), 0)
    if line.gross == expected:
        return []
    return [Difference(field=f"{field}.gross", kind=Differs.GROSS, given=line.gross, expected=expected)]


def _of_variant(field: str, line: SaleLine, known: KnownVariant, at: datetime, *, prices_include_tax: bool) -> list[Difference]:
    if known.gone:
        return [Difference(field=field, kind=Differs.GONE)]
    found: list[Difference] = []
    price = None if known.schedule is None else effective(known.schedule, at)
    if price is not None and not prices_include_tax:
        price = with_vat(price, line.rate)
    if price is not None and line.unit_price != price:
        found.append(Difference(field=f"{field}.unitPrice", kind=Differs.PRICE, given=line.unit_price, expected=price))
    if known.vat is not None and known.vat.rate != line.rate:
        found.append(Difference(field=f"{field}.rate", kind=Differs.VAT_RATE, given=line.rate, expected=known.vat.rate))
    return found


def line_gross(line: SaleLine) -> int:
    """Half a grosz is rounded up, as printers do."""
    weighed = line.quantity * line.unit_price if line.weight_grams is None else (line.unit_price * line.weight_grams + 500) // 1000
    return weighed - line.discount


def vat_within(gross: int, rate: int) -> int:
    """The VAT in a sum of gross amounts, half a grosz rounded up (art. 106e(7) of the VAT act)."""
    return (2 * gross * rate + WHOLE + rate) // (2 * (WHOLE + rate))


def with_vat(net: int, rate: int) -> int:
    return (2 * net * (WHOLE + rate) + WHOLE) // (2 * WHOLE)


def check_return(back: Return) -> None:
    """Raises DoesNotAddUp, InvalidInput."""
    if len({line.line for line in back.lines}) < len(back.lines):
        raise InvalidInput("lines", "name each line of the sale once")
    _check_sum("total", back.total, sum(line.gross for line in back.lines), "the sum of the lines' gross")
    check_payments(back.payments, back.total)


def check_shift_owner(shift: ShiftId, register: str, terminal: Terminal) -> None:
    if register != terminal.register:
        raise WrongTerminal("shiftId", f"shift {shift} is of another register")
