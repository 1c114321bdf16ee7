"""What an answer of the shop means: usable, worth another try, or an error with a remedy that its owner can follow.

Nothing of an answer that is not WooCommerce's JSON is repeated: a login page or a debug page may hold secrets.
"""

from html import unescape
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from spoina.errors import SourceError, SourceMalformed, SourceMissing, SourceRefused, SourceUnavailable

LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes. A page of 100 products with long descriptions stays far below."""

_BOM: Final = b"\xef\xbb\xbf"
_KEYS: Final = "WooCommerce → Settings → Advanced → REST API"


class ErrorPayload(msgspec.Struct, frozen=True):
    """WordPress's error body. Messages are translated into the shop's language, codes are not."""

    code: str
    message: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. `address` is scheme, host and path only: queries carry signatures."""

    method: str
    address: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def error(self) -> ErrorPayload | None:
        try:
            return msgspec.json.decode(self.body, type=ErrorPayload)
        except msgspec.DecodeError:
            return None

    @property
    def is_write(self) -> bool:
        return self.method not in {"GET", "HEAD"}


def asks_for_quiet(answer: Answer) -> bool:
    return answer.status in {429, 503}


def is_worth_another_try(answer: Answer) -> bool:
    """501 is a firewall's (ModSecurity's) refusal, not a fault that passes."""
    return answer.status in {408, 425, 429} or (answer.status >= 500 and answer.status != 501)


def is_absent(answer: Answer) -> bool:
    """The route exists, the thing does not."""
    return answer.status == 404 and answer.error is not None and answer.error.code != "rest_no_route"


def json_body(answer: Answer) -> bytes:
    """The body of a successful answer, if it looks like a whole JSON list or object. Raises SourceError for everything else."""
    if answer.status >= 300:
        raise refusal(answer)
    content_type = answer.headers.get("content-type", "none").partition(";")[0].strip().lower()
    body = answer.body.removeprefix(_BOM).strip()
    if body[:1] + body[-1:] in {b"[]", b"{}"}:
        return body
    if content_type.endswith("json"):
        raise malformed(answer, f"the answer is broken JSON of {len(answer.body)} bytes")
    raise malformed(answer, f"the answer is {content_type}, not JSON")


def malformed(answer: Answer, reason: str) -> SourceMalformed:
    return SourceMalformed(
        answer.address,
        reason,
        "Look at this address in a browser: a maintenance page, a login wall, a cache plugin or a PHP error in the answer would show."
        " Let /wp-json/ through, and switch off WP_DEBUG_DISPLAY.",
    )


def refusal(answer: Answer) -> SourceError:
    """The error that an unusable status stands for."""
    match answer.status:
        case 401 | 403:
            return _unauthorized(answer)
        case 404:
            return _missing(answer)
        case 405 | 406 | 501 if answer.error is None:
            return _firewall(answer)
        case status if status < 400:
            return _moved(answer)
        case status if is_worth_another_try(answer):
            return SourceUnavailable(
                answer.address, f"the shop answered {status}", "It is overloaded or being updated; Spoina tries again by itself."
            )
        case _:
            return SourceRefused(answer.address, f"the shop answered {_said(answer)}", "This request is not one that the shop accepts.")


def _said(answer: Answer) -> str:
    error = answer.error
    return f"{answer.status} {error.code}: {unescape(error.message)[:200].rstrip('.')}" if error else str(answer.status)


def _unauthorized(answer: Answer) -> SourceError:
    error = answer.error
    if error is None:
        return _firewall(answer)
    if error.code == "woocommerce_rest_authentication_error":
        return SourceRefused(answer.address, f"the shop answered {_said(answer)}", _authentication_remedy(answer, error))
    return SourceRefused(answer.address, f"the shop does not accept the consumer key ({_said(answer)})", _key_remedy(answer))


def _authentication_remedy(answer: Answer, error: ErrorPayload) -> str:
    if "permission" in error.message or answer.is_write:
        return f"Give the key the permission Read/Write under {_KEYS}."
    if "timestamp" in error.message:
        return "The clocks of the two machines differ by more than 15 minutes: set them."
    return f"Check the consumer key and secret; WooCommerce shows the secret only once, so make a new key under {_KEYS} if it is lost."


def _key_remedy(answer: Answer) -> str:
    known = f"Check the consumer key and that its user is an administrator or shop manager ({_KEYS})."
    if answer.address.startswith("https://"):
        return (
            f"{known} If the key is right, WordPress does not see the request as https or never sees the Authorization header: pass"
            " X-Forwarded-Proto and Authorization on from the web server."
        )
    return f"{known} If the shop is reached over https, give its address with https://."


def _firewall(answer: Answer) -> SourceRefused:
    return SourceRefused(
        answer.address,
        f"something in front of WordPress answered {answer.status} to {answer.method}",
        "A firewall, a security plugin or a password on the web server refuses it: let /wp-json/ through, with GET, POST, PUT and DELETE.",
    )


def _missing(answer: Answer) -> SourceMissing:
    error = answer.error
    if error is None:
        return SourceMissing(
            answer.address,
            "there is no WordPress REST API at this address",
            "Check the shop's address, and that Settings → Permalinks is not set to Plain: pretty permalinks are needed.",
        )
    if error.code == "rest_no_route":
        return SourceMissing(
            answer.address, "WordPress does not know this route", "WooCommerce is not active, or too old: activate or update it."
        )
    return SourceMissing(answer.address, f"the shop answered {_said(answer)}", "It was deleted in the shop.")


def _moved(answer: Answer) -> SourceMissing:
    """Redirects are not followed: the signature and, over plain http, the request itself would go where nobody meant it to."""
    target = urlsplit(answer.headers.get("location", ""))
    if "wp-login" in target.path:
        return SourceMissing(answer.address, "the shop sends to its login page", "Let /wp-json/ through without a login.")
    if not target.netloc:
        return SourceMissing(answer.address, f"the shop answered {answer.status}, sending elsewhere", "Check the shop's address.")
    place = f"{target.scheme or 'https'}://{target.hostname}{f':{target.port}' if target.port else ''}"
    return SourceMissing(answer.address, f"the shop sends to {place}", f"Give the shop's address as it calls itself: {place}.")
