"""The dialect's blogs. WordPress's posts are not mirrored, so there are none; documents that ask for them still run."""

from datetime import datetime

import strawberry
from strawberry import ID

from storefront.resolvers import search_reads
from storefront.scalars import HTML, URL
from storefront.types.common import SEO, Connection, Node, OnlineStorePublishable, Trackable
from storefront.types.image import Image
from storefront.types.reading import read


@strawberry.type
class ArticleAuthor:
    name: str


@strawberry.type
class Article(Node, OnlineStorePublishable, Trackable):
    id: ID
    handle: str
    title: str
    content_html: HTML
    excerpt: str | None
    author_v2: ArticleAuthor | None = strawberry.field(name="authorV2")
    blog: "Blog"
    image: Image | None
    seo: SEO | None
    tags: list[str]
    published_at: datetime
    online_store_url: URL | None
    tracking_parameters: str | None


@strawberry.type
class Blog(Node, OnlineStorePublishable):
    id: ID
    handle: str
    title: str
    seo: SEO | None
    article_by_handle: Article | None = read(search_reads.article_by_handle)
    articles: Connection[Article] = read(search_reads.blogs)
    online_store_url: URL | None
