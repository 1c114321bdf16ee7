"""Codes of goods and of groups of variants."""

from feeds.checks.limits import UNLIMITED, Limits
from feeds.checks.rules import Clause, Section, Sound, Writer
from feeds.checks.texts import longer
from feeds.formats.values import gtin_digits, gtin_reserved, sellable_gtin
from feeds.types import FeedItem


def codes(limits: Limits, *further: Clause, sure: tuple[Sound, ...] = ()) -> Section:
    """`further`: clauses of the channel's own about codes, that object to nothing of which all of `sure` are true."""
    write = Writer(limits.prefix, limits.source)
    longest_mpn, longest_group = limits.mpn, limits.group

    def is_right_code(gtin: str) -> bool:
        return not gtin or sellable_gtin(gtin) == gtin

    def is_short_number(mpn: str) -> bool:
        return len(mpn) <= longest_mpn

    def is_group(group_id: str | None, options: tuple[tuple[str, str], ...]) -> bool:
        return group_id is None or (0 < len(group_id) <= longest_group and len(options) > 0)

    sound: tuple[Sound, ...] = (is_right_code, is_short_number, is_group, *sure)
    return Section(sound, (*of_gtin(write), *_of_mpn(write, longest_mpn), *_of_group(write, longest_group), *further))


def of_gtin(write: Writer, field: str = "gtin") -> tuple[Clause, ...]:
    """Warnings: a code that is wrong is left out, and the item is taken without."""

    def length(item: FeedItem) -> str | None:
        code = _bare(item.gtin)
        if not code or (code.isascii() and code.isdigit() and len(code) in (8, 12, 13, 14)):
            return None
        return f"{item.gtin!r} is not 8, 12, 13 or 14 digits: it is left out"

    def digit(item: FeedItem) -> str | None:
        if not _bare(item.gtin) or length(item) or gtin_digits(item.gtin):
            return None
        return f"{item.gtin!r} has a wrong check digit: it is left out"

    def reserved(item: FeedItem) -> str | None:
        digits = gtin_digits(item.gtin) if item.gtin else ""
        return f"{item.gtin!r} is of those that scales and coupons use: it is left out" if gtin_reserved(digits) else None

    return (
        write.warning("GTIN-LENGTH", field, "8, 12, 13 or 14 digits", length),
        write.warning("GTIN-CHECKDIGIT", field, "the last digit follows from the others (GS1)", digit),
        write.warning("GTIN-RESERVED", field, "names goods everywhere, not in one shop only", reserved),
    )


def _of_mpn(write: Writer, most: int) -> tuple[Clause, ...]:
    if most == UNLIMITED:
        return ()
    return (write.warning("MPN-LENGTH", "mpn", f"at most {most} characters", longer(lambda item: item.mpn, most)),)


def _of_group(write: Writer, most: int) -> tuple[Clause, ...]:
    length = write.error(
        "GROUP-LENGTH", "item_group_id", f"at most {most} characters", longer(lambda item: item.group_id or "", most, cut=False)
    )
    alike = write.warning(
        "GROUP-OPTIONS",
        "item_group_id",
        "variants of a group say by what they differ",
        lambda item: f"in group {item.group_id}, but without an option" if item.group_id and not item.options else None,
    )
    return (alike,) if most == UNLIMITED else (length, alike)


def _bare(code: str) -> str:
    return code.replace("-", "").replace(" ", "").strip()
