"""Ceneo's offers XML: `offers` of `o`, each in a `group` of its own where the definition names one.

Shape, attributes by group and the meaning of avail follow what Polish shop systems write (dreamcommerce/app-ceneo-xml-exporter "exporter",
100shoppers.com product-feed-xml "100shoppers"): Ceneo's own page needs an account. Attributes that a group does not have are tolerated.
"""

from collections.abc import Callable
from functools import lru_cache

from feeds.formats.blocks import MadeFormat
from feeds.formats.rss import escaped
from feeds.formats.text import one_line, several_lines
from feeds.formats.values import kilograms, sellable_gtin, web_link, whole_name
from feeds.port import Field
from feeds.types import Availability, FeedDefinition, FeedItem
from spoina.money import decimal_text

VERSION = 1

IMAGE_TYPES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
AVAILABILITY = {
    Availability.IN_STOCK: "1",
    Availability.BACKORDER: "90",
    Availability.PREORDER: "110",
    Availability.OUT_OF_STOCK: "99",
}
AVAIL_VALUES = ("1", "3", "7", "14", "90", "99", "110")
GROUPS = {
    "other": ("Producent", "Kod_producenta", "EAN"),
    "grocery": ("Producent", "EAN", "Ilosc"),
    "clothes": ("Producent", "Model", "EAN", "Kolor", "Rozmiar", "Kod_produktu", "Sezon", "Fason", "ProductSetId"),
    "books": ("Autor", "ISBN", "Ilosc_stron", "Wydawnictwo", "Rok_wydania", "Oprawa", "Format", "Spis_tresci", "Fragment"),
    "games": ("Producent", "Kod_producenta", "EAN", "Platforma", "Gatunek"),
    "movies": ("Rezyser", "EAN", "Nosnik", "Wytwornia", "Obsada", "Tytul_oryginalny"),
    "music": ("Wykonawca", "EAN", "Nosnik", "Wytwornia", "Gatunek"),
    "medicines": ("Producent", "BLOZ_12", "BLOZ_7", "Ilosc"),
    "perfumes": ("Producent", "Kod_producenta", "EAN", "Linia", "Rodzaj", "Pojemnosc"),
    "tires": (
        "Producent",
        "SAP",
        "EAN",
        "Model",
        "Szerokosc_opony",
        "Profil",
        "Srednica_kola",
        "Indeks_predkosc",
        "Indeks_nosnosc",
        "Sezon",
    ),
    "rims": ("Producent", "Kod_producenta", "EAN", "Rozmiar", "Rozstaw_srub", "Odsadzenie"),
}
UNGROUPED = ("Producent", "Kod_producenta", "EAN", "Kolor", "Rozmiar", "ProductSetId")
PRIOR_PRICE = "Najnizsza_cena_z_30_dni"
ATTRIBUTES = (*dict.fromkeys(name for names in (UNGROUPED, *GROUPS.values()) for name in names), PRIOR_PRICE)
EXTRAS = ("ceneo_group", "ceneo_avail", "ceneo_basket", "ceneo_set", *ATTRIBUTES)

_KNOWN: dict[str, tuple[tuple[str, ...], Callable[[FeedItem], str]]] = {
    "Producent": (("brand",), lambda item: one_line(item.brand)),
    "Wydawnictwo": (("brand",), lambda item: one_line(item.brand)),
    "Kod_producenta": (("mpn",), lambda item: one_line(item.mpn)),
    "EAN": (("gtin",), lambda item: sellable_gtin(item.gtin)),
    "ISBN": (("gtin",), lambda item: sellable_gtin(item.gtin)),
    "Kolor": (("color",), lambda item: one_line(item.color)),
    "Rozmiar": (("size",), lambda item: one_line(item.size)),
    "Kod_produktu": (("sku",), lambda item: one_line(item.sku)),
    "ProductSetId": (("group_id",), lambda item: whole_name(item.group_id or "")),
    PRIOR_PRICE: (("prior_price", "currency"), lambda item: _amount(item.prior_price, item.currency)),
}

