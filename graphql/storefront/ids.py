"""Global ids: `gid://spoina/Product/123`. Input may also name the dialect's own authority, `gid://shopify/Product/123`."""

from spoina.errors import InvalidInput

PREFIX = "gid://spoina/"
ACCEPTED = (PREFIX, "gid://shopify/")


def gid(kind: str, key: int | str) -> str:
    return f"{PREFIX}{kind}/{key}"


def read_gid(text: str, field: str = "id") -> tuple[str, int | None]:
    """The kind and its number, None where the key is no number. Raises InvalidInput for what is no global id at all."""
    prefix = next((prefix for prefix in ACCEPTED if text.startswith(prefix)), None)
    kind, _, key = text.removeprefix(prefix or "").partition("?")[0].partition("/")
    if prefix is None or not kind or not key:
        raise InvalidInput(field, f"{text!r} is no global id such as {PREFIX}Product/1")
    return kind, int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None


def number_of(text: str, kind: str, field: str = "id") -> int | None:
    """The number in a global id of that kind, None in one of another kind: there is no such thing."""
    found, number = read_gid(text, field)
    return number if found == kind else None
