"""What is searched, how it is asked for and what comes back: the same for every engine.

Nothing here is live: price and stock of a hit are read from the catalogue and from inventory when a result is shown.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.ids import ProductId

LONGEST_QUERY = 1000
"""Characters of a query's text."""
MOST_WORDS = 10
"""Words that take part in a search; what follows them narrows nothing. Meilisearch's own limit, so both engines answer alike."""
LARGEST_PAGE = 250
MOST_FILTERS = 250
MOST_FACETS = 30
MOST_FACET_VALUES = 100
"""Values that are told of one facet, the most frequent first."""
MOST_SUGGESTIONS = 20
LARGEST_BATCH = 5000
"""Documents, or ids, of one index operation."""


class Analysed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One text's terms, each once, all folded (no case, no diacritics).

    `words` are the forms that stand in the text, and what its numbers and units mean ("18 V" is also "18v"). `lemmas` are the dictionary
    forms of all its readings. `forms` are the other forms of these lemmas, so that a word typed without diacritics, begun or misspelt in
    any case finds the text; only texts that are worth it have them.
    """

    words: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


class FacetValue(msgspec.Struct, frozen=True, order=True):
    """`facet` is one of FACETS, or "option:<axis>" or "attribute:<key>" (case-folded). `value` is compared (a name case-folded, a
    category's id in digits), `label` is shown."""

    facet: str
    value: str
    label: str


VENDOR, PRODUCT_TYPE, TAG, CATEGORY, AVAILABLE, PRICE = "vendor", "type", "tag", "category", "available", "price"
FACETS = (VENDOR, PRODUCT_TYPE, TAG, CATEGORY, AVAILABLE, PRICE)
OPTION_PREFIX, ATTRIBUTE_PREFIX = "option:", "attribute:"


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product as engines index it (search/documents.py). Prices are minor units of the shop's currency."""

    id: ProductId
    hash: str
    """16 hexadecimal digits over everything else here: equal documents have equal hashes."""
    title: str
    created_at: datetime
    updated_at: datetime
    title_terms: Analysed
    head: tuple[str, ...] = ()
    """Lemmas of the word that says what the thing is: in a Polish title, the first noun."""
    key_terms: Analysed = Analysed()
    """Of vendor, type, categories, tags, options and attributes."""
    body_terms: Analysed = Analysed()
    """Of the description and the summary."""
    codes: tuple[str, ...] = ()
    """SKUs and GTINs of the product and its variants, as `code_of` (search/polish) writes them."""
    facets: tuple[FacetValue, ...] = ()
    """Everything that can be filtered by; of categories their ancestors, too."""
    price_min: int | None = None
    price_max: int | None = None
    available: bool = False
    total_sales: int = 0
    position: int = 0
    """The merchant's order in WooCommerce."""


class SortKey(StrEnum):
    """RELEVANCE without a text is BEST_SELLING. Ties go by id. What has no price comes last in either direction of PRICE."""

    RELEVANCE = "relevance"
    PRICE = "price"
    TITLE = "title"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    BEST_SELLING = "best_selling"
    MANUAL = "manual"


class HasValue(msgspec.Struct, frozen=True, tag="value"):
    """The product has one of `any_of` for the facet; values are compared without regard to case. `fixed`: where the listing itself lies, a
    category's page say, and no choice that a shopper could take back: it narrows the counts of its own facet, too."""

    facet: str
    any_of: tuple[str, ...]
    fixed: bool = False


class PriceBetween(msgspec.Struct, frozen=True, tag="price"):
    """Some variant costs so: `lowest` <= price_max and price_min <= `highest`. Minor units, both ends included; None is open."""

    lowest: int | None = None
    highest: int | None = None


class IsAvailable(msgspec.Struct, frozen=True, tag="available"):
    available: bool = True


class IsOneOf(msgspec.Struct, frozen=True, tag="ids"):
    """Only these products, or, negated, all but these: for what is pinned, buried or live-checked outside the engine."""

    ids: tuple[ProductId, ...]
    negated: bool = False


Filter = HasValue | PriceBetween | IsAvailable | IsOneOf


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Filters all hold at once; values of one HasValue are alternatives. `text` "" finds everything that passes the filters.

    `prefix`: the last word may still be typed. `relax`: where nothing has all words, products with most of them may answer; they never do
    for a text that is shaped like a SKU or GTIN. `reverse` turns the whole order round. `after` and `before` are cursors of an earlier
    result with the same text, filters and order; `backward` takes the last `limit` before the end (or before `before`).
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    facets: tuple[str, ...] = ()
    """Facets to count: names as in FacetValue; "option" and "attribute" count all axes and keys."""
    sort: SortKey = SortKey.RELEVANCE
    reverse: bool = False
    limit: int = 24
    after: str | None = None
    before: str | None = None
    backward: bool = False
    prefix: bool = True
    typos: bool = True
    relax: bool = True
    highlight: bool = False


class Span(msgspec.Struct, frozen=True):
    """Characters [start, end) of the title that were found."""

    start: int
    end: int


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` names the rank tier by which it was found, for `explain`; engines may use names of their own."""

    id: ProductId
    cursor: str
    title: str = ""
    """Only where highlights were asked for."""
    highlights: tuple[Span, ...] = ()
    reason: str = ""


class ValueCount(msgspec.Struct, frozen=True):
    value: str
    label: str
    count: int


class FacetCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Exact, and disjunctive: the filters on this facet do not narrow it. Most frequent first, then by value.

    `available` has the values "true" and "false". `price` has no values but its bounds.
    """

    facet: str
    values: tuple[ValueCount, ...] = ()
    lowest: int | None = None
    highest: int | None = None


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is exact. `relaxed`: nothing has all words, so products with most of them, in titles and keys, were taken. `ignored` are
    stop words that were left out and words beyond MOST_WORDS."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    has_next: bool = False
    has_previous: bool = False
    facets: tuple[FacetCounts, ...] = ()
    relaxed: bool = False
    ignored: tuple[str, ...] = ()


class Suggestion(msgspec.Struct, frozen=True):
    """A query that would find something; `count` products."""

    text: str
    count: int


class SearchSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shop's own words. Each group of `synonyms` means one thing in all directions, a member may be of several words; `one_way` maps
    what is typed to what is found as well. `stop_words` are added to the language's own."""

    synonyms: tuple[tuple[str, ...], ...] = ()
    one_way: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stop_words: tuple[str, ...] = ()


class IndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`digest` is the XOR of all documents' hashes, 16 hexadecimal digits: with `count` it tells two catalogues apart at a glance."""

    count: int
    digest: str
    generation: int
    built_at: datetime | None
    """When the live generation was built from nothing; None: never, the index is empty."""


class DocumentHash(msgspec.Struct, frozen=True):
    id: ProductId
    hash: str
