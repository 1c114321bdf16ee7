"""What must be true of a cart before it becomes an order: every field that is missing or wrong is named, all of them at once."""

import re
from collections.abc import Iterable, Iterator, Sequence

from spoina.cart.types import Address, CartState
from spoina.cart.views import CartView, LineView
from spoina.checkout.types import LONGEST_CONSENT, LONGEST_FIELD, LONGEST_TOKEN, MOST_CONSENTS, Problem, ProblemCode, Submission
from spoina.errors import InvalidInput, LimitExceeded
from spoina.orders.types import PaymentWay
from spoina.pricing.cart.outcome import OfferedRate
from spoina.pricing.cart.places import is_pickup
from spoina.terms.types import PaymentMethod

_POSTCODES = {"PL": re.compile(r"\d{2}-?\d{3}"), "DE": re.compile(r"\d{5}"), "CZ": re.compile(r"\d{3} ?\d{2}")}
_NEEDED = (
    ("last_name", ProblemCode.DELIVERY_LAST_NAME_REQUIRED, None),
    ("address1", ProblemCode.DELIVERY_ADDRESS1_REQUIRED, ProblemCode.PAYMENTS_ADDRESS1_REQUIRED),
    ("city", ProblemCode.DELIVERY_CITY_REQUIRED, ProblemCode.PAYMENTS_CITY_REQUIRED),
    ("postcode", ProblemCode.DELIVERY_POSTAL_CODE_REQUIRED, ProblemCode.PAYMENTS_POSTAL_CODE_REQUIRED),
)


def check_submission(submission: Submission) -> None:
    """Raises InvalidInput, LimitExceeded: of what no cart could make an order."""
    if not 0 < len(submission.token) <= LONGEST_TOKEN or not submission.token.isprintable():
        raise LimitExceeded("attemptToken", LONGEST_TOKEN, "characters that can be printed, and not empty")
    if submission.way is PaymentWay.PAID:
        raise InvalidInput("payment", "a checkout cannot say that it is paid")
    if len(submission.consents) > MOST_CONSENTS:
        raise LimitExceeded("consents", MOST_CONSENTS, "consents")
    for place, consent in enumerate(submission.consents):
        if not 0 < len(consent.key) <= LONGEST_FIELD or len(consent.version) > LONGEST_FIELD or len(consent.language) > LONGEST_FIELD:
            raise LimitExceeded(f"consents[{place}]", LONGEST_FIELD, "characters for key, version and language; the key is not empty")
        if not 0 < len(consent.text) <= LONGEST_CONSENT:
            raise LimitExceeded(f"consents[{place}].text", LONGEST_CONSENT, "characters, and not empty: the words that were shown")
    point = submission.pickup_point
    if point is not None and any(len(text) > LONGEST_FIELD for text in (point.provider, point.code, point.name, point.address)):
        raise LimitExceeded("pickupPoint", LONGEST_FIELD, "characters for each field")


def problems_of(view: CartView, submission: Submission, methods: Sequence[PaymentMethod], home: str) -> list[Problem]:
    """`methods`: what the shop has switched on; none: it is not known. `home`: the shop's country, where nobody says another."""
    if not view.lines:
        return [Problem(code=ProblemCode.CART_EMPTY, field="lines", message="lines: there is nothing in the cart")]
    return [
        *(problem for line in view.lines for problem in _of_line(line)),
        *_of_buyer(view.cart.state),
        *_of_delivery(view, submission, home),
        *_of_company(view.cart.state),
        *_of_payment(view, submission, methods),
        *_of_consents(submission),
    ]


def chosen_rate(view: CartView) -> OfferedRate | None:
    return next((rate for rate in view.answer.totals.rates if rate.chosen), None)


def is_collected(view: CartView) -> bool:
    """By the buyer, in the shop."""
    rate = chosen_rate(view)
    return rate is not None and is_pickup(rate.id)


def offered_methods(view: CartView, methods: Iterable[PaymentMethod]) -> list[PaymentMethod]:
    """Those that the shop takes for this cart: payment on delivery may be bound to ways of delivery."""
    rate = chosen_rate(view)
    return [method for method in methods if not method.rates or rate is None or _is_among(rate, method.rates)]


def way_of(method: PaymentMethod, view: CartView) -> PaymentWay:
    """WooCommerce's own methods by their ids; whatever else is installed takes the money on the shop's payment page."""
    if method.id == "cod":
        return PaymentWay.AT_PICKUP if is_collected(view) else PaymentWay.ON_DELIVERY
    return PaymentWay.TRANSFER if method.id in {"bacs", "cheque"} else PaymentWay.ONLINE


def _is_among(rate: OfferedRate, rates: Sequence[str]) -> bool:
    """A method alone ("flat_rate") stands for all of its kind."""
    return rate.id in rates or rate.id.partition(":")[0] in rates


def _of_line(line: LineView) -> Iterator[Problem]:
    field = f"lines[{line.line.id}]"
    if line.merchandise is None:
        message = f"{field}: this is not sold any more"
        yield Problem(code=ProblemCode.MERCHANDISE_PRODUCT_NOT_PUBLISHED, field=field, message=message, line=line.line.id)
    elif line.left is not None and line.left < line.line.quantity:
        yield short_line(line, line.left)


