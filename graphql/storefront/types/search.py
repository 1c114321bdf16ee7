"""What a search finds."""

from typing import Annotated

import strawberry

from storefront.types.blog import Article
from storefront.types.collection import Collection
from storefront.types.common import PageInfo, Trackable
from storefront.types.content import Page
from storefront.types.product import Product

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
    total_count: int


@strawberry.type
class SearchQuerySuggestion(Trackable):
    text: str
    styled_text: str
    tracking_parameters: str | None


@strawberry.type
class PredictiveSearchResult:
    products: list[Product]
    collections: list[Collection]
    pages: list[Page]
    articles: list[Article]
    queries: list[SearchQuerySuggestion]
