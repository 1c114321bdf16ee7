"""A shipping zone of the shop, with its places and methods, becomes a Zone."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import msgspec

from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import LocationPayload, Text, Unmappable, ZoneMethodPayload, ZonePayload, payload_of
from spoina.pricing.cart.types import (
    FlatRate,
    FreeShipping,
    FreeShippingRequires,
    LocalPickup,
    ShippingClassId,
    ShippingMethod,
    Zone,
    ZoneId,
)

Item = bytes | msgspec.Raw
_CLASS_COST: Final = "class_cost_"
_DEAREST_CLASS: Final = "order"


def map_zone(
    zone: ZonePayload, places: Iterable[LocationPayload], methods: Iterable[ZoneMethodPayload], continents: Mapping[str, Collection[str]]
) -> Zone:
    """`methods` that are switched off are left out; `continents` are the countries of those that `places` names."""
    codes = _by_type(places)
    spread = (country for continent in codes.get("continent", ()) for country in continents[continent])
    usable = sorted((method for method in methods if method.enabled), key=lambda method: (method.order, method.instance_id))
    return Zone(
        id=ZoneId(zone.id),
        order=zone.order,
        countries=frozenset([*codes.get("country", ()), *spread]),
        states=frozenset(codes.get("state", ())),
        postcodes=tuple(codes.get("postcode", ())),
        methods=tuple(map_method(method) for method in usable),
    )


def _by_type(places: Iterable[LocationPayload]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for place in places:
        codes.setdefault(decoded(place.type), []).append(decoded(place.code))
    return codes


def continents_of(places: Iterable[LocationPayload]) -> list[str]:
    return _by_type(places).get("continent", [])


def map_place(item: Item) -> LocationPayload:
    """Raises Unmappable."""
    return payload_of("shipping zone", LocationPayload, item)


def read_method(item: Item) -> ZoneMethodPayload:
    """Raises Unmappable; also for a method that is switched on and comes from a plugin: nobody knows what it costs."""
    payload = payload_of("shipping method", ZoneMethodPayload, item)
    if payload.enabled and payload.method_id not in _MAPPED:
        raise Unmappable(
            "shipping method", payload.instance_id, f"its type {payload.method_id!r} comes from a plugin that is not supported"
        )
    return payload


def map_method(payload: ZoneMethodPayload) -> ShippingMethod:
    return _MAPPED[payload.method_id](payload.instance_id, _Settings(payload))


class _Settings:
    """The values of a method; what is missing or no text is ""."""

    def __init__(self, payload: ZoneMethodPayload) -> None:
        given = payload.settings if isinstance(payload.settings, dict) else {}
        self._values = {name: decoded(_scalar(setting.value)) for name, setting in given.items()}
        self.title = self._values.get("title") or decoded(payload.title)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    @property
    def taxable(self) -> bool:
        return self._values.get("tax_status", "taxable") == "taxable"

    @property
    def class_costs(self) -> dict[ShippingClassId, str]:
        named = ((name.removeprefix(_CLASS_COST), cost) for name, cost in self._values.items() if name.startswith(_CLASS_COST))
        return {ShippingClassId(int(number)): cost for number, cost in named if number.isdecimal()}


def _scalar(encoded: msgspec.Raw) -> Text:
    value = msgspec.json.decode(encoded)
    return value if isinstance(value, str | int | float) else None


def _flat_rate(instance: int, settings: _Settings) -> FlatRate:
    return FlatRate(
        instance=instance,
        title=settings.title,
        cost=settings["cost"],
        class_costs=settings.class_costs,
        no_class_cost=settings["no_class_cost"],
        dearest_class_only=settings["type"] == _DEAREST_CLASS,
        taxable=settings.taxable,
    )


def _free_shipping(instance: int, settings: _Settings) -> FreeShipping:
    """A condition that nobody knows is met by nobody: the strictest one stands for it."""
    requires = settings["requires"]
    return FreeShipping(
        instance=instance,
        title=settings.title,
        requires=FreeShippingRequires(requires) if requires in set(FreeShippingRequires) else FreeShippingRequires.BOTH,
        minimum=settings["min_amount"] or "0",
        ignore_discounts=settings["ignore_discounts"] == "yes",
    )


def _local_pickup(instance: int, settings: _Settings) -> LocalPickup:
    return LocalPickup(instance=instance, title=settings.title, cost=settings["cost"], taxable=settings.taxable)


_MAPPED: Final[Mapping[str, Callable[[int, _Settings], ShippingMethod]]] = {
    "flat_rate": _flat_rate,
    "free_shipping": _free_shipping,
    "local_pickup": _local_pickup,
}
