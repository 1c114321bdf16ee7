"""What a person holds to be right: the judged queries, and the products of the demo shop that their criteria name."""

import html
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.php_json import Json

GRADES = (3, 2, 1)
HERE = Path(__file__).parent
_PART = re.compile(r"(?P<no>!?)(?P<field>title|category|brand|tag|attribute|sku|gtin):(?P<value>.+)")


class Article(NamedTuple):
    """What a judge reads of a product in the shop."""

    id: int
    title: str
    categories: frozenset[str]
    """With all those above them."""
    brands: frozenset[str]
    tags: frozenset[str]
    attributes: frozenset[str]
    """`Name=value`."""
    skus: frozenset[str]
    gtins: frozenset[str]


@dataclass(frozen=True)
class Judgement:
    query: str
    kind: str
    grades: Mapping[int, int] = field(hash=False)
    """1 to 3 by product; whatever is not named is 0."""


@cache
def articles() -> tuple[Article, ...]:
    """Everything that a shopper's search may find: published and visible in search."""
    variations: dict[int, list[Json]] = {}
    for variation in recorded("variations"):
        variations.setdefault(variation["parent_id"], []).append(variation)
    found = (product for product in recorded("products") if _may_be_found(product))
    return tuple(_article(product, variations.get(product["id"], [])) for product in found)


@cache
def judgements() -> tuple[Judgement, ...]:
    judged = tomllib.loads((HERE / "judgements.toml").read_text())
    return tuple(_judgement(kind, query, grades) for kind, queries in judged.items() for query, grades in queries.items())


@cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Groups of words that this shop's owner says mean the same."""
    return tuple(tuple(group) for group in tomllib.loads((HERE / "synonyms.toml").read_text())["groups"])


def criteria() -> Iterable[tuple[str, str]]:
    """(query, criterion) of every grade, as written."""
    judged = tomllib.loads((HERE / "judgements.toml").read_text())
    return ((query, one) for queries in judged.values() for query, grades in queries.items() for one in grades.values())


@cache
def named_by(criterion: str) -> frozenset[int]:
    """`|` between alternatives, `&` between what must hold at once."""
    alternatives = [[_condition(part) for part in alternative.split(" & ")] for alternative in _guarded(criterion).split(" | ")]
    return frozenset(article.id for article in articles() if any(all(holds(article) for holds in parts) for parts in alternatives))


def _guarded(criterion: str) -> str:
    """An ampersand inside a name ("Czapki & rękawiczki") does not part two conditions: a condition begins with its field."""
    return re.sub(r" & (?!!?(?:title|category|brand|tag|attribute|sku|gtin):)", " &\N{NO-BREAK SPACE}", criterion)


def _condition(part: str) -> Callable[[Article], bool]:
    match = _PART.fullmatch(part.strip())
    if match is None:
        raise ValueError(f"{part!r} is no condition")
    has = _having(match["field"], match["value"].replace("\N{NO-BREAK SPACE}", " "))
    return (lambda article: not has(article)) if match["no"] else has


def _having(field: str, value: str) -> Callable[[Article], bool]:
    beginning = value.removesuffix("*")
    if field == "title":
        pattern = re.compile(rf"(?<!\w){re.escape(beginning)}" + (r"(?!\w)" if beginning == value else ""))
        return lambda article: pattern.search(article.title) is not None
    names = _NAMES[field]
    if beginning == value:
        return lambda article: value in names(article)
    return lambda article: any(name.startswith(beginning) for name in names(article))


_NAMES: Mapping[str, Callable[[Article], frozenset[str]]] = {
    "category": lambda article: article.categories,
    "brand": lambda article: article.brands,
    "tag": lambda article: article.tags,
    "attribute": lambda article: article.attributes,
    "sku": lambda article: article.skus,
    "gtin": lambda article: article.gtins,
}


def _judgement(kind: str, query: str, grades: Mapping[str, str]) -> Judgement:
    judged: dict[int, int] = {}
    for grade in sorted(map(int, grades)):
        judged |= dict.fromkeys(named_by(grades[str(grade)]), grade)
    return Judgement(query, kind, judged)


def _may_be_found(product: Json) -> bool:
    return product["status"] == "publish" and product["catalog_visibility"] in ("visible", "search")


def _article(product: Json, variations: list[Json]) -> Article:
    sold = [product, *variations]
    return Article(
        id=product["id"],
        title=_text(product["name"]),
        categories=frozenset(name for category in product["categories"] for name in _with_parents(category["id"])),
        brands=frozenset(_text(brand["name"]) for brand in product["brands"]),
        tags=frozenset(_text(tag["name"]) for tag in product["tags"]),
        attributes=frozenset(f"{one['name']}={_text(option)}" for one in product["attributes"] for option in one["options"]),
        skus=frozenset(one["sku"] for one in sold if one["sku"]),
        gtins=frozenset(one["global_unique_id"] for one in sold if one["global_unique_id"]),
    )


@cache
def _categories() -> Mapping[int, Json]:
    return {category["id"]: category for category in recorded("categories")}


def _with_parents(category: int) -> Iterable[str]:
    while category:
        yield _text(_categories()[category]["name"])
        category = _categories()[category]["parent"]


def _text(markup: str) -> str:
    return html.unescape(re.sub(r"</?[a-z]+>", "", markup))
