"""Texts for cards, search engines and teasers."""

import msgspec

SEO_LENGTH = 320


class SEO(msgspec.Struct, frozen=True):
    title: str | None
    text: str

    @property
    def description(self) -> str | None:
        return shortened(" ".join(self.text.split()), SEO_LENGTH) or None


def shortened(text: str, length: int | None) -> str:
    """At most `length` characters, ended by "..." and, where there is room, at the end of a word."""
    if length is None or len(text) <= length:
        return text
    if length <= 3:
        return "..."[: max(length, 0)]
    kept = text[: length - 3]
    whole = kept if text[length - 3].isspace() else kept.rpartition(" ")[0] or kept
    return whole.rstrip() + "..."
