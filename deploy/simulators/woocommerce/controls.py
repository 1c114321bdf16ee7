"""What the simulator adds to a shop: drawn pictures, and the controls below /_simulator."""

from collections.abc import Callable

from litestar import Response, delete, get, patch, put
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from simulators.woocommerce import pictures, writing
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.faults import Faults
from simulators.woocommerce.shop import Shop


def picture_routes(shop: Shop) -> list[HTTPRouteHandler]:
    @get(f"/{pictures.FOLDER}/{{file:str}}", sync_to_thread=False)
    def picture(file: FromPath[str]) -> Response[bytes]:
        named = pictures.named_in(file)
        if named is None:
            raise NotFoundException
        of, number = named
        product = shop.products.peek(of)
        variation = None if product else shop.variations.peek(of)
        if variation:
            product = shop.products.peek(variation["parent_id"])
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
    def set_faults(data: JSONBody[Faults]) -> Faults:
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

    @patch("/_simulator/products/{of:int}", sync_to_thread=False, status_code=204)
    def change_silently(of: FromPath[int], data: JSONBody[dict[str, object]]) -> None:
        _or_problem(lambda: writing.change_silently(shop, of, data))

    @delete("/_simulator/products/{of:int}", sync_to_thread=False)
    def delete_silently(of: FromPath[int]) -> None:
        _or_problem(lambda: shop.delete_silently(of))

    return [read_faults, set_faults, catalogue, change_silently, delete_silently]


def _or_problem(command: Callable[[], None]) -> None:
    try:
        command()
    except RestError as error:
        raise HTTPException(error.message, status_code=error.status) from error
