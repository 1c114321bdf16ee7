"""Deleting: into the trash, where everybody is told of too much, out of it again, or for good, where nobody is told."""

from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

UNPUBLISHED_PERMALINK = "{origin}/?post_type=product&p=%d"
WANTED_SLUG = "_wp_desired_post_slug"
_TRASHED = ("_wp_trash_meta_status", "_wp_trash_meta_time", WANTED_SLUG)


def delete_product(shop: Shop, of: int, *, force: bool) -> Json:
    """Answers what was there before."""
    document = shop.product(of)
    if force:
        shop.delete_silently(of)
        return document
    if document["status"] == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The Product has already been deleted.", 410)
    for child in document["variations"]:
        _trash_variation(shop, child)
    trashed = document | {
        "status": "trash",
        "slug": f"{document['slug']}__trashed",
        "permalink": UNPUBLISHED_PERMALINK % of,
        "meta_data": [*document["meta_data"], *_trash_meta(shop, document)],
    }
    shop.save(shop.products, trashed)
    _tell(shop, "deleted", of)
    return document


def _trash_meta(shop: Shop, document: Json) -> list[Json]:
    moment = int(shop.time.now().timestamp())
    values = zip(_TRASHED, (document["status"], str(moment), document["slug"]), strict=True)
    return [{"id": shop.take_meta_id(), "key": key, "value": value} for key, value in values]


def _trash_variation(shop: Shop, of: int) -> None:
    variation = shop.variations.get(of)
    if variation is not None:
        shop.save(shop.variations, variation | {"status": "trash"}, touch=False)
        _tell(shop, "deleted", of)


def _tell(shop: Shop, event: str, of: int) -> None:
    """WordPress does not say what kind of post went or came, so coupon listeners hear of products too."""
    shop.webhooks.fire(f"coupon.{event}", of)
    shop.webhooks.fire(f"product.{event}", of)


def restore_product(shop: Shop, of: int) -> None:
    """What a click on "restore" does in the admin's list; over REST a product comes back by a new status."""
    document = shop.product(of)
    if not document["variations"]:
        shop.webhooks.fire("product.updated", of)
    for child in document["variations"]:
        variation = shop.variations.get(child)
        if variation is not None:
            shop.save(shop.variations, variation | {"status": "publish"})
            _tell(shop, "restored", child)
    slug = document["slug"].removesuffix("__trashed")
    restored = document | {
        "status": "publish",
        "slug": slug,
        "permalink": f"{{origin}}/product/{slug}/",
        "meta_data": [entry for entry in document["meta_data"] if entry["key"] not in _TRASHED],
    }
    shop.save(shop.products, restored)
    _tell(shop, "restored", of)


def delete_variation(shop: Shop, parent_id: int, of: int, *, force: bool) -> Json:
    document = shop.variation(parent_id, of)
    parent = shop.product(parent_id)
    if force:
        shop.drop(shop.variations, of)
    else:
        _trash_variation(shop, of)
    parent["variations"] = [child for child in parent["variations"] if child != of]
    shop.save_family(parent)
    return document
