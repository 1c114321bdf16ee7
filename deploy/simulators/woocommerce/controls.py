"""What the simulator adds to a shop: drawn pictures, and the controls below /_simulator."""

from litestar import Response, get, put
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from simulators.woocommerce import pictures
from simulators.woocommerce.faults import Faults
from simulators.woocommerce.shop import Shop


def picture_routes(shop: Shop) -> list[HTTPRouteHandler]:
    @get(f"/{pictures.FOLDER}/{{file:str}}", sync_to_thread=False)
    def picture(file: str) -> Response[bytes]:
        named = pictures.named_in(file)
        if named is None:
            raise NotFoundException
        of, number = named
        product = shop.products.get(of)
        variation = None if product else shop.variations.get(of)
        if variation:
            product = shop.products.get(variation["parent_id"])
        if product is None:
            raise NotFoundException
        colour = _colour(variation)
        category = product["categories"][0]["name"] if product["categories"] else ""
        drawn = pictures.draw(product["id"], number, product["name"], category, colour)
        return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})

    return [picture]


def _colour(variation: dict[str, object] | None) -> str:
    attributes = variation["attributes"] if variation else []
    found = (one["option"] for one in attributes if one["slug"] == "pa_kolor") if isinstance(attributes, list) else ()
    return next(iter(found), "")


def control_routes(shop: Shop) -> list[HTTPRouteHandler]:
    @get("/_simulator/faults", sync_to_thread=False)
    def read_faults() -> Faults:
        return shop.dice.faults

    @put("/_simulator/faults", sync_to_thread=False)
    def set_faults(data: Faults) -> Faults:
        shop.dice.faults = data
        return data

    @get("/_simulator/catalogue", sync_to_thread=False)
    def catalogue() -> dict[str, int]:
        return {
            "products": len(shop.products),
            "variations": len(shop.variations),
            "products_in_trash": shop.products.in_trash,
            **{route: len(shop.terms[route]) for route in ("categories", "tags", "brands", "attributes")},
            "webhooks": len(shop.webhooks.all),
            "deliveries_waiting": shop.webhooks.waiting,
        }

    return [read_faults, set_faults, catalogue]
