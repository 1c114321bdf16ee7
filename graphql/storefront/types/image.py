"""Pictures and media."""

from enum import StrEnum

import strawberry
from strawberry import ID

from storefront.resolvers import image_reads, product_reads
from storefront.scalars import URL
from storefront.types.common import Node
from storefront.types.reading import read

UNSIZED = "WooCommerce does not tell."
USE_URL = "Use `url` instead."


@strawberry.enum
class MediaContentType(StrEnum):
    EXTERNAL_VIDEO = "EXTERNAL_VIDEO"
    IMAGE = "IMAGE"
    MODEL_3D = "MODEL_3D"
    VIDEO = "VIDEO"


@strawberry.type
class Image:
    id: ID | None = read(image_reads.image_id)
    url: URL = read(image_reads.url)
    alt_text: str | None = read(image_reads.alt_text)
    width: int | None = read(product_reads.nothing, description=UNSIZED)
    height: int | None = read(product_reads.nothing, description=UNSIZED)
    thumbhash: str | None = read(product_reads.nothing)
    src: URL = read(image_reads.url_itself, deprecation_reason=USE_URL)
    original_src: URL = read(image_reads.url_itself, deprecation_reason=USE_URL)
    transformed_src: URL = read(image_reads.transformed_src, deprecation_reason=USE_URL)


@strawberry.interface
class Media:
    id: ID
    alt: str | None
    media_content_type: MediaContentType
    preview_image: Image | None


@strawberry.type
class MediaImage(Media, Node):
    id: ID = read(image_reads.media_id)
    alt: str | None = read(image_reads.alt_text)
    media_content_type: MediaContentType = read(image_reads.content_type)
    preview_image: Image | None = read(image_reads.itself)
    image: Image | None = read(image_reads.itself)
