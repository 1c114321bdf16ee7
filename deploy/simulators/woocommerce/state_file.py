"""Keeps what was changed in the shop in one JSON file, so that the same shop is there after a restart."""

import json
import os
from pathlib import Path

from simulators.woocommerce.shop import Shop


class StateFile:
    def __init__(self, path: Path, shop: Shop) -> None:
        self._path = path
        self._shop = shop
        self._saved = -1

    def load(self) -> None:
        if not self._path.exists():
            return
        self._shop.restore(json.loads(self._path.read_bytes()))
        self._saved = self._shop.revision

    def save(self) -> None:
        """Written beside and moved into place: a kill at any moment leaves the old file or the new one."""
        if self._saved == self._shop.revision:
            return
        self._saved = self._shop.revision
        beside = self._path.with_suffix(".new")
        beside.parent.mkdir(parents=True, exist_ok=True)
        # Holds the secrets of the webhooks.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self._shop.as_state(), file)
        beside.replace(self._path)
