"""JSON as PHP's json_encode writes it: slashes and everything outside ASCII escaped, no spaces."""

import json
from typing import Any

Json = dict[str, Any]
"""A PHP array with string keys. The simulator stands for PHP, so its documents stay as loose as PHP's."""


def encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")
