"""Codes on goods that WooCommerce does not keep: further barcodes of a variant, and how to read what the shop's own scales print."""

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from api.authentication import requires
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.ids import Gtin
from spoina.inventory import barcodes
from spoina.inventory.barcodes import InStoreRule
from spoina.inventory.naming import variant_of

TAG = ["stock"]


class NewBarcode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code`: SKU, GTIN or barcode by which the variant is known. `barcode`: a GTIN-8, -12, -13 or -14 by which it shall be, too."""

    code: str
    barcode: str


class Barcodes(msgspec.Struct, frozen=True):
    """`barcodes`: those that were added here, as GTIN-14; the shop's own one is not among them."""

    variant: int
    barcodes: list[Gtin]


def code_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    return [*_barcode_routes(keys), *_scale_routes(keys)]


def _barcode_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    write = [requires(keys, Scope.STOCK_WRITE)]

    @get("/v1/stock/barcodes", guards=[requires(keys, Scope.STOCK_READ)], tags=TAG, summary="Further barcodes of a variant")
    async def list_barcodes(services: NamedDependency[Services], code: FromQuery[str]) -> Barcodes:
        """For staff keys. `code`: SKU, GTIN or barcode of the variant."""
        variant = await variant_of(services.pool, code)
        return Barcodes(variant, await barcodes.barcodes_of(services.pool, variant))

    @post("/v1/stock/barcodes", guards=write, tags=TAG, summary="Add a barcode to a variant")
    async def add_barcode(services: NamedDependency[Services], data: JSONBody[NewBarcode]) -> Barcodes:
        """For staff keys. Scanned, it is found from now on. 400: no GTIN, or a wrong check digit; 409: another variant has it."""
        variant = await variant_of(services.pool, data.code)
        await barcodes.add_barcode(services.pool, variant, data.barcode, services.clock, field="barcode")
        return Barcodes(variant, await barcodes.barcodes_of(services.pool, variant))

    @delete("/v1/stock/barcodes/{barcode:str}", guards=write, tags=TAG, summary="Take a barcode away")
    async def remove_barcode(services: NamedDependency[Services], barcode: FromPath[str]) -> None:
        """For staff keys. One that was added here; the shop's own one is changed in the shop. 404: it was not."""
        await barcodes.remove_barcode(services.pool, barcode)

    return [list_barcodes, add_barcode, remove_barcode]


def _scale_routes(keys: KeyRing) -> list[HTTPRouteHandler]:
    write = [requires(keys, Scope.STOCK_WRITE)]

    @get("/v1/stock/rules/scales", guards=[requires(keys, Scope.STOCK_READ)], tags=TAG, summary="How the shop's own scales print")
    async def list_scales(services: NamedDependency[Services]) -> list[InStoreRule]:
        """For staff keys. By prefix."""
        return await _rules(services)

    @put("/v1/stock/rules/scales", guards=write, tags=TAG, summary="Say how the shop's own scales print")
    async def set_scale(services: NamedDependency[Services], data: JSONBody[InStoreRule]) -> list[InStoreRule]:
        """For staff keys. An EAN-13 with this prefix (20 to 29) is the article's number (`reference_digits`), perhaps a digit that is not
        read, the weight in grams or the price in minor units (`value_digits`), and the check digit. The variant is the one that has the
        barcode with zeros in place of the value."""
        await barcodes.set_in_store_rule(services.pool, data)
        return await _rules(services)

    @delete("/v1/stock/rules/scales/{prefix:str}", guards=write, tags=TAG, summary="Forget how scales print")
    async def drop_scale(services: NamedDependency[Services], prefix: FromPath[str]) -> None:
        """For staff keys. Codes with this prefix are barcodes like any other again. 404: there is no such rule."""
        await barcodes.drop_in_store_rule(services.pool, prefix)

    return [list_scales, set_scale, drop_scale]


async def _rules(services: Services) -> list[InStoreRule]:
    return sorted((await barcodes.in_store_rules(services.pool)).values(), key=lambda rule: rule.prefix)
