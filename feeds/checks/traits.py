"""What many items have in common: brand, category, colour, size, labels, shipping, and the fields that a definition adds."""

import re
from collections.abc import Callable, Sequence

from feeds.checks.limits import UNLIMITED, Limits
from feeds.checks.rules import Clause, Judge, SharedSection, Writer
from feeds.checks.texts import longer
from feeds.formats.text import one_line
from feeds.formats.values import known_word, price_text
from feeds.types import FeedItem

OF_PRODUCT = ("brand", "channel_category", "product_type", "material", "gender", "age_group", "custom_labels", "shipping")
OF_VARIANT = ("color", "size", "pattern")
_COUNTRY = re.compile("[A-Z]{2}")

Read = Callable[[FeedItem], str]


def traits(limits: Limits, *further: Clause) -> tuple[SharedSection, SharedSection]:
    """`further`: clauses of the channel's own about the same facts. Apart, because there are as many cases as there are products of a kind
    and as many as there are colours and sizes, but together their product."""
    write = Writer(limits.prefix, limits.source)
    clauses = (*_lengths(write, limits), *_words(write, limits), *of_shipping(write), *of_extras(write, limits), *further)
    return (
        SharedSection(OF_PRODUCT, tuple(clause for clause in clauses if clause.rule.field not in OF_VARIANT)),
        SharedSection(OF_VARIANT, tuple(clause for clause in clauses if clause.rule.field in OF_VARIANT)),
    )


def _lengths(write: Writer, limits: Limits) -> tuple[Clause, ...]:
    fields: tuple[tuple[str, str, int, Read], ...] = (
        ("BRAND", "brand", limits.brand, lambda item: one_line(item.brand)),
        ("PRODUCT-TYPE", "product_type", limits.product_type, lambda item: one_line(item.product_type)),
        ("COLOR", "color", limits.color, lambda item: one_line(item.color)),
        ("SIZE", "size", limits.size, lambda item: one_line(item.size)),
        ("MATERIAL", "material", limits.material, lambda item: one_line(item.material)),
        ("PATTERN", "pattern", limits.pattern, lambda item: one_line(item.pattern)),
    )
    plain = [
        write.warning(f"{name}-LENGTH", field, f"at most {most} characters", longer(read, most))
        for name, field, most, read in fields
        if most != UNLIMITED
    ]
    return (*plain, write.warning("LABEL-LENGTH", "custom_label_0", f"at most {limits.label} characters", _labels(limits.label)))


def _labels(most: int) -> Judge:
    def judge(item: FeedItem) -> str | None:
        long = [at for at, text in enumerate(item.custom_labels) if len(one_line(text)) > most]
        return f"custom_label_{long[0]} is longer than {most} characters: it is cut" if long else None

    return judge


def _words(write: Writer, limits: Limits) -> tuple[Clause, ...]:
    return (
        write.warning("GENDER", "gender", ", ".join(limits.genders), known(lambda item: item.gender, limits.genders)),
        write.warning("AGE-GROUP", "age_group", ", ".join(limits.ages), known(lambda item: item.age_group, limits.ages)),
    )


def known(read: Read, words: Sequence[str]) -> Judge:
    def judge(item: FeedItem) -> str | None:
        text = read(item)
        if not text or known_word(text, words):
            return None
        return f"{text!r} is none of {', '.join(words)}: it is left out"

    return judge


def of_shipping(write: Writer) -> tuple[Clause, ...]:
    def country(item: FeedItem) -> str | None:
        wrong = [each.country for each in item.shipping if not _COUNTRY.fullmatch(each.country)]
        return f"{wrong[0]!r} is no country of ISO 3166" if wrong else None

    def price(item: FeedItem) -> str | None:
        wrong = [each for each in item.shipping if each.price < 0]
        return f"{wrong[0].service!r} costs {price_text(wrong[0].price, item.currency)}" if wrong else None

    return (
        write.error("SHIPPING-COUNTRY", "shipping", "a country of ISO 3166", country),
        write.error("SHIPPING-PRICE", "shipping", "not below zero", price),
    )


def of_extras(write: Writer, limits: Limits) -> tuple[Clause, ...]:
    names = frozenset(spec.name for spec in limits.extras)
    most = {spec.name: spec.most for spec in limits.extras if spec.most is not None}

    def unknown(item: FeedItem) -> str | None:
        others = [name for name in item.extra if name not in names]
        return f"{others[0]!r} is no field of this channel: it is left out" if others else None

    def long(item: FeedItem) -> str | None:
        over = [name for name, value in item.extra.items() if name in most and len(one_line(value)) > most[name]]
        return f"{over[0]} is longer than {most[over[0]]} characters: it is cut" if over else None

    return (
        write.warning("FIELD-UNKNOWN", "extra", "a field that the channel has", unknown),
        write.warning("FIELD-LENGTH", "extra", "as long as the channel takes it", long),
    )


def numbers(write: Writer, names: Sequence[str]) -> Clause:
    def judge(item: FeedItem) -> str | None:
        wrong = [name for name in names if (value := item.extra.get(name)) and not (value.isascii() and value.isdigit())]
        return f"{wrong[0]} is {item.extra[wrong[0]]!r}, which is no whole number" if wrong else None

    return write.error("FIELD-NUMBER", "extra", f"whole numbers in {', '.join(names)}", judge)
