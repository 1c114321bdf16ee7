"""Text as channels take it: one line, no markup, nothing that no XML may hold, cut between words.

Nearly every text of a shop is clean already; each function finds that out cheaply and then returns what it was given.
"""

import re
from html import unescape

from feeds.nodes import once

_MARKUP = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff]")
"""Soft hyphens, marks of direction, private characters, halves of pairs. The joiners of emoji and of some scripts stay."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
"""What is left of the control characters when those that divide words (as str.split has it) are seen to."""
_CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""All of them but line breaks and tabs."""
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\U000e0020-\U000e007f\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u25a0-\u25ff\u2190-\u21ff\ufe0f\u20e3\u200d]+"
)
"""Pictures, flags, dingbats, and what joins them. © ® ™ are letters of trade marks and stay."""

_MARKS = re.compile("[\u0300-\u036f\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
_PUNCTUATION = " ,;:–—-/|("


@once
def is_clean(text: str) -> bool:
    """One line without markup and entities, and nothing in it that goes. A space may stand at its ends."""
    return text.isprintable() and "<" not in text and "&" not in text


def one_line(text: str) -> str:
    """Line breaks, tabs and odd spaces are one space. Markup goes, and so do entities that were encoded twice."""
    if "<" in text or "&" in text:
        text = " ".join(unmarked(text).split())
    if text.isprintable():
        return text.strip()
    return " ".join(_CONTROL.sub("", _INVISIBLE.sub("", text)).split())


def several_lines(text: str) -> str:
    """HTML or plain text as it is, but for what no XML may hold."""
    return legal(text).strip()


def legal(text: str) -> str:
    if text.isprintable():
        return text
    return _CONTROL_IN_LINES.sub("", _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def unmarked(text: str) -> str:
    """Plain text of what may be HTML; "5 < 6 & 7" is none and stays. Entities that stand for markup are not read a second time."""
    plain = _MARKUP.sub(" ", text) if "<" in text else text
    return unescape(plain) if ";" in plain and "&" in plain else plain


def without(text: str, signs: str) -> str:
    """One line in which a space stands for each of `signs`, which mean something to the channel."""
    for sign in signs:
        text = text.replace(sign, " ")
    return " ".join(one_line(text).split())


def without_emoji(text: str) -> str:
    """As TikTok wants titles and ids."""
    if text.isascii() or not _EMOJI.search(text):
        return text
    return " ".join(_EMOJI.sub(" ", text).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, between words unless one word is longer than half of that, and never between a letter and its marks."""
    if len(text) <= limit:
        return text
    if text[limit] == " ":
        return text[:limit].rstrip(_PUNCTUATION)
    end = text.rfind(" ", 0, limit)
    if end <= limit // 2:
        end = limit
        while end > 1 and (_MARKS.match(text[end]) or text[end - 1] == "\u200d"):
            end -= 1
    return text[:end].rstrip(_PUNCTUATION)


def cut_bytes(text: str, limit: int) -> str:
    """The same, with the limit in bytes of UTF-8."""
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return text
    return cut(text, len(text.encode()[:limit].decode(errors="ignore")))
