"""Colour, size and their like, found among a product's options and attributes by the names that Polish and English shops give them."""

from collections.abc import Mapping

from feeds.sources import SourceMetafield, SourceOption
from spoina.catalog.labels import fold

TRAITS: Mapping[str, tuple[str, ...]] = {
    "color": ("kolor", "color", "colour", "barwa"),
    "size": ("rozmiar", "size", "wielkosc"),
    "material": ("material", "tkanina", "sklad", "surowiec"),
    "pattern": ("wzor", "pattern", "desen"),
    "gender": ("plec", "gender", "sex"),
    "age_group": ("grupa-wiekowa", "age-group", "wiek"),
    "mpn": ("mpn", "kod-producenta", "numer-katalogowy"),
}
_TRAIT_OF = {name: trait for trait, names in TRAITS.items() for name in names}

_GENDERS = {
    "female": ("damskie", "damska", "damski", "kobieta", "kobiety", "dla niej", "female", "women", "woman"),
    "male": ("meskie", "meska", "meski", "mezczyzna", "mezczyzni", "dla niego", "male", "men", "man"),
    "unisex": ("unisex", "uniseks"),
}
_AGES = {
    "newborn": ("newborn", "noworodek", "noworodki"),
    "infant": ("infant", "niemowle", "niemowleta", "niemowlece"),
    "toddler": ("toddler", "male dzieci"),
    "kids": ("kids", "dziecko", "dzieci", "dzieciece", "dla dzieci"),
    "adult": ("adult", "dorosly", "dorosli", "dla doroslych"),
}
_WORDS = {
    "gender": {word: value for value, words in _GENDERS.items() for word in words},
    "age_group": {word: value for value, words in _AGES.items() for word in words},
}
_MOST_REMEMBERED = 10_000


class Traits:
    """Remembers which names and values it has seen: a shop has few of them, and asks a million times."""

    def __init__(self) -> None:
        self._names: dict[str, str | None] = {}
        self._values: dict[tuple[str, str], str] = {}

    def of_options(self, options: tuple[SourceOption, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for option in options:
            if option.name not in self._names or self._names[option.name] is not None:
                self._add(found, option.name, option.value)
        return found

    def of_attributes(self, fields: tuple[SourceMetafield, ...], attributes: Mapping[str, str]) -> dict[str, str]:
        """`attributes`: the values as texts, by key. Of meta data only a manufacturer's number is taken."""
        found: dict[str, str] = {}
        for key, value in attributes.items():
            self._add(found, key, value)
        for field in fields:
            if field.namespace == "meta" and self._trait(field.key) == "mpn":
                found.setdefault("mpn", field.value)
        return found

    def _add(self, found: dict[str, str], name: str, value: str) -> None:
        trait = self._trait(name)
        if trait is not None and (text := self._value(trait, value)):
            found.setdefault(trait, text)

    def _trait(self, name: str) -> str | None:
        try:
            return self._names[name]
        except KeyError:
            if len(self._names) >= _MOST_REMEMBERED:
                self._names.clear()
            trait = self._names[name] = _TRAIT_OF.get("-".join(fold(name).removeprefix("pa_").replace("_", " ").split()))
            return trait

    def _value(self, trait: str, value: str) -> str:
        """The channels' own words for gender and age group, "" for what is none of them; other traits as they are."""
        words = _WORDS.get(trait)
        if words is None:
            return value
        known = self._values.get((trait, value))
        if known is None:
            if len(self._values) >= _MOST_REMEMBERED:
                self._values.clear()
            known = self._values[trait, value] = words.get(fold(value).strip(), "")
        return known