_HEADER = b"""<?xml version="1.0" encoding="UTF-8"?>
<offers xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1">
"""


def ceneo_xml(_definition: FeedDefinition, _title: str) -> MadeFormat:
    return MadeFormat(
        name="ceneo-xml",
        version=VERSION,
        extension="xml",
        media_type="application/xml; charset=utf-8",
        fields=_FIELDS,
        header=_HEADER,
        footer=b"</offers>\n",
        render=render,
    )


def render(item: FeedItem) -> bytes:
    url, extra = escaped_value(web_link(item.link)), item.extra
    offer = (
        f'<o id="{escaped_value(whole_name(item.id))}" url="{url}" price="{_price(item)}" avail="{_avail(item)}"{_further(item)}>\n'
        f"<cat>{_category_text(item.channel_category, item.category_path)}</cat>\n<name>{cdata(_name(item))}</name>\n"
        f"{_images(item.image_link, item.additional_image_links)}{_text(item.description_html or item.description)}"
        f"<attrs>\n{''.join([_attribute(name, value) for name, value in attributes(item)])}</attrs>\n</o>\n"
    )
    if extra and (group := _group(item)):
        return f'<group name="{group}">\n{offer}</group>\n'.encode()
    return offer.encode()


def escaped_value(text: str) -> str:
    text = escaped(text)
    return text.replace('"', "&quot;") if '"' in text else text


def cdata(text: str) -> str:
    """The end of a CDATA section cannot stand in one: it is divided between two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>') if ']]>' in text else text}]]>"


def attributes(item: FeedItem) -> list[tuple[str, str]]:
    """(name, value) of what the item's group has, as far as it is known, and the prior price of what is reduced."""
    names = GROUPS[group] if item.extra and (group := _group(item)) else UNGROUPED
    found = [(name, value) for name in names if (value := attribute(item, name))]
    if item.prior_price is not None:
        found.append((PRIOR_PRICE, attribute(item, PRIOR_PRICE)))
    return found


def attribute(item: FeedItem, name: str) -> str:
    """What the definition says, then what the item has by that meaning, then the product's attribute of that name."""
    if item.extra and (given := item.extra.get(name)):
        return one_line(given)
    known = _KNOWN.get(name)
    if known is not None and (value := known[1](item)):
        return value
    return one_line(item.attributes.get(_slug(name), "")) if item.attributes else ""


@lru_cache(maxsize=256)
def _slug(name: str) -> str:
    return name.lower().replace("_", "-")


def _further(item: FeedItem) -> str:
    """Those attributes of an offer that may be missing."""
    stock, weight = _stock(item), _weight(item)
    rest = ""
    if item.extra:
        basket, bundle = _flag(item, "ceneo_basket"), _flag(item, "ceneo_set")
        rest = (f' set="{bundle}"' if bundle else "") + (f' basket="{basket}"' if basket else "")
    return (f' stock="{stock}"' if stock else "") + (f' weight="{weight}"' if weight else "") + rest


@lru_cache(maxsize=64)
def _images(image_link: str, further_links: tuple[str, ...]) -> str:
    """Remembered for the next variant."""
    main = web_link(image_link) if image_link else ""
    if not main:
        return ""
    further = "".join([f'<i url="{escaped_value(web_link(link))}"/>\n' for link in further_links if link])
    return f'<imgs>\n<main url="{escaped_value(main)}"/>\n{further}</imgs>\n'


@lru_cache(maxsize=64)
def _text(description: str) -> str:
    text = several_lines(description)
    return f"<desc>{cdata(text)}</desc>\n" if text else ""


def _attribute(name: str, value: str) -> str:
    return f'<a name="{name}">{cdata(value)}</a>\n'


def _group(item: FeedItem) -> str:
    group = item.extra.get("ceneo_group", "")
    return group if group in GROUPS else ""


def _price(item: FeedItem) -> str:
    return _amount(item.current_price, item.currency)


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else decimal_text(minor, currency)


