"""Input objects of the dialect."""

from enum import StrEnum

import strawberry


@strawberry.enum(description="The part of a picture that stays when it is cropped.")
class CropRegion(StrEnum):
    BOTTOM = "BOTTOM"
    CENTER = "CENTER"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    TOP = "TOP"


@strawberry.enum
class ImageContentType(StrEnum):
    JPG = "JPG"
    PNG = "PNG"
    WEBP = "WEBP"


@strawberry.input
class SelectedOptionInput:
    name: str
    value: str


@strawberry.input
class HasMetafieldsIdentifier:
    key: str
    namespace: str | None = strawberry.field(default=None, description="Left out: `attributes`.")


@strawberry.input(
    description="Accepted so that documents run unmodified. WooCommerce serves its pictures in one size; a CDN may scale them."
)
class ImageTransformInput:
    crop: CropRegion | None = None
    max_width: int | None = None
    max_height: int | None = None
    preferred_content_type: ImageContentType | None = None
    scale: int | None = 1


@strawberry.input(description="In the shop's currency. Either bound may be left out.")
class PriceRangeFilter:
    min: float | None = None
    max: float | None = None


@strawberry.input
class VariantOptionFilter:
    name: str
    value: str


@strawberry.input
class MetafieldFilter:
    namespace: str
    key: str
    value: str


@strawberry.input(description="A category, by its global id.")
class CategoryFilter:
    id: str


@strawberry.input(description="One condition on products. Filters of one kind widen the listing, filters of different kinds narrow it.")
class ProductFilter:
    available: bool | None = None
    price: PriceRangeFilter | None = None
    product_type: str | None = None
    product_vendor: str | None = None
    tag: str | None = None
    variant_option: VariantOptionFilter | None = None
    product_metafield: MetafieldFilter | None = None
    category: CategoryFilter | None = None


@strawberry.input(description="Degrees: north and east are above zero.")
class GeoCoordinateInput:
    latitude: float
    longitude: float
