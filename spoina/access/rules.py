"""What a token looks like, and which scopes each kind of key has."""

import hashlib
import re
from base64 import urlsafe_b64encode

from spoina.access.types import KeyKind, Scope
from spoina.errors import InvalidInput, LimitExceeded

TOKEN_BYTES = 32
TOKEN_PATTERN = re.compile(r"sp_(?:web|app|pos|server|staff)_[A-Za-z0-9_-]{43}")
HINT_LENGTH = 4
LONGEST_NAME = 100

_SHOPPERS = frozenset({Scope.STOREFRONT_READ, Scope.CART_WRITE, Scope.CHECKOUT_WRITE, Scope.AVAILABILITY_READ})
SCOPES: dict[KeyKind, frozenset[Scope]] = {
    KeyKind.WEB: _SHOPPERS,
    KeyKind.APP: _SHOPPERS,
    KeyKind.POS: _SHOPPERS | {Scope.AVAILABILITY_EXPLAIN, Scope.POS_USE},
    KeyKind.SERVER: _SHOPPERS,
    KeyKind.STAFF: frozenset(Scope),
}


def may(kind: KeyKind, scope: Scope) -> bool:
    return scope in SCOPES[kind]


def token_for(kind: KeyKind, randomness: bytes) -> str:
    """`randomness` is TOKEN_BYTES long; the prefix tells people and secret scanners what they have found."""
    return f"sp_{kind}_{urlsafe_b64encode(randomness).rstrip(b'=').decode()}"


def digest_of(token: str) -> bytes:
    """Plain SHA-256: 256 random bits cannot be guessed, so a slow hash would protect nothing, and comparing digests in an index
    tells a listener nothing about the token."""
    return hashlib.sha256(token.encode()).digest()


def checked_name(name: str) -> str:
    if not (trimmed := name.strip()):
        raise InvalidInput("name", "must not be empty")
    if len(trimmed) > LONGEST_NAME:
        raise LimitExceeded("name", LONGEST_NAME, "characters")
    return trimmed
