"""How rules say no, and the checks that know nothing of carts."""

import re
from collections.abc import Sequence

from stdnum.exceptions import ValidationError
from stdnum.pl import nip as nip_rules

from spoina.cart.limits import LONGEST_EMAIL, LONGEST_FIELD, LONGEST_ID, LONGEST_KEY, LONGEST_VALUE, MOST_ATTRIBUTES
from spoina.cart.operations import Refusal, RefusalCode
from spoina.cart.types import Address, Attribute

# WordPress's own rule (is_email): an order with any other address is refused by the shop, after the customer was promised it.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]+@(?:{_LABEL}\.)+{_LABEL}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and half characters. Whatever else people paste is text, though Python calls much of it unprintable: spaces that do
not break, the joiners inside emoji, marks of direction."""


class NotPossible(Exception):
    """Inside the rules only: `apply` makes an outcome of it."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = refusals


def too_long(field: str, limit: int, unit: str = "characters") -> NotPossible:
    return NotPossible(Refusal(code=RefusalCode.TOO_LONG, field=field, message=f"{field}: at most {limit} {unit}", limit=limit))


def too_many(field: str, limit: int, what: str) -> NotPossible:
    return NotPossible(Refusal(code=RefusalCode.TOO_MANY, field=field, message=f"{field}: at most {limit} {what}", limit=limit))


def check_text(field: str, text: str, limit: int, *, lines: bool = False) -> str:
    """As it was given. `lines`: it may have several."""
    if len(text) > limit:
        raise too_long(field, limit)
    if (_CONTROLS_BUT_BREAKS if lines else _CONTROLS).search(text):
        raise _invalid(RefusalCode.INVALID_TEXT, field, "contains a control character")
    return text


def check_name(field: str, text: str) -> str:
    """A name that a client chose."""
    if not text:
        raise _invalid(RefusalCode.INVALID_TEXT, field, "must not be empty")
    return check_text(field, text, LONGEST_ID)


def check_attributes(field: str, attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """The last of a key counts."""
    if not attributes:
        return ()
    if len(attributes) > MOST_ATTRIBUTES:
        raise too_many(field, MOST_ATTRIBUTES, "attributes")
    for place, attribute in enumerate(attributes):
        if not attribute.key:
            raise _invalid(RefusalCode.INVALID_TEXT, f"{field}[{place}].key", "must not be empty")
        check_text(f"{field}[{place}].key", attribute.key, LONGEST_KEY)
        check_text(f"{field}[{place}].value", attribute.value, LONGEST_VALUE, lines=True)
    return tuple({attribute.key: attribute for attribute in attributes}.values())


def check_email(field: str, email: str) -> str:
    email = email.strip()
    check_text(field, email, LONGEST_EMAIL)
    if email and not _EMAIL.fullmatch(email):
        raise _invalid(RefusalCode.INVALID_EMAIL, field, "is no e-mail address")
    return email


def check_country(field: str, country: str) -> str:
    country = country.strip().upper()
    if country and not _COUNTRY.fullmatch(country):
        raise _invalid(RefusalCode.INVALID_COUNTRY, field, "must be the two letters of ISO 3166")
    return country


def check_nip(field: str, nip: str) -> str:
    """Ten digits with the right check digit, or none."""
    if not nip.strip():
        return ""
    try:
        return str(nip_rules.validate(nip))
    except ValidationError:
        raise _invalid(RefusalCode.INVALID_NIP, field, "is no NIP: ten digits, of which the last proves the others") from None


def check_address(field: str, address: Address) -> Address:
    for name in address.__struct_fields__:
        check_text(f"{field}.{name}", getattr(address, name), LONGEST_FIELD)
    country = check_country(f"{field}.country", address.country)
    return address if country == address.country else _in_country(address, country)


def _in_country(address: Address, country: str) -> Address:
    fields = {name: getattr(address, name) for name in address.__struct_fields__}
    return Address(**{**fields, "country": country})


def _invalid(code: RefusalCode, field: str, reason: str) -> NotPossible:
    return NotPossible(Refusal(code=code, field=field, message=f"{field}: {reason}"))
