"""Feed files read back with parsers that are not ours: what each item says, by the names of its fields."""

import csv
import io
import json

from lxml import etree

from feeds.formats import FORMATS
from feeds.port import Format
from feeds.types import FeedItem
from tests.feeds.sound_items import definition

G = "{http://base.google.com/ns/1.0}"

Row = dict[str, str]


def made(form: str, **more: object) -> Format:
    return FORMATS[form](definition(form, **more), "Sklep Kowalski & Syn")


def file_of(form: Format, items: list[FeedItem]) -> bytes:
    return form.header + b"".join(form.render(item) for item in items) + form.footer


def read(form: Format, body: bytes) -> list[Row]:
    """Only fields that have a value."""
    if form.name == "ceneo-xml":
        rows = [ceneo_row(offer) for offer in etree.fromstring(body).iter("o")]
        return [{name: text for name, text in row.items() if text} for row in rows]
    match form.extension:
        case "xml":
            return [rss_row(item) for item in etree.fromstring(body).iter("item")]
        case "csv" | "tsv":
            return table_rows(body, "," if form.extension == "csv" else "\t")
    raise AssertionError(form.extension)


def table_rows(body: bytes, delimiter: str) -> list[Row]:
    names, *rows = csv.reader(io.StringIO(body.decode(), newline=""), delimiter=delimiter, strict=True)
    assert all(len(row) == len(names) for row in rows)
    return [{name: text for name, text in zip(names, row, strict=True) if text} for row in rows]


def rss_row(item: etree._Element) -> Row:
    found: dict[str, list[str]] = {}
    for element in item:
        name = f"g:{etree.QName(element).localname}"
        assert element.tag.startswith(G)
        found.setdefault(name, []).append(parts_of(element) if len(element) else element.text or "")
    return {name: ", ".join(texts) for name, texts in found.items()}


def parts_of(element: etree._Element) -> str:
    """Nested elements as the text in which fields tell them."""
    texts = {etree.QName(part).localname: part.text or "" for part in element}
    if etree.QName(element).localname == "shipping":
        return ":".join(texts.get(name, "") for name in ("country", "region", "service", "price"))
    return ":".join(texts.values())


def ceneo_row(offer: etree._Element) -> Row:
    row = {f"o@{name}": text for name, text in offer.attrib.items()}
    row |= {f"a@{element.get('name')}": element.text or "" for element in offer.findall("attrs/a")}
    row |= {name: element.text or "" for name in ("cat", "name", "desc") if (element := offer.find(name)) is not None}
    if (main := offer.find("imgs/main")) is not None:
        row["imgs/main@url"] = main.get("url", "")
    if further := [each.get("url", "") for each in offer.findall("imgs/i")]:
        row["imgs/i@url"] = ", ".join(further)
    parent = offer.getparent()
    return row | ({"group@name": parent.get("name", "")} if parent is not None and parent.tag == "group" else {})


def told(form: Format, item: FeedItem) -> Row:
    """What the fields say of themselves."""
    return {field.name: text for field in form.fields if (text := field.value(item))}


def document(form: Format, item: FeedItem) -> dict:
    line = form.render(item)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)
