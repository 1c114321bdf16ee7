"""One index: its documents, its settings, and where every word stands in them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from functools import cached_property

from simulators.meilisearch.errors import ApiError, Json
from simulators.meilisearch.filters import flattened
from simulators.meilisearch.settings import DEFAULTS, names_match
from simulators.meilisearch.words import positioned

_ID = re.compile(r"[\w-]{1,511}", re.ASCII)
Key = int | str


class Contents:
    """What is derived from documents and settings, thrown away whenever either changes."""

    def __init__(self, documents: Mapping[Key, Json], settings: Json) -> None:
        self._documents, self._settings = documents, settings

    @cached_property
    def flat(self) -> dict[Key, dict[str, list[object]]]:
        return {key: flattened(document) for key, document in self._documents.items()}

    @cached_property
    def searchable(self) -> list[str]:
        """In order of importance."""
        wanted: list[str] = self._settings["searchableAttributes"]
        return wanted if wanted != ["*"] else list(dict.fromkeys(name for flat in self.flat.values() for name in flat))

    @cached_property
    def to_the_letter(self) -> frozenset[int]:
        """Places in `searchable` of fields in which typos are not forgiven."""
        exact = self._settings["typoTolerance"]["disableOnAttributes"]
        return frozenset(place for place, name in enumerate(self.searchable) if name in exact)

    @cached_property
    def postings(self) -> dict[str, dict[Key, list[tuple[int, int]]]]:
        """By word and document: (place of the field in `searchable`, position)."""
        found: dict[str, dict[Key, list[tuple[int, int]]]] = {}
        for key, flat in self.flat.items():
            for place, name in enumerate(self.searchable):
                for word, position in positioned(flat.get(name, [])):
                    found.setdefault(word, {}).setdefault(key, []).append((place, position))
        return found

    @cached_property
    def vocabulary(self) -> dict[str, list[str]]:
        """Words by first letter."""
        found: dict[str, list[str]] = {}
        for word in self.postings:
            found.setdefault(word[0], []).append(word)
        return found

    @cached_property
    def remembered(self) -> dict[object, object]:
        """Whatever searches work out about words."""
        return {}


class Collection:
    def __init__(self, uid: str, primary_key: str | None, now: datetime) -> None:
        self.uid, self.primary_key = uid, primary_key
        self.created_at = self.updated_at = now
        self.settings = deepcopy(DEFAULTS)
        self.documents: dict[Key, Json] = {}
        self._contents: Contents | None = None

    @property
    def contents(self) -> Contents:
        if self._contents is None:
            self._contents = Contents(self.documents, self.settings)
        return self._contents

    def touch(self, now: datetime) -> None:
        self.updated_at = now
        self._contents = None

    def add(self, documents: Iterable[Json], primary_key: str | None, now: datetime, *, partial: bool) -> int:
        """All of them or none. Raises ApiError."""
        incoming = list(documents)
        if self.primary_key is None and incoming:
            self.primary_key = primary_key or _inferred(incoming[0])
        elif primary_key is not None and primary_key != self.primary_key:
            raise ApiError(
                "index_primary_key_already_exists", f"Index `{self.uid}`: Index already has a primary key: `{self.primary_key}`."
            )
        keyed = [(self._key(document), document) for document in incoming]
        for key, document in keyed:
            self.documents[key] = {**self.documents.get(key, {}), **document} if partial else document
        self.touch(now)
        return len(incoming)

    def remove(self, keys: Iterable[object], now: datetime) -> int:
        removed = [key for key in map(self.known_key, keys) if self.documents.pop(key, None) is not None]
        self.touch(now)
        return len(removed)

    def known_key(self, written: object) -> Key:
        """Ids in paths and lists come as text; `7` and `"7"` are one document."""
        text = str(written)
        number = int(text) if text.isdecimal() else None
        return number if number is not None and number in self.documents else text

    def shown(self, document: Json, wanted: list[str] | None = None) -> Json:
        """What the displayed attributes, and the ones that were asked for, leave of it."""
        allowed: list[str] = self.settings["displayedAttributes"]
        names = [name for name in document if allowed == ["*"] or names_match(name, allowed)]
        if wanted is not None and wanted != ["*"]:
            names = [name for name in names if name in wanted]
        return {name: document[name] for name in names}

    def is_filterable(self, name: str) -> bool:
        return names_match(name, self.settings["filterableAttributes"])

    def is_sortable(self, name: str) -> bool:
        return names_match(name, self.settings["sortableAttributes"])

    def _key(self, document: Json) -> Key:
        written = document.get(str(self.primary_key))
        if written is None:
            raise ApiError(
                "missing_document_id", f"Index `{self.uid}`: Document doesn't have a `{self.primary_key}` attribute: `{document}`."
            )
        if isinstance(written, bool) or not isinstance(written, int | str) or not _ID.fullmatch(str(written)):
            reason = (
                "A document identifier can be of type integer or string, only composed of alphanumeric characters (a-z A-Z 0-9), -, and _"
            )
            raise ApiError("invalid_document_id", f"Index `{self.uid}`: Document identifier `{written}` is invalid. {reason}")
        return written


def _inferred(document: Json) -> str:
    candidates = [name for name in document if name.lower().endswith("id")]
    if len(candidates) == 1:
        return candidates[0]
    code = "index_primary_key_multiple_candidates_found" if candidates else "index_primary_key_no_candidate_found"
    raise ApiError(code, f"The primary key inference failed as the engine found {len(candidates)} fields ending with `id` in their names.")


def sort_fields(rules: Iterable[object], collection: Collection, code: str) -> Iterator[tuple[str, bool]]:
    """(field, downwards) of `price:asc`. Raises ApiError."""
    for rule in rules:
        name, _, direction = str(rule).rpartition(":")
        if not name or direction not in {"asc", "desc"}:
            raise ApiError(code, f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `{rule}`.")
        if not collection.is_sortable(name):
            available = ", ".join(collection.settings["sortableAttributes"])
            raise ApiError(code, f"Attribute `{name}` is not sortable. Available sortable attributes are: `{available}`.")
        yield name, direction == "desc"