def short_line(line: LineView, left: int) -> Problem:
    field = f"lines[{line.line.id}]"
    code = ProblemCode.MERCHANDISE_NOT_ENOUGH_STOCK_AVAILABLE if left > 0 else ProblemCode.MERCHANDISE_OUT_OF_STOCK
    message = f"{field}: wanted {line.line.quantity}, {max(left, 0)} left"
    return Problem(code=code, field=field, message=message, line=line.line.id, left=max(left, 0))


def _of_buyer(state: CartState) -> Iterator[Problem]:
    if not state.buyer.email:
        yield _missing(ProblemCode.BUYER_IDENTITY_EMAIL_REQUIRED, "buyerIdentity.email")


def _of_delivery(view: CartView, submission: Submission, home: str) -> Iterator[Problem]:
    """What goes to a parcel locker needs a telephone instead of an address: the code to open it is sent there."""
    if view.answer.totals.shipping is None:
        return
    state, rate = view.cart.state, chosen_rate(view)
    if rate is None:
        code = ProblemCode.NO_DELIVERY_GROUP_SELECTED if view.answer.totals.rates else ProblemCode.DELIVERY_NO_DELIVERY_AVAILABLE
        yield Problem(code=code, field="delivery", message="delivery: no option is chosen, or none is offered at this address")
    if is_collected(view):
        return
    if submission.pickup_point is not None:
        yield from _of_point(state, submission)
    elif state.delivery is None:
        yield _missing(ProblemCode.DELIVERY_ADDRESS_REQUIRED, "delivery.address")
    else:
        yield from _of_address(state.delivery, "delivery.address", of_delivery=True)
        yield from _of_postcode(state.delivery, "delivery.address.postcode", state.buyer.country or home)


def _of_point(state: CartState, submission: Submission) -> Iterator[Problem]:
    point = submission.pickup_point
    if point is None or not point.provider or not point.code:
        yield _missing(ProblemCode.PICKUP_POINT_REQUIRED, "pickupPoint.code")
    if not _phone(state):
        yield _missing(ProblemCode.DELIVERY_PHONE_NUMBER_REQUIRED, "buyerIdentity.phone")


def _phone(state: CartState) -> str:
    addresses = [address for address in (state.delivery, state.billing) if address is not None]
    return state.buyer.phone or next((address.phone for address in addresses if address.phone), "")


def _of_company(state: CartState) -> Iterator[Problem]:
    """An invoice to a tax number names the company and where it is."""
    if not state.buyer.nip:
        return
    address = state.billing or state.delivery or Address()
    if not (state.buyer.company or address.company):
        yield _missing(ProblemCode.PAYMENTS_COMPANY_REQUIRED, "buyerIdentity.company")
    yield from _of_address(address, "billingAddress", of_delivery=False)


def _of_address(address: Address, field: str, *, of_delivery: bool) -> Iterator[Problem]:
    for name, for_delivery, for_payment in _NEEDED:
        code = for_delivery if of_delivery else for_payment
        given = getattr(address, name) or (address.company if name == "last_name" else "")
        if code is not None and not given.strip():
            yield _missing(code, f"{field}.{name}")


def _of_postcode(address: Address, field: str, country: str) -> Iterator[Problem]:
    country = address.country or country
    pattern = _POSTCODES.get(country)
    if address.postcode and pattern is not None and not pattern.fullmatch(address.postcode.strip()):
        message = f"{field}: {address.postcode!r} is none of {country}"
        yield Problem(code=ProblemCode.DELIVERY_INVALID_POSTAL_CODE_FOR_COUNTRY, field=field, message=message)


def _of_payment(view: CartView, submission: Submission, methods: Sequence[PaymentMethod]) -> Iterator[Problem]:
    total = view.answer.totals.total
    if submission.total is not None and submission.total != total:
        message = f"total: the shopper was told {submission.total}, it is {total} (minor units)"
        yield Problem(code=ProblemCode.PAYMENTS_UNACCEPTABLE_PAYMENT_AMOUNT, field="totalAmount", message=message)
    if submission.way is PaymentWay.AT_PICKUP and not is_collected(view):
        yield _no_method("who collects nothing in the shop cannot pay there")
    elif submission.way is PaymentWay.ON_DELIVERY and (is_collected(view) or view.answer.totals.shipping is None):
        yield _no_method("nothing is delivered")
    elif methods and not any(_fits(method, submission, view) for method in offered_methods(view, methods)):
        yield _no_method("the shop does not take this payment for this cart")


def _fits(method: PaymentMethod, submission: Submission, view: CartView) -> bool:
    """The shop's payment page offers whatever is switched on, so any method makes it possible."""
    if submission.method:
        return method.id == submission.method and submission.way in {way_of(method, view), PaymentWay.ONLINE}
    return submission.way in {PaymentWay.ONLINE, way_of(method, view)}


def _no_method(reason: str) -> Problem:
    return Problem(code=ProblemCode.PAYMENTS_METHOD_UNAVAILABLE, field="payment", message=f"payment: {reason}")


def _of_consents(submission: Submission) -> Iterator[Problem]:
    for place, consent in enumerate(submission.consents):
        if consent.required and not consent.given:
            field = f"consents[{place}].given"
            yield Problem(code=ProblemCode.CONSENT_REQUIRED, field=field, message=f"{field}: {consent.key!r} must be given")


def _missing(code: ProblemCode, field: str) -> Problem:
    return Problem(code=code, field=field, message=f"{field}: is needed")
