"""Ceneo's rules. Prices are gross złoty, goods are new."""

from feeds.checks.codes import of_gtin
from feeds.checks.limits import UNLIMITED, Limits
from feeds.checks.links import links
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Clause, Section, SharedSection, Writer
from feeds.checks.texts import of_title, quiet
from feeds.formats import ceneo as form
from feeds.formats.values import sellable_gtin
from feeds.types import Condition, FeedDefinition, FeedItem

_LIMITS = Limits(
    prefix="CENEO",
    source="Ceneo offers XML",
    id_field="o@id",
    id=UNLIMITED,
    title=UNLIMITED,
    description=UNLIMITED,
    images=UNLIMITED,
    image_types=form.IMAGE_TYPES,
    extras=(),
)
_WRITE = Writer(_LIMITS.prefix, _LIMITS.source)
_ZLOTY = "PLN"


def ceneo(definition: FeedDefinition) -> tuple[AnySection, ...]:
    return (
        Section((_is_name, _is_title, _is_new, _is_right_code), (*_of_offer(), *_of_codes())),
        links(_LIMITS, definition.base_url),
        prices(_WRITE, _ZLOTY),
        SharedSection(("brand", "channel_category", "category_path"), _of_traits()),
    )


def _is_name(id: str) -> bool:  # noqa: A002 - named as the item's field is
    return id != "" and id.isascii() and id.isprintable() and " " not in id


def _is_title(title: str) -> bool:
    return title[:1].isalnum() and quiet(title)


def _is_new(condition: Condition) -> bool:
    return condition is Condition.NEW


def _is_right_code(gtin: str) -> bool:
    return gtin != "" and sellable_gtin(gtin) == gtin


def _of_offer() -> tuple[Clause, ...]:
    return (
        _WRITE.error("ID-REQUIRED", "o@id", "every offer has an id", lambda item: None if item.id.strip() else "there is none"),
        _WRITE.error(
            "ID-CHARACTERS",
            "o@id",
            "no control characters",
            lambda item: f"{item.id!r} holds control characters" if item.id.strip() and not item.id.isprintable() else None,
        ),
        *[clause for clause in of_title(_WRITE, UNLIMITED, "name") if not clause.rule.id.endswith("LENGTH")],
        _WRITE.error(
            "CONDITION", "o", "goods are new", lambda item: None if item.condition is Condition.NEW else f"it is {item.condition.value}"
        ),
    )


def _of_codes() -> tuple[Clause, ...]:
    missing = _WRITE.warning("GTIN-MISSING", "a@EAN", "offers are matched by EAN", lambda item: None if item.gtin else "there is none")
    return (missing, *of_gtin(_WRITE, "a@EAN"))


def _of_traits() -> tuple[Clause, ...]:
    def category(item: FeedItem) -> str | None:
        return None if item.channel_category.strip() or any(name.strip() for name in item.category_path) else "there is none"

    def group(item: FeedItem) -> str | None:
        given = item.extra.get("ceneo_group", "")
        return None if not given or given in form.GROUPS else f"{given!r} is none of {', '.join(form.GROUPS)}"

    def avail(item: FeedItem) -> str | None:
        given = item.extra.get("ceneo_avail", "")
        return None if not given or given in form.AVAIL_VALUES else f"{given!r} is none of {', '.join(form.AVAIL_VALUES)}"

    def flag(item: FeedItem) -> str | None:
        wrong = [name for name in ("ceneo_basket", "ceneo_set") if item.extra.get(name, "") not in ("", "0", "1")]
        return f"{wrong[0]} is {item.extra[wrong[0]]!r}, must be 0 or 1" if wrong else None

    def unknown(item: FeedItem) -> str | None:
        others = [name for name in item.extra if name not in form.EXTRAS]
        return f"{others[0]!r} is no attribute of any group: it is left out" if others else None

    return (
        _WRITE.warning(
            "BRAND-MISSING", "a@Producent", "offers are matched by maker", lambda item: None if item.brand.strip() else "there is none"
        ),
        _WRITE.error("CATEGORY-REQUIRED", "cat", "every offer has a category", category),
        _WRITE.error("GROUP", "group@name", f"one of {', '.join(form.GROUPS)}", group),
        _WRITE.error("AVAIL", "o@avail", f"one of {', '.join(form.AVAIL_VALUES)}", avail),
        _WRITE.error("FLAG", "o@basket", "0 or 1", flag),
        _WRITE.warning("FIELD-UNKNOWN", "attrs", "an attribute of a group", unknown),
    )
