"""What a search finds."""

from typing import Annotated

import strawberry

from storefront.resolvers import search_reads
from storefront.types.blog import Article
from storefront.types.collection import Collection
from storefront.types.common import PageInfo, Trackable
from storefront.types.content import Page
from storefront.types.filters import Filter
from storefront.types.product import Product
from storefront.types.reading import read

SearchResultItem = Annotated[Article | Page | Product, strawberry.union("SearchResultItem")]


@strawberry.type
class SearchResultItemEdge:
    cursor: str
    node: SearchResultItem


@strawberry.type
class SearchResultItemConnection:
    edges: list[SearchResultItemEdge]
    nodes: list[SearchResultItem]
    page_info: PageInfo
    product_filters: list[Filter] = read(search_reads.product_filters)
    total_count: int = read(
        search_reads.total_count,
        description="Of all pages, as the index counts them; it follows a sale or a delivery within a second or two. What this page left "
        "out because it is sold out or gone by now is not counted.",
    )
    relaxed: bool = read(
        search_reads.relaxed,
        description="Nothing has all the words of the query: what is found has most of them, in its title, brand, categories, tags or "
        "attributes. Say so: “Nothing found for …; similar:”. Never for what is shaped like a SKU or GTIN.",
    )


@strawberry.type
class SearchQuerySuggestion(Trackable):
    text: str
    styled_text: str = strawberry.field(description="HTML: what was typed in `mark`, the rest in `span`.")
    tracking_parameters: str | None


@strawberry.type
class PredictiveSearchResult:
    products: list[Product]
    collections: list[Collection]
    pages: list[Page]
    articles: list[Article]
    queries: list[SearchQuerySuggestion]
    relaxed: bool = strawberry.field(description="Nothing has all the words of the query: the products have most of them.")
