"""Ids, titles and descriptions."""

import re
from collections.abc import Callable

from feeds.checks.limits import Limits
from feeds.checks.rules import Clause, Judge, Section, Sound, Writer
from feeds.formats.text import one_line, unmarked, without_emoji
from feeds.types import FeedItem

LONGEST_SHOUT = 9
"""Capital letters in a row without a small one anywhere; up to that many may be a brand or a model."""

PROMOTION = re.compile(
    r"darmow\w+ (?:dostaw|wysył)|free (?:shipping|delivery)|promocj|wyprzeda|\bgratis|\brabat|super ?cen|najta[nń]|okazj|kup teraz|buy now"
    r"|best price|wholesale|high quality|limited offer|clearance|\d ?% (?:taniej|off|rabat)|[-–]\d{1,2} ?%|!!",
    re.IGNORECASE,
)
"""Google 7052112 (title), TikTok's parameters (title): "free shipping, high quality, wholesale" and their like."""


def texts(limits: Limits) -> Section:
    write = Writer(limits.prefix, limits.source)
    return Section(_sound(limits), (*_of_id(write, limits), *of_title(write, limits.title), *_of_description(write, limits)))


def shouts(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) > LONGEST_SHOUT


def promotes(text: str) -> bool:
    return _may_promote(text.lower()) and PROMOTION.search(text) is not None


def _may_promote(lowered: str) -> bool:
    """Every match of PROMOTION holds one of these. Written out, because of all tests this is the one that costs most."""
    return (
        "promo" in lowered
        or "przeda" in lowered
        or "darmow" in lowered
        or "gratis" in lowered
        or "rabat" in lowered
        or "okazj" in lowered
        or "najta" in lowered
        or "super" in lowered
        or "kup " in lowered
        or "buy " in lowered
        or "free " in lowered
        or "price" in lowered
        or "sale" in lowered
        or "quality" in lowered
        or "offer" in lowered
        or "clearance" in lowered
        or "%" in lowered
        or "!!" in lowered
    )


def quiet(title: str) -> bool:
    """Surely without promotion, markup and shouting."""
    return not (title.isupper() or "<" in title or "&" in title) and not _may_promote(title.lower())


def _sound(limits: Limits) -> tuple[Sound, ...]:
    longest_id, longest_title, longest_description, emoji = limits.id, limits.title, limits.description, limits.emoji

    def is_plain_text(plain_description: bytes, description: str) -> bool:
        return 0 < len(plain_description) <= longest_description or is_plain(description)

    def is_plain(description: str) -> bool:
        return (
            0 < len(description) <= longest_description
            and description[0].isalnum()
            and "<" not in description
            and "&" not in description
            and not description.isupper()
        )

    def is_name(id: str) -> bool:  # noqa: A002 - named as the item's field is
        return 0 < len(id) <= longest_id and id.isascii() and id.isprintable() and " " not in id

    def is_title(title: str) -> bool:
        return 0 < len(title) <= longest_title and title[0].isalnum() and (emoji or without_emoji(title) is title) and quiet(title)

    return is_name, is_plain_text, is_title


def _of_id(write: Writer, limits: Limits) -> tuple[Clause, ...]:
    field, most = limits.id_field, limits.id

    def characters(item: FeedItem) -> str | None:
        if not item.id.strip():
            return None
        if not item.id.isprintable():
            return f"{item.id!r} holds control characters"
        if not limits.spaces_in_id and " " in item.id:
            return f"{item.id!r} holds spaces"
        return f"{item.id!r} holds emoji" if not limits.emoji and without_emoji(item.id) != item.id else None

    return (
        write.error("ID-REQUIRED", field, "every item has an id", lambda item: None if item.id.strip() else "there is none"),
        write.error("ID-LENGTH", field, f"at most {most} characters", longer(lambda item: item.id, most, cut=False)),
        write.error("ID-CHARACTERS", field, "no character that a channel drops", characters),
    )


def of_title(write: Writer, most: int, field: str = "title") -> tuple[Clause, ...]:
    return (
        write.error("TITLE-REQUIRED", field, "every item has a title", lambda item: None if one_line(item.title) else "there is none"),
        write.warning("TITLE-LENGTH", field, f"at most {most} characters", longer(lambda item: one_line(item.title), most)),
        write.warning(
            "TITLE-CAPITALS",
            field,
            "not all in capital letters",
            lambda item: f"{item.title!r} is all in capital letters" if shouts(item.title) else None,
        ),
        write.warning(
            "TITLE-PROMOTION",
            field,
            "no promotional text",
            lambda item: _promotion(item.title) if promotes(item.title) else None,
        ),
        write.warning("TITLE-MARKUP", field, "plain text", _markup(lambda item: item.title)),
    )


def without_emoji_in_title(write: Writer) -> Clause:
    return write.warning(
        "TITLE-EMOJI",
        "title",
        "no emoji",
        lambda item: f"{item.title!r} holds emoji: they are left out" if without_emoji(item.title) != item.title else None,
    )


def _of_description(write: Writer, limits: Limits) -> tuple[Clause, ...]:
    most = limits.description
    clauses = (
        write.warning(
            "DESCRIPTION-MISSING",
            "description",
            "every item has a description",
            lambda item: None if one_line(item.description) else "there is none: the summary or the title stands in its place",
        ),
        write.warning(
            "DESCRIPTION-LENGTH", "description", f"at most {most} characters", longer(lambda item: one_line(item.description), most)
        ),
        write.warning("DESCRIPTION-MARKUP", "description", "plain text", _markup(lambda item: item.description)),
        write.warning(
            "DESCRIPTION-CAPITALS",
            "description",
            "not all in capital letters",
            lambda item: "it is all in capital letters" if shouts(item.description) else None,
        ),
    )
    return clauses if limits.emoji else (without_emoji_in_title(write), *clauses)


def longer(read: Callable[[FeedItem], str], most: int, *, cut: bool = True) -> Judge:
    """`cut`: the format makes it fit, so that the shop is only told."""

    def judge(item: FeedItem) -> str | None:
        length = len(read(item))
        if length <= most:
            return None
        return f"{length} characters, at most {most}: " + ("it is cut" if cut else "and it cannot be cut")

    return judge


def _promotion(text: str) -> str:
    found = PROMOTION.search(text)
    return f"{found[0]!r} is promotion, in {text!r}" if found else ""


def _markup(read: Callable[[FeedItem], str]) -> Judge:
    def judge(item: FeedItem) -> str | None:
        text = read(item)
        return "it holds HTML or entities: they are taken out" if unmarked(text) != text else None

    return judge
