"""What a listing can be narrowed by."""

import strawberry
from strawberry import ID

from storefront.resolvers import facet_reads, paging
from storefront.resolvers.facet_reads import FilterPresentation, FilterType
from storefront.scalars import JSON
from storefront.types.common import Edge, PageInfo
from storefront.types.product import Product
from storefront.types.reading import read


@strawberry.type(description="A value that a listing can be narrowed by.")
class FilterValue:
    id: ID
    label: str
    count: int = strawberry.field(description="Exact. Other values that are chosen of the same filter do not narrow it.")
    input: JSON = strawberry.field(description="A `ProductFilter` that narrows by it.")


@strawberry.type(description="What a listing can be narrowed by. Values of one filter are alternatives.")
class Filter:
    id: ID
    label: str
    type: FilterType
    presentation: FilterPresentation | None
    values: list[FilterValue]


@strawberry.type(name="ProductConnection")
class ProductConnection:
    edges: list[Edge[Product]] = read(paging.edges)
    filters: list[Filter] = read(
        facet_reads.connection_filters,
        description="Empty while the search engine is away, and where a `query` has what it cannot count by.",
    )
    nodes: list[Product]
    page_info: PageInfo = read(paging.page_info)
    total_count: int = read(facet_reads.connection_total, description="Beyond the dialect: of all pages, up to 10,000.")
