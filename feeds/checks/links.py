"""Addresses of pages and pictures."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from feeds.checks.limits import Limits
from feeds.checks.rules import Clause, Judge, Section, Sound, Writer
from feeds.formats.values import web_link
from feeds.types import FeedItem

_PICTURES = (".svg", ".heic", ".avif", ".pdf", ".psd", ".eps", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".png", ".jpg", ".jpeg")
"""Endings that say what a file is; of any other a channel has to look."""

Read = Callable[[FeedItem], str]


def links(limits: Limits, base_url: str, *, shown_link: Callable[[str], str] = web_link) -> Section:
    """`shown_link`: what the format makes of a link."""
    write = Writer(limits.prefix, limits.source)
    clauses = (
        *of_link(write, limits.link, base_url, shown_link),
        *of_image(write, limits.image_link, limits.image_types),
        *of_images(write, limits.images),
    )
    return Section(sound_links(limits, base_url), clauses)


def sound_links(limits: Limits, base_url: str) -> tuple[Sound, ...]:
    below, types = f"{_origin(base_url)}/", limits.image_types
    longest_link, longest_image, most = limits.link, limits.image_link, limits.images
    encrypted = below.startswith("https://")

    def is_page(link: str) -> bool:
        return encrypted and link.startswith(below) and len(link) <= longest_link and link.isascii()

    def is_picture(image_link: str) -> bool:
        return (
            image_link.startswith("https://")
            and image_link.endswith(types)
            and len(image_link) <= longest_image
            and image_link.isascii()
            and image_link[8].isalnum()
            and "[" not in image_link
            and "@" not in image_link
        )

    def are_pictures(additional_image_links: tuple[str, ...]) -> bool:
        return not additional_image_links or (len(additional_image_links) <= most and all_absolute(additional_image_links))

    return is_page, is_picture, are_pictures


def of_link(write: Writer, most: int, base_url: str, shown_link: Callable[[str], str], field: str = "link") -> tuple[Clause, ...]:
    host = _host(base_url)

    def domain(item: FeedItem) -> str | None:
        its = _host(item.link)
        return f"{item.link!r} does not stand on {host}, the shop's own domain" if its and its != host else None

    return (
        *_address(write, "LINK", field, lambda item: item.link, most, shown_link),
        write.warning("LINK-DOMAIN", field, "on the verified domain", domain),
    )


def of_image(write: Writer, most: int, types: tuple[str, ...], field: str = "image_link") -> tuple[Clause, ...]:
    def kind(item: FeedItem) -> str | None:
        path = _path(item.image_link).lower()
        if not path.endswith(_PICTURES) or path.endswith(types):
            return None
        return f"{item.image_link!r} is none of {', '.join(types)}"

    return (
        *_address(write, "IMAGE", field, lambda item: item.image_link, most, web_link),
        write.error("IMAGE-TYPE", field, f"one of {', '.join(types)}", kind),
    )


def of_images(write: Writer, most: int, field: str = "additional_image_link") -> tuple[Clause, ...]:
    def broken(item: FeedItem) -> str | None:
        wrong = [link for link in item.additional_image_links if not _host(link)]
        return f"{wrong[0]!r} is no absolute web address" if wrong else None

    def many(item: FeedItem) -> str | None:
        count = len(item.additional_image_links)
        return f"{count}, at most {most}: the others are left out" if count > most else None

    return (
        write.warning("IMAGES-COUNT", field, f"at most {most} further pictures", many),
        write.warning("IMAGES-ABSOLUTE", field, "absolute web addresses", broken),
    )


def _address(write: Writer, name: str, field: str, read: Read, most: int, shown: Callable[[str], str]) -> tuple[Clause, ...]:
    return (
        write.error(f"{name}-REQUIRED", field, "an item cannot do without", lambda item: None if read(item).strip() else "there is none"),
        write.error(f"{name}-ABSOLUTE", field, "an absolute web address", _absolute(read)),
        write.warning(
            f"{name}-HTTPS",
            field,
            "over https",
            lambda item: f"{read(item)!r} is not encrypted" if read(item).strip().lower().startswith("http://") else None,
        ),
        write.error(
            f"{name}-LENGTH",
            field,
            f"at most {most} characters",
            lambda item: f"{length} characters, at most {most}" if (length := len(shown(read(item)))) > most else None,
        ),
    )


def all_absolute(links: Sequence[str]) -> bool:
    """Surely."""
    for link in links:  # noqa: SIM110 - a generator takes five times as long for two links
        if not link.startswith("https://") or not link[8:9].isalnum() or "[" in link or "@" in link:
            return False
    return True


def _absolute(read: Read) -> Judge:
    def judge(item: FeedItem) -> str | None:
        link = read(item)
        return None if not link.strip() or _host(link) else f"{link!r} is no absolute web address"

    return judge


def _host(link: str) -> str:
    """ "" for what is no absolute web address."""
    try:
        parts = urlsplit(link.strip())
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _path(link: str) -> str:
    try:
        return urlsplit(link.strip()).path
    except ValueError:
        return ""
