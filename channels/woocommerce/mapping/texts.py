"""Texts of a shop: decoded, made safe, made plain."""

import re
from html import unescape
from typing import Final

import nh3

from channels.woocommerce.payloads import Text

_BLOCK_NAMES: Final = "p div br li ul ol h1 h2 h3 h4 h5 h6 blockquote pre table tr dt dd dl hr figure figcaption details summary caption"
_INLINE_NAMES: Final = "a abbr b bdi cite code del dfn em i img ins kbd mark q s samp small span strong sub sup time u var wbr"
_TABLE_NAMES: Final = "col colgroup tbody td tfoot th thead"
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
TAGS: Final = _BLOCKS | frozenset(_INLINE_NAMES.split() + _TABLE_NAMES.split())
"""What a product text may be made of. Embedded frames, forms and scripts are not: a video belongs to the storefront, not to a text."""

ATTRIBUTES: Final = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ol": {"start", "type", "reversed"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}

_CLEANER: Final = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "iframe", "noscript", "template", "object", "svg", "math"},
    attributes=ATTRIBUTES,
    link_rel="noopener noreferrer",
    url_schemes={"http", "https", "mailto", "tel"},
)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_BLOCK_TAG: Final = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})\b[^>]*>")
_CELL_END: Final = re.compile(r"</t[dh]>")
_ANY_TAG: Final = re.compile(r"<[^>]*>")
_SPACES: Final = re.compile(r"[ \t\xa0]+")


def decoded(text: Text) -> str:
    """A name or code: HTML entities decoded, spaces at the ends removed; none is ""."""
    if text is None or isinstance(text, bool):
        return ""
    if not isinstance(text, str):
        return str(text)
    return unescape(text).strip() if "&" in text else text.strip()


def titled(text: Text) -> str:
    """A title as plain text: WordPress lets merchants put tags into it, and escapes a < that is meant as such."""
    if isinstance(text, str) and "<" in text:
        text = _TAG.sub("", text)
    return decoded(text)


def safe_html(text: Text) -> str:
    """HTML that may be shown as it is: only TAGS, no scripts, no styles, no classes; links do not hand over the window."""
    if not isinstance(text, str) or not text:
        return ""
    if "<" not in text and "&" not in text and ">" not in text:
        return text.strip()
    return _CLEANER.clean(text).strip()


def plain(clean_html: str) -> str:
    """The text of sanitised HTML: each block on its own line, entities decoded, no tags, single spaces."""
    text = _without_tags(clean_html) if "<" in clean_html else clean_html
    if "&" in text:
        text = unescape(text)
    if "  " in text or "\xa0" in text or "\t" in text:
        text = _SPACES.sub(" ", text)
    return "\n".join([line for raw in text.split("\n") if (line := raw.strip())])


def _without_tags(clean_html: str) -> str:
    """The sanitiser escapes < and > wherever they are no tag's own, attribute values included, so that each tag ends at the next >."""
    if "</t" in clean_html:
        clean_html = _CELL_END.sub(" ", clean_html)
    return _ANY_TAG.sub("", _BLOCK_TAG.sub("\n", clean_html))
