"""Every limit of the storefront in one place. Each refusal names the limit that was passed."""

import msgspec

KIB = 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may ask for. `depth`, `aliases`, `mutations` and `cost` do not bind trusted documents, which have a budget."""

    body_bytes: int = 256 * KIB
    document_bytes: int = 32 * KIB
    tokens: int = 1500
    depth: int = 15
    aliases: int = 30
    mutations: int = 10
    """Root fields of one mutation."""
    cost: int = 200_000
    """Room for the dialect's largest customary document: 100 products with 250 variants and 20 images each."""


DEFAULT_LIMITS = Limits()

PAGE_SIZE = 250
"""The dialect's own limit for `first`, `last` and every list in an input."""
SEARCH_TEXT = 1000
"""Characters of a `query:` argument."""
SEARCH_TERMS = 60
SEARCHED_PRODUCTS = 1000
"""How many of what a text finds are narrowed or sorted by what only the catalogue knows; the engine pages without such an end."""
MOST_POPULAR = 3
"""Searches of others among what is suggested."""
SEARCH_NESTING = 20
RECOMMENDATIONS = 10
"""How many products `productRecommendations` answers with, as in the dialect."""
FOLLOWED_VARIANTS = 200
"""Codes and ids that one subscription may follow."""
CACHED_DOCUMENTS = 500
"""Valid documents that are no trusted ones and are kept parsed, least recently used first out."""
TRUSTED_MEMORY = 4 * 1024 * KIB
"""Bytes that one trusted document may remember of products (projection/remembering.py)."""
OTHER_MEMORY = 128 * KIB
"""The same for any other document."""
