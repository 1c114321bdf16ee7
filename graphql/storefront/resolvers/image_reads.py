"""Pictures. WooCommerce does not tell their sizes."""

from strawberry import Parent

from spoina.catalog import types as catalog
from storefront.ids import gid
from storefront.inputs import CropRegion, ImageContentType, ImageTransformInput


def image_id(image: Parent[catalog.Image]) -> str:
    return gid("ProductImage", image.id)


def media_id(image: Parent[catalog.Image]) -> str:
    return gid("MediaImage", image.id)


def alt_text(image: Parent[catalog.Image]) -> str | None:
    return image.alt or None


def url(image: Parent[catalog.Image], transform: ImageTransformInput | None = None) -> str:
    return image.url


def url_itself(image: Parent[catalog.Image]) -> str:
    return image.url


def transformed_src(
    image: Parent[catalog.Image],
    crop: CropRegion | None = None,
    max_height: int | None = None,
    max_width: int | None = None,
    preferred_content_type: ImageContentType | None = None,
    scale: int | None = 1,
) -> str:
    return image.url


def itself(image: Parent[catalog.Image]) -> catalog.Image:
    return image


def content_type(_image: Parent[catalog.Image]) -> str:
    return "IMAGE"
