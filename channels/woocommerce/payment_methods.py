"""The shop's payment methods, read whole: the shop tells nobody when they change."""

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import MethodSettingPayload, Text, Unmappable, in_order, items_of, payload_of
from spoina.errors import SourceMalformed, SourceMissing, SourceRefused
from spoina.sync.types import Quarantined
from spoina.terms.types import PaymentMethod

KIND = "payment method"
_BOUND = "enable_for_methods"
"""WooCommerce's own setting of payment on delivery: the ways of delivery that it goes with."""


class GatewayPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: Text = ""
    description: Text = ""
    enabled: bool = False
    method_supports: list[Text] | dict[str, Text] = msgspec.field(default_factory=list)
    settings: dict[str, MethodSettingPayload] | list[msgspec.Raw] = msgspec.field(default_factory=dict)


async def read_payment_methods(client: WooCommerceClient, refused: list[Quarantined]) -> list[PaymentMethod] | None:
    """Those that are switched on, in the shop's order. None where the shop does not show them: what is known stays."""
    try:
        raws = items_of((await client.get_page("payment_gateways")).body)
    except (SourceRefused, SourceMissing, SourceMalformed):
        return None
    found: list[PaymentMethod] = []
    for raw in raws:
        try:
            gateway = payload_of(KIND, GatewayPayload, raw)
        except Unmappable as problem:
            refused.append(Quarantined(kind=problem.kind, external_id=problem.external_id, reason=problem.reason, body=bytes(raw)))
            continue
        if gateway.enabled:
            found.append(_method(gateway))
    return found


def _method(gateway: GatewayPayload) -> PaymentMethod:
    return PaymentMethod(
        id=gateway.id,
        title=decoded(str(gateway.title or gateway.id)),
        description=decoded(str(gateway.description or "")),
        rates=_rates(gateway),
        gives_back="refunds" in in_order(gateway.method_supports),
    )


def _rates(gateway: GatewayPayload) -> tuple[str, ...]:
    """A list; "" where there is none."""
    setting = gateway.settings.get(_BOUND) if isinstance(gateway.settings, dict) else None
    try:
        return tuple(msgspec.json.decode(setting.value, type=list[str])) if setting is not None else ()
    except msgspec.ValidationError:
        return ()