def _avail(item: FeedItem) -> str:
    given = item.extra.get("ceneo_avail", "") if item.extra else ""
    return given if given in AVAIL_VALUES else AVAILABILITY[item.availability]


def _stock(item: FeedItem) -> str:
    return "" if item.quantity is None else str(item.quantity)


def _weight(item: FeedItem) -> str:
    return kilograms(item.weight_grams) if item.weight_grams else ""


def _flag(item: FeedItem, name: str) -> str:
    value = item.extra.get(name, "")
    return value if value in ("0", "1") else ""


def _category(item: FeedItem) -> str:
    return _category_of(item.channel_category, item.category_path)


def _category_of(channel_category: str, path: tuple[str, ...]) -> str:
    return one_line(channel_category) or "/".join([one_line(name.replace("/", "-")) for name in path])


@lru_cache(maxsize=1024)
def _category_text(channel_category: str, path: tuple[str, ...]) -> str:
    return cdata(_category_of(channel_category, path))


def _name(item: FeedItem) -> str:
    return one_line(item.title)


def _main_image(item: FeedItem) -> str:
    return web_link(item.image_link) if item.image_link else ""


def _description(item: FeedItem) -> str:
    return several_lines(item.description_html or item.description)


def _attribute_field(name: str) -> Field:
    sources = _KNOWN[name][0] if name in _KNOWN else ("attributes",)
    groups = ", ".join(group for group, names in GROUPS.items() if name in names) or "every group"
    return Field(
        name=f"a@{name}",
        value=lambda item: dict(attributes(item)).get(name, ""),
        sources=("extra", *sources),
        rule=f"the definition's value, otherwise the item's; for {groups} (exporter, CeneoGroup)",
    )


_FIELDS = (
    Field(name="o@id", value=lambda item: whole_name(item.id), sources=("id",), rule="unique and stable (exporter)", required=True),
    Field(name="o@url", value=lambda item: web_link(item.link), sources=("link",), rule="the product's page (exporter)", required=True),
    Field(
        name="o@price",
        value=_price,
        sources=("price", "sale_price", "on_sale", "currency"),
        rule="what is to be paid now, gross PLN, a dot (exporter)",
        required=True,
    ),
    Field(
        name="o@avail",
        value=_avail,
        sources=("extra", "availability"),
        rule="1 within a day, 3, 7, 14 days, 90 on request, 99 see the shop, 110 pre-sale; ceneo_avail decides (100shoppers)",
        required=True,
    ),
    Field(name="o@stock", value=_stock, sources=("quantity",), rule="pieces; for Kup na Ceneo (exporter)"),
    Field(name="o@weight", value=_weight, sources=("weight_grams",), rule="kilograms (exporter)"),
    Field(name="o@set", value=lambda item: _flag(item, "ceneo_set"), sources=("extra",), rule="1 for a set of goods: ceneo_set (exporter)"),
    Field(
        name="o@basket",
        value=lambda item: _flag(item, "ceneo_basket"),
        sources=("extra",),
        rule="1 for Kup na Ceneo: ceneo_basket (exporter)",
    ),
    Field(
        name="group@name",
        value=_group,
        sources=("extra",),
        rule=f"ceneo_group, one of {', '.join(GROUPS)} (exporter, CeneoGroup)",
    ),
    Field(
        name="cat",
        value=_category,
        sources=("channel_category", "category_path"),
        rule="Ceneo's or our path, levels between / (exporter)",
        required=True,
    ),
    Field(name="name", value=_name, sources=("title",), rule="plain text (exporter)", required=True),
    Field(name="imgs/main@url", value=_main_image, sources=("image_link",), rule="the main picture (exporter)", required=True),
    Field(
        name="imgs/i@url",
        value=lambda item: ", ".join([web_link(link) for link in item.additional_image_links if link]) if _main_image(item) else "",
        sources=("image_link", "additional_image_links"),
        rule="further pictures (exporter)",
    ),
    Field(name="desc", value=_description, sources=("description_html", "description"), rule="HTML is taken (exporter)"),
    *(_attribute_field(name) for name in ATTRIBUTES),
)
