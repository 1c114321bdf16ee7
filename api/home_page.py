"""The page at the bare address, for who opens it in a browser: what this is, whether it stands, and where to go on.

Everybody may see it, so it says nothing that /health/ready does not say.
"""

from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from api.pages import page
from api.rest.health import Check, Readiness, State

_POLISH = {
    "lead": "Jeden koszyk, jeden stan magazynu i jeden katalog dla wszystkich kanałów sklepu. Tu odpowiada API; sklep ma własny adres.",
    "onward": "Dokąd dalej",
    "ok": "Wszystko działa",
    "ok more": "Spoina odpowiada na zapytania.",
    "degraded": "Działa, ale nie w pełni",
    "degraded more": "Spoina odpowiada na zapytania, na niektóre wolniej albo później.",
    "down": "Nie działa",
    "down more": "Spoina nie może teraz odpowiadać na zapytania.",
    "fine": "w porządku",
    "postgresql": "Baza danych",
    "postgresql failed": "Nie odpowiada. Bez niej nie działa nic; gdy wróci, wszystko ruszy samo.",
    "migrations": "Tabele bazy danych",
    "migrations failed": "Są starsze niż ten program i trzeba je zaktualizować.",
    "redis": "Redis",
    "redis failed": "Nie odpowiada. Limity zapytań każdy proces liczy teraz osobno.",
    "listener": "Powiadomienia o zmianach",
    "listener failed": "Nie dochodzą. Dopóki nie wrócą, wszystko jest czytane wprost z bazy danych, wolniej.",
    "search": "Wyszukiwarka",
    "search failed": "Nie może teraz odpowiadać. Listy produktów działają, bez filtrów.",
    "docs": "wszystkie adresy API, dla programistów",
    "schema": "schemat, dla programistów",
    "graphql": "zadaj zapytanie",
    "demo": "sklep, telefon i kasa obok siebie",
    "health": "ten sam stan dla programów",
    "Demo": "Demo",
    "Schema": "Schemat GraphQL",
    "Health": "Stan",
}
_ENGLISH = {
    "lead": "One cart, one stock and one catalogue for all channels of a shop. Here answers the API; the shop has its own address.",
    "onward": "Where to go on",
    "ok": "Everything works",
    "ok more": "Spoina answers requests.",
    "degraded": "Works, but not in full",
    "degraded more": "Spoina answers requests, some of them slower or later.",
    "down": "Out of service",
    "down more": "Spoina cannot answer requests just now.",
    "fine": "fine",
    "postgresql": "Database",
    "postgresql failed": "Does not answer. Nothing works without it; when it is back, everything goes on by itself.",
    "migrations": "Database tables",
    "migrations failed": "Are older than this program and have to be brought up to date.",
    "redis": "Redis",
    "redis failed": "Does not answer. Each process counts limits by itself for now.",
    "listener": "News of changes",
    "listener failed": "Do not arrive. Until they do, everything is read from the database itself, more slowly.",
    "search": "Search",
    "search failed": "Cannot answer just now. Listings work, without filters.",
    "docs": "all routes of the API, for developers",
    "schema": "the schema, for developers",
    "graphql": "ask a query",
    "demo": "a shop, a phone and a till side by side",
    "health": "the same for programs",
    "Demo": "Demo",
    "Schema": "GraphQL schema",
    "Health": "Health",
}
_LANGUAGES = {"pl": _POLISH, "en": _ENGLISH}

Words = Mapping[str, str]


def home_page(readiness: Readiness, accept_language: str, *, query_page: bool, demo: bool) -> bytes:
    """`query_page`, `demo`: whether there are such pages."""
    language = _language(accept_language)
    words = _LANGUAGES[language]
    parts = {
        "language": language,
        "lead": escape(words["lead"]),
        "state": readiness.state.value,
        "headline": escape(words[readiness.state.value]),
        "meaning": escape(words[f"{readiness.state.value} more"]),
        "checks": "".join(_check(each, words) for each in readiness.checks),
        "onward": escape(words["onward"]),
        "links": _links(words, query_page=query_page, demo=demo),
    }
    return Template(page("home").body.decode()).substitute(parts).encode()


def home_headers() -> dict[str, str]:
    return {**page("home").headers, "cache-control": "no-store", "vary": "accept, accept-language", "x-robots-tag": "noindex"}


def _language(accepted: str) -> str:
    """The first of ours: browsers name them in the order of their weights."""
    asked = (each.partition(";")[0].strip().lower().partition("-")[0] for each in accepted.split(","))
    return next((each for each in asked if each in _LANGUAGES), "en")


def _check(check: Check, words: Words) -> str:
    """Its detail as /health/ready says it, for whoever is asked to help."""
    says = words["fine" if check.state is State.OK else f"{check.name} failed"]
    detail = f'<code lang="en">{escape(check.detail)}</code>' if check.detail else ""
    return f'<li class="{check.state.value}"><strong>{escape(words[check.name])}</strong><span>{escape(says)}</span>{detail}</li>'


def _links(words: Words, *, query_page: bool, demo: bool) -> str:
    links: Sequence[tuple[str, str, str, bool]] = (
        ("/demo", words["Demo"], words["demo"], demo),
        ("/docs", "REST", words["docs"], True),
        ("/graphql", "GraphQL", words["graphql"], query_page),
        ("/docs/schema.graphql", words["Schema"], words["schema"], True),
        ("/health/ready", words["Health"], words["health"], True),
    )
    return "".join(f'<a href="{path}"><strong>{escape(name)}</strong>{escape(says)}</a>' for path, name, says, there in links if there)
