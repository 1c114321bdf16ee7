"""Customer tokens as JWTs (RFC 7519), signed with HMAC-SHA-256 under the shop's own secret: who issues them also checks them.

The claims: `iss` "spoina", `aud` "storefront", `sub` the customer, `groups`, `iat` and `exp`. Machines that serve the same customers share
the secret (SPOINA_CUSTOMER_TOKEN_SECRET); a machine that is alone keeps one of its own making in its data folder.
"""

import os
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from spoina.clock import Clock
from spoina.customers.tokens import SignedIn
from spoina.errors import DependencyUnavailable, InvalidInput, LimitExceeded
from spoina.ids import CustomerId
from spoina.orders.keys import OrderKeys
from spoina.settings import Settings

ALGORITHM = "HS256"
ISSUER, AUDIENCE = "spoina", "storefront"
SECRET_BYTES = 32
LONGEST_TOKEN = 4096
LONGEST_SUBJECT = 200
VALID_FOR = timedelta(days=30)
FILE = "customer-tokens.secret"
REMEMBERED = 10_000
"""Tokens whose signature was checked before: the check takes longer than anything else about a customer's cart."""


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    sub: str
    exp: int
    groups: tuple[str, ...] = ()


class SignedTokens:
    """`secret` is asked for once, when the first token comes."""

    def __init__(self, secret: Callable[[], bytes], clock: Clock) -> None:
        self._secret, self._clock = secret, clock
        self._verified: OrderedDict[str, SignedIn] = OrderedDict()

    @cached_property
    def _key(self) -> OctKey:
        return OctKey.import_key(self._secret())

    def issue(self, subject: str, groups: tuple[str, ...] = (), valid_for: timedelta = VALID_FOR) -> str:
        """Raises InvalidInput, LimitExceeded."""
        if not subject.strip():
            raise InvalidInput("subject", "must not be empty")
        if len(subject) > LONGEST_SUBJECT:
            raise LimitExceeded("subject", LONGEST_SUBJECT, "characters")
        now = int(self._clock().timestamp())
        times = {"iat": now, "exp": now + int(valid_for.total_seconds())}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "groups": list(groups), **times}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> SignedIn:
        known = self._verified.get(token)
        if known is None:
            known = self._checked(token)
            self._remember(token, known)
        if known.expires_at <= self._clock():
            raise _invalid()
        return known

    def _checked(self, token: str) -> SignedIn:
        if len(token) > LONGEST_TOKEN:
            raise _invalid()
        try:
            claims = msgspec.convert(jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims, _Claims)
        except (JoseError, ValueError):
            raise _invalid() from None
        if (claims.iss, claims.aud) != (ISSUER, AUDIENCE) or not 0 < len(claims.sub) <= LONGEST_SUBJECT:
            raise _invalid()
        return SignedIn(id=CustomerId(claims.sub), groups=claims.groups, expires_at=_moment(claims.exp))

    def _remember(self, token: str, found: SignedIn) -> None:
        self._verified[token] = found
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)


def customer_tokens(settings: Settings, clock: Clock) -> SignedTokens:
    return SignedTokens(lambda: _secret_of(settings), clock)


def order_keys(settings: Settings) -> OrderKeys:
    return OrderKeys(lambda: _secret_of(settings))


def _secret_of(settings: Settings) -> bytes:
    """The shop's own. Raises DependencyUnavailable where it can be neither read nor kept."""
    return settings.customer_token_secret.encode() if settings.customer_token_secret else _kept_secret(settings.data_dir)


def _kept_secret(folder: Path) -> bytes:
    """Raises DependencyUnavailable where it can be neither read nor kept."""
    path = folder / FILE
    try:
        if not path.exists():
            _keep_new_secret(path)
        return path.read_bytes()
    except OSError as error:
        raise DependencyUnavailable("the data folder", str(error), "set SPOINA_CUSTOMER_TOKEN_SECRET") from error


def _keep_new_secret(path: Path) -> None:
    """Whole or not at all, and never over another's: several processes may begin at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(SECRET_BYTES))
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise _invalid() from None


def _invalid() -> InvalidInput:
    return InvalidInput("customerAccessToken", "is not valid, or not any more")
