"""`…/batch`: up to a hundred creations, changes and deletions in one request, each failing on its own."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json

ITEMS_AT_MOST = 100


class Commands(NamedTuple):
    create: Callable[[Json], Json]
    update: Callable[[int, Json], Json]
    delete: Callable[[int], Json]
    """All three answer the view of what they did."""


def run(body: Json, commands: Commands) -> Json:
    creations, changes, deletions = (body.get(kind) or [] for kind in ("create", "update", "delete"))
    if len(creations) + len(changes) + len(deletions) > ITEMS_AT_MOST:
        message = f"Unable to accept more than {ITEMS_AT_MOST} items for this request."
        raise RestError("woocommerce_rest_request_entity_too_large", message, 413)
    done: Json = {}
    if creations:
        done["create"] = [_tried(0, partial(commands.create, item)) for item in creations]
    if changes:
        done["update"] = [_tried(_id(item), partial(commands.update, _id(item), item), status=400) for item in changes]
    if deletions:
        done["delete"] = [_tried(int(of), partial(commands.delete, int(of))) for of in deletions]
    return done


def _id(item: Json) -> int:
    return int(item.get("id", 0))


def _tried(of: int, command: Callable[[], Json], status: int | None = None) -> Json:
    """An unknown id in `update` says 400 where the single route says 404."""
    try:
        return command()
    except RestError as error:
        return {"id": of, "error": error.as_json(status)}
