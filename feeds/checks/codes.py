"""Codes of goods and of groups of variants."""

from collections.abc import Callable

from feeds.checks.limits import UNLIMITED, Limits
from feeds.checks.rules import Clause, Section, Writer
from feeds.checks.texts import longer
from feeds.formats.values import gtin_digits, gtin_reserved, sellable_gtin
from feeds.types import FeedItem


def codes(limits: Limits, *further: Clause, sure: Callable[[FeedItem], bool] = lambda _item: True) -> Section:
    """`further`: clauses of the channel's own about codes, that object to nothing of which `sure` is true."""
    write = Writer(limits.prefix, limits.source)
    longest_mpn, longest_group = limits.mpn, limits.group

    def sound(item: FeedItem) -> bool:
        gtin, group = item.gtin, item.group_id
        return (
            (not gtin or sellable_gtin(gtin) == gtin)
            and len(item.mpn) <= longest_mpn
            and (group is None or (0 < len(group) <= longest_group and bool(item.options)))
            and sure(item)
        )

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
