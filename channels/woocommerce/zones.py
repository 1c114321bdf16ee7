"""Shipping zones with their places and methods, read whole: the shop tells nobody when they change."""

from collections.abc import Iterable

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mapping.shipping import continents_of, map_place, map_zone, read_method
from channels.woocommerce.payloads import ContinentPayload, Unmappable, ZoneMethodPayload, ZonePayload, items_of, payload_of
from spoina.errors import SourceMalformed, SourceMissing, SourceRefused
from spoina.pricing.cart.types import Zone
from spoina.sync.types import Quarantined

KIND = "shipping zone"
METHOD_KIND = "shipping method"


async def read_zones(client: WooCommerceClient, refused: list[Quarantined]) -> list[Zone] | None:
    """None where the shop does not show them, with the reason in `refused`: what is known stays. Raises SourceUnavailable."""
    try:
        raws = items_of((await client.get_page("shipping/zones")).body)
        read = [await _read_zone(client, raw, refused) for raw in raws]
    except (SourceRefused, SourceMissing, SourceMalformed) as problem:
        refused.append(Quarantined(kind=KIND, external_id=0, reason=f"none could be read: {problem.reason}", body=b""))
        return None
    return [zone for zone in read if zone is not None]


async def _read_zone(client: WooCommerceClient, raw: msgspec.Raw, refused: list[Quarantined]) -> Zone | None:
    try:
        zone = payload_of(KIND, ZonePayload, raw)
        path = f"shipping/zones/{zone.id}"
        places = [map_place(item) for item in items_of((await client.get_page(f"{path}/locations")).body)]
    except Unmappable as problem:
        refused.append(_quarantined(problem, raw))
        return None
    methods = _methods(items_of((await client.get_page(f"{path}/methods")).body), refused)
    continents = {code: await _countries(client, code) for code in continents_of(places)}
    return map_zone(zone, places, methods, continents)


def _methods(raws: Iterable[msgspec.Raw], refused: list[Quarantined]) -> list[ZoneMethodPayload]:
    found: list[ZoneMethodPayload] = []
    for raw in raws:
        try:
            found.append(read_method(raw))
        except Unmappable as problem:
            refused.append(_quarantined(problem, raw))
    return found


async def _countries(client: WooCommerceClient, continent: str) -> list[str]:
    answer = await client.get_json(f"data/continents/{continent.lower()}", ContinentPayload)
    return [country.code for country in answer.countries]


def _quarantined(problem: Unmappable, raw: msgspec.Raw) -> Quarantined:
    return Quarantined(kind=problem.kind, external_id=problem.external_id, reason=problem.reason, body=bytes(raw))
