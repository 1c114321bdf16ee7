"""Our own HTML pages: whole in one file, nothing loaded from elsewhere, and headers that hold them to it."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec

BLOCK = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


class Page(msgspec.Struct, frozen=True):
    body: bytes
    headers: dict[str, str]


@cache
def page(name: str, pictures_of: str = "") -> Page:
    """A page of the folder api/html. Its policy allows exactly the script and the style that stand in it, and that origin's pictures."""
    text = (files("api") / "html" / f"{name}.html").read_text(encoding="utf-8")
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for kind, content in BLOCK.findall(text):
        hashes[kind].append(f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'")
    policy = (
        f"default-src 'none'; script-src {' '.join(hashes['script'])}; style-src {' '.join(hashes['style'])}; connect-src 'self'; "
        f"img-src {' '.join(filter(None, ('data:', pictures_of)))}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(text.encode(), {"content-type": "text/html; charset=utf-8", "content-security-policy": policy, **SAFE})


SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-frame-options": "DENY", "cache-control": "no-cache"}
