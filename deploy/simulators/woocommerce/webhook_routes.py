"""`wc/v3/webhooks`: the scheme of an address is all that is checked, the rest shows when nobody answers."""

from secrets import token_urlsafe

from simulators.woocommerce import fields
from simulators.woocommerce.errors import RestError, invalid_id
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import ROOT
from simulators.woocommerce.webhooks import HOOKS, Sender, Webhook


def list_webhooks(shop: Shop, call: Call) -> Answer:
    status = call.one("status") or "all"
    found = [webhook for webhook in shop.webhooks.all.values() if status in ("all", webhook.status)]
    found.reverse()
    paging = read_paging(call)
    shown: list[object] = [webhook.as_json(shop.time) for webhook in found[paging.offset : paging.offset + paging.per_page]]
    return list_answer(call, shown, len(found), paging)


def find(shop: Shop, of: int) -> Webhook:
    webhook = shop.webhooks.all.get(of)
    if webhook is None:
        raise invalid_id("shop_webhook")
    return webhook


async def create(shop: Shop, body: Json, sender: Sender) -> Answer:
    """The answer is made before the ping, which goes out within this request."""
    given = fields.checked(body, fields.WEBHOOK)
    _check_topic(given.get("topic", ""))
    _check_address(given.get("delivery_url", ""))
    webhook = Webhook(
        id=shop.webhooks.next_id,
        name=given.get("name") or f"Webhook created on {shop.time.gmt()}",
        status=given.get("status", "active"),
        topic=given["topic"],
        delivery_url=given["delivery_url"],
        secret=given.get("secret") or token_urlsafe(37)[:50],
        date_created_gmt=shop.time.gmt(),
    )
    shop.webhooks.next_id += 1
    shop.webhooks.all[webhook.id] = webhook
    view = webhook.as_json(shop.time)
    await shop.webhooks.saved(webhook, sender)
    shop.revision += 1
    return Answer(view, status=201, headers={"location": f"{ROOT}/webhooks/{webhook.id}"})


async def update(shop: Shop, of: int, body: Json, sender: Sender) -> Answer:
    """Making it active again does not forget how often it failed."""
    webhook = find(shop, of)
    given = fields.checked(body, fields.WEBHOOK)
    if "topic" in given:
        _check_topic(given["topic"])
    if "delivery_url" in given:
        _check_address(given["delivery_url"])
        webhook.pending_delivery |= given["delivery_url"] != webhook.delivery_url
    for field, value in given.items():
        setattr(webhook, field, value)
    webhook.date_modified_gmt = shop.time.gmt()
    await shop.webhooks.saved(webhook, sender)
    shop.revision += 1
    return Answer(webhook.as_json(shop.time))


def delete(shop: Shop, of: int, *, force: bool) -> Answer:
    if not force:
        raise RestError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
    webhook = find(shop, of)
    del shop.webhooks.all[of]
    shop.revision += 1
    return Answer(webhook.as_json(shop.time))


def _check_topic(topic: str) -> None:
    resource, _, event = topic.partition(".")
    custom = resource == "action" and event.startswith(("woocommerce_", "wc_"))
    if topic not in HOOKS and not custom:
        message = "Webhook topic is required and must be valid."
        raise RestError("woocommerce_rest_shop_webhook_invalid_topic", message, 400)


def _check_address(address: str) -> None:
    if not address.startswith(("http://", "https://")):
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise RestError("woocommerce_rest_shop_webhook_invalid_delivery_url", message, 400)
