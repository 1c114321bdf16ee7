"""Slugs the way WordPress makes them out of names."""

import html
import re
import unicodedata
from urllib.parse import quote

_STUBBORN = str.maketrans({"ł": "l", "Ł": "L", "×": "x", "ß": "s", "–": "-", "—": "-"})


def readable_slug(name: str) -> str:
    """Without accents and punctuation; letters of other scripts and signs such as ² stay."""
    parts = unicodedata.normalize("NFD", html.unescape(name).translate(_STUBBORN))
    plain = "".join(part for part in parts if not unicodedata.combining(part)).lower()
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", plain)).strip("-")


def slugify(name: str) -> str:
    """As it stands in addresses: percent-encoded where it is not ASCII."""
    return quote(readable_slug(name)).lower()
