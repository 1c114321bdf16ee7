"""What the channels that read Google's kind of feed allow, in one form, so that one set of clauses serves them all."""

import msgspec

from feeds.formats import google, meta, pinterest, tiktok
from feeds.formats.blocks import Spec
from feeds.formats.values import ADULT_TO_NEWBORN, GENDERS

UNLIMITED = 1 << 30


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths in characters."""

    prefix: str
    source: str
    id: int
    title: int
    description: int
    images: int
    image_types: tuple[str, ...]
    extras: tuple[Spec, ...]
    id_field: str = "id"
    link: int = UNLIMITED
    image_link: int = UNLIMITED
    brand: int = UNLIMITED
    mpn: int = UNLIMITED
    group: int = UNLIMITED
    product_type: int = UNLIMITED
    color: int = UNLIMITED
    size: int = UNLIMITED
    material: int = UNLIMITED
    pattern: int = UNLIMITED
    label: int = UNLIMITED
    ages: tuple[str, ...] = ADULT_TO_NEWBORN
    genders: tuple[str, ...] = GENDERS
    emoji: bool = True
    """Taken in titles and ids."""
    spaces_in_id: bool = True


META = Limits(
    prefix="META",
    source="Meta, catalogue reference",
    id=meta.ID,
    title=meta.TITLE,
    description=meta.DESCRIPTION,
    images=meta.IMAGES,
    image_types=meta.IMAGE_TYPES,
    extras=meta.EXTRAS,
    brand=meta.BRAND,
    mpn=meta.MPN,
    group=meta.GROUP,
    product_type=meta.PRODUCT_TYPE,
    color=meta.COLOR,
    size=meta.SIZE,
    material=meta.MATERIAL,
    pattern=meta.PATTERN,
    label=meta.LABEL,
    ages=meta.AGE_GROUPS,
)
GOOGLE = Limits(
    prefix="GOOGLE",
    source="Google, product data specification 7052112",
    id=google.ID,
    title=google.TITLE,
    description=google.DESCRIPTION,
    images=google.IMAGES,
    image_types=google.IMAGE_TYPES,
    extras=google.EXTRAS,
    link=google.LINK,
    image_link=google.LINK,
    brand=google.BRAND,
    mpn=google.MPN,
    group=google.GROUP,
    product_type=google.PRODUCT_TYPE,
    color=google.COLOR,
    size=google.SIZE,
    material=google.MATERIAL,
    pattern=google.PATTERN,
    label=google.LABEL,
    spaces_in_id=False,
)
TIKTOK = Limits(
    prefix="TIKTOK",
    source="TikTok, catalogue product parameters",
    id_field="sku_id",
    id=tiktok.ID,
    title=tiktok.TITLE,
    description=tiktok.DESCRIPTION,
    images=tiktok.IMAGES,
    image_types=tiktok.IMAGE_TYPES,
    extras=tiktok.EXTRAS,
    brand=tiktok.BRAND,
    color=tiktok.COLOR,
    material=tiktok.MATERIAL,
    pattern=tiktok.PATTERN,
    label=tiktok.LABEL,
    emoji=False,
)
PINTEREST = Limits(
    prefix="PINTEREST",
    source="Pinterest, API description v5",
    id=pinterest.ID,
    title=pinterest.TITLE,
    description=pinterest.DESCRIPTION,
    images=pinterest.IMAGES,
    image_types=pinterest.IMAGE_TYPES,
    extras=pinterest.EXTRAS,
    link=pinterest.LINK,
    image_link=pinterest.IMAGE_LINK,
    group=pinterest.GROUP,
    product_type=pinterest.PRODUCT_TYPE,
    label=pinterest.LABEL,
)
