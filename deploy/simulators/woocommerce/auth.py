"""Who is calling: WooCommerce's own key check, with Basic over TLS and OAuth 1.0a over plain http."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Call

OAUTH_WINDOW_SECONDS = 15 * 60
Permissions = Literal["read", "write", "read_write"]
_OAUTH_FIELDS = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_HEADER_FIELD = re.compile(r'(oauth_[a-z_-]*)=(?:"([^"]*)"|([^,]*))')
_ALGORITHMS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


class ApiKey(NamedTuple):
    key: str
    secret: str
    permissions: Permissions = "read_write"

    def __repr__(self) -> str:
        return f"ApiKey({self.permissions})"


@dataclass
class Keyring:
    keys: dict[str, ApiKey]
    used_nonces: dict[tuple[str, str], float] = field(default_factory=dict)

    def authenticate(self, call: Call, now: datetime) -> ApiKey | None:
        """The key the call proves to hold, None for an anonymous one; RestError when the proof is wrong."""
        key = self._basic(call) if call.secure else None
        return key or self._oauth(call, now)

    def _basic(self, call: Call) -> ApiKey | None:
        name, secret = call.one("consumer_key"), call.one("consumer_secret")
        if not (name and secret):
            name, secret = _basic_header(call.headers.get("authorization", ""))
        key = self.keys.get(name) if name else None
        if key is None or not secret:
            return None
        if not hmac.compare_digest(key.secret.encode(), secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return key

    def _oauth(self, call: Call, now: datetime) -> ApiKey | None:
        parameters = _oauth_parameters(call)
        if parameters is None:
            return None
        key = self.keys.get(parameters["oauth_consumer_key"])
        if key is None:
            raise _refused("Consumer key is invalid.")
        _check_signature(key, call, parameters)
        self._check_freshness(key, parameters, now.timestamp())
        return key

    def _check_freshness(self, key: ApiKey, parameters: dict[str, str], now: float) -> None:
        stamp = parameters["oauth_timestamp"]
        if not stamp.isdecimal() or abs(now - int(stamp)) > OAUTH_WINDOW_SECONDS:
            raise _refused("Invalid timestamp.")
        nonce = (key.key, parameters["oauth_nonce"])
        if nonce in self.used_nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        self.used_nonces[nonce] = now
        if len(self.used_nonces) % 1000 == 0:
            fresh = now - 2 * OAUTH_WINDOW_SECONDS
            self.used_nonces = {used: at for used, at in self.used_nonces.items() if at > fresh}


def check_permission(key: ApiKey, method: str) -> None:
    reading = method in ("GET", "HEAD")
    if method == "OPTIONS" or key.permissions in ("read_write", "read" if reading else "write"):
        return
    raise _refused(f"The API key provided does not have {'read' if reading else 'write'} permissions.")


def _refused(message: str) -> RestError:
    return RestError("woocommerce_rest_authentication_error", message, 401)


def _basic_header(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth_parameters(call: Call) -> dict[str, str] | None:
    parameters = dict(call.pairs)
    header = call.headers.get("authorization", "").strip()
    if header.startswith("OAuth "):
        for name, quoted, bare in _HEADER_FIELD.findall(header):
            parameters[name] = unquote_plus(quoted or bare)
    missing = [name for name in _OAUTH_FIELDS if not parameters.get(name)]
    if len(missing) == len(_OAUTH_FIELDS):
        return None
    if missing:
        plural = "s" if len(missing) > 1 else ""
        message = f"Missing OAuth parameter{plural} {', '.join(missing)}"
        raise RestError("woocommerce_rest_authentication_missing_parameter", message, 401)
    return parameters


def _check_signature(key: ApiKey, call: Call, parameters: dict[str, str]) -> None:
    given = unquote(parameters["oauth_signature"].replace(" ", "+"))
    algorithm = _ALGORITHMS.get(parameters["oauth_signature_method"])
    if algorithm is None:
        raise _refused("Invalid signature - signature method is invalid.")
    signed = {name: value for name, value in parameters.items() if name != "oauth_signature"}
    address = f"{call.origin}{call.address}"
    base = "&".join((call.method, quote(address, safe="~"), _normalised(signed)))
    digest = hmac.new(f"{key.secret}&".encode(), base.encode(), algorithm).digest()
    if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
        raise _refused("Invalid signature - provided signature does not match.")


def _normalised(parameters: dict[str, str]) -> str:
    """Sorted by name in bytes, every name and value encoded, and the whole encoded again."""
    pairs = (f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(parameters.items()))
    return quote("&".join(pairs), safe="~")
