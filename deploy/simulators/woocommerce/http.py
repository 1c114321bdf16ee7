"""One request and one answer, as WordPress sees them."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus

from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json, encode
from simulators.woocommerce.table import absolute

_BRACKETS = re.compile(r"(.+?)\[\w*\]")


@dataclass(frozen=True)
class Call:
    method: str
    address: str
    """The path as it was asked for."""
    path: str
    """Below /wp-json, without a slash at its end."""
    query_string: str
    headers: dict[str, str]
    body: bytes
    scheme: str
    host: str

    @property
    def secure(self) -> bool:
        """WordPress behind a TLS terminator believes this header."""
        return self.scheme == "https" or self.headers.get("x-forwarded-proto") == "https"

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}"

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def query(self) -> dict[str, str | list[str]]:
        """As PHP reads it: `name[]` gathers a list, otherwise the last one wins."""
        gathered: dict[str, str | list[str]] = {}
        for name, value in self.pairs:
            match = _BRACKETS.fullmatch(name)
            if match is None:
                gathered[name] = value
                continue
            so_far = gathered.setdefault(match[1], [])
            if isinstance(so_far, list):
                so_far.append(value)
        return gathered

    def one(self, name: str) -> str | None:
        value = self.query.get(name)
        return value if isinstance(value, str) else None

    def several(self, name: str) -> list[str]:
        value = self.query.get(name, [])
        listed = re.split(r"[\s,]+", value) if isinstance(value, str) else value
        return [item for item in listed if item]

    @cached_property
    def json(self) -> Json:
        if not self.body:
            return {}
        try:
            parsed: Any = json.loads(self.body)
        except ValueError as error:
            details = {"json_error_code": 4, "json_error_message": "Syntax error"}
            raise RestError("rest_invalid_json", "Invalid JSON body passed.", 400, **details) from error
        return parsed if isinstance(parsed, dict) else {}

    @property
    def json_list(self) -> list[Json]:
        """Of a body that is a list of objects; what else is in it is left out."""
        parsed: Any = json.loads(self.body or b"[]")
        return [each for each in parsed if isinstance(each, dict)] if isinstance(parsed, list) else []


@dataclass
class Answer:
    """`content` is encoded when sent; bytes are taken to be finished JSON."""

    content: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self, origin: str) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return absolute(encode(self.content), origin)


def page_links(call: Call, pages: int, page: int) -> str | None:
    """The Link header as add_query_arg builds it, called twice: once raw, then parsed and encoded again."""
    raw = "&".join(f"{name}={value}" for name, value in _sanitised(call))
    pairs = dict(_php_pairs(re.sub(r"=(?=&|$)", "", raw)))
    links = []
    if page > 1:
        links.append((min(page - 1, pages), "prev"))
    if page < pages:
        links.append((page + 1, "next"))
    address = f"{call.origin}/wp-json{call.path}"
    return ", ".join(f'<{address}?{_built(pairs, number)}>; rel="{rel}"' for number, rel in links) or None


_BOOLEANS = frozenset({"dates_are_gmt", "on_sale", "featured", "downloadable", "virtual", "hide_empty"})


def _sanitised(call: Call) -> list[tuple[str, str]]:
    sanitised = []
    for name, value in call.pairs:
        if name in _BOOLEANS:
            sanitised.append((name, "1" if value.lower() in ("true", "1") else "0"))
        else:
            sanitised.append((name, value))
    return sanitised


def _php_pairs(raw: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in raw.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in parts]


def _built(pairs: dict[str, str], page: int) -> str:
    full = {name: quote_plus(value, safe="") for name, value in pairs.items()} | {"page": str(page)}
    return re.sub(r"=(?=&|$)", "", "&".join(f"{name}={value}" for name, value in full.items()))
