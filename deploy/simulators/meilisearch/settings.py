"""An index's settings: the defaults, what may be set, and what each setting means."""

import re
from copy import deepcopy
from typing import Any

from simulators.meilisearch.errors import ApiError, Json

DEFAULTS: Json = {
    "displayedAttributes": ["*"],
    "searchableAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "stopWords": [],
    "nonSeparatorTokens": [],
    "separatorTokens": [],
    "dictionary": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byWord",
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "searchCutoffMs": None,
    "localizedAttributes": None,
    "facetSearch": True,
    "prefixSearch": "indexingTime",
}
_SETS = frozenset({"stopWords", "filterableAttributes", "sortableAttributes"})
_LISTS = frozenset({"displayedAttributes", "searchableAttributes", "rankingRules", *_SETS})
_RULES = frozenset({"words", "typo", "proximity", "attribute", "attributeRank", "wordPosition", "sort", "exactness"})
_CUSTOM = re.compile(r"[\w.\-:]+:(asc|desc)")


def updated(settings: Json, changes: object) -> Json:
    """A setting that is null goes back to its default; objects are changed member by member. Raises ApiError."""
    if not isinstance(changes, dict):
        raise ApiError("bad_request", "Invalid value type: expected an object")
    after = deepcopy(settings)
    for name, value in changes.items():
        if name not in DEFAULTS:
            raise ApiError("bad_request", f"Unknown field `{name}`: expected one of {', '.join(f'`{each}`' for each in DEFAULTS)}")
        _check(name, value)
        after[name] = deepcopy(DEFAULTS[name]) if value is None else _merged(after[name], value, name)
    return after


def names_match(name: str, patterns: list[str]) -> bool:
    """`genre` also names `genre.main`; a star at either end stands for anything."""
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name == pattern or name.startswith(f"{pattern}.")


def _merged(before: Any, value: Any, name: str) -> Any:
    if name == "synonyms" or not isinstance(before, dict):
        return sorted(set(value)) if name in _SETS else deepcopy(value)
    return {**before, **{key: _merged(before.get(key), inner, key) for key, inner in value.items() if inner is not None}}


def _check(name: str, value: object) -> None:
    if value is None:
        return
    if name in _LISTS and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise _wrong(name, f"Invalid value type at `.{name}`: expected an array, but found {type(value).__name__}: `{value}`")
    if name == "rankingRules":
        _check_rules(value)
    if name == "typoTolerance" and isinstance(value, dict):
        sizes = {"oneTypo": 5, "twoTypos": 9, **(value.get("minWordSizeForTypos") or {})}
        if not 0 <= sizes["oneTypo"] <= sizes["twoTypos"] <= 255:
            raise _wrong(name, "`minWordSizeForTypos` setting is invalid. `oneTypo` and `twoTypos` fields should be between `0` and `255`")
    if name == "pagination" and isinstance(value, dict) and not isinstance(value.get("maxTotalHits", 0), int):
        raise _wrong(name, "Invalid value type at `.pagination.maxTotalHits`: expected a positive integer")


def _check_rules(rules: Any) -> None:
    for rule in rules:
        if rule not in _RULES and not _CUSTOM.fullmatch(rule):
            reason = "Valid ranking rules are words, typo, sort, proximity, attribute, exactness and custom ranking rules."
            raise _wrong("rankingRules", f"Invalid value at `.rankingRules`: `{rule}` ranking rule is invalid. {reason}")


def _wrong(name: str, message: str) -> ApiError:
    return ApiError(f"invalid_settings_{re.sub('([A-Z])', lambda match: '_' + match[1].lower(), name)}", message)
