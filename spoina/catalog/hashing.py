"""The digest of facts, by which a read tells whether it brings news."""

from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from spoina.catalog.facts import ProductFacts, VariationFacts
from spoina.catalog.types import DOCUMENT_FORMAT, Variant

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_SEED = DOCUMENT_FORMAT.to_bytes(8, "big")
_encode = msgspec.msgpack.Encoder().encode


def product_hash(facts: ProductFacts) -> bytes:
    """16 bytes over what the prepared document shows: neither the moment of reading nor the count of pieces, which has a row of its own."""
    variants = tuple(_timeless(variant) for variant in facts.product.variants)
    product = msgspec.structs.replace(facts.product, as_of=_ALWAYS, variants=variants)
    return blake2b(_SEED + _encode((product, facts.variation_ids)), digest_size=16).digest()


def variation_hash(facts: VariationFacts) -> bytes:
    return blake2b(_SEED + _encode(_timeless(facts.variant)), digest_size=16).digest()


def _timeless(variant: Variant) -> Variant:
    return msgspec.structs.replace(variant, as_of=_ALWAYS)
