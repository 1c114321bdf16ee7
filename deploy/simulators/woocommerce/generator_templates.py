"""Generated documents encoded once, with holes: filling one costs microseconds, encoding a product from scratch ten
times that.

A hole is `<<name>>` inside a text, or a whole value `<<!name>>` that loses its quotation marks.
"""

import re
from datetime import UTC, datetime

from simulators.woocommerce import blanks, pictures
from simulators.woocommerce.php_json import Json, encode
from simulators.woocommerce.views import VariationShape, product_view, variation_view

COLOURS = ("Biały", "Błękit", "Czarny", "Granat", "Rdza", "Zieleń leśna", "Żółty", "Śliwka")
TERMS = (
    [{"id": 54, "name": "Ceramika", "slug": "ceramika"}],
    [{"id": 35, "name": "Latarki i czołówki", "slug": "latarki-i-czolowki"}],
    [{"id": 32, "name": "Namioty i hamaki", "slug": "namioty-i-hamaki"}],
    [{"id": 37, "name": "Odzież", "slug": "odziez"}, {"id": 47, "name": "Buty", "slug": "buty"}],
    [{"id": 49, "name": "Dom i kuchnia", "slug": "dom-i-kuchnia"}],
    [{"id": 26, "name": "Młotki i siekiery", "slug": "mlotki-i-siekiery"}],
)
_CREATED = {
    "date_created": "<<local>>",
    "date_created_gmt": "<<gmt>>",
    "date_modified": "<<local>>",
    "date_modified_gmt": "<<gmt>>",
}
_DESCRIPTION = (
    "<p>Zrobione tak, żeby służyło latami, a nie jeden sezon. <em><<name>></em> to wybór dla tych, którzy lubią "
    "spokój pracy &amp; porządek.</p>\n<ul>\n<li>porządne materiały</li>\n<li>części zamienne przez 5 lat</li>\n"
    "</ul>\n<p>Nie wymaga konserwacji – wystarczy opłukać wodą.</p>\n"
)
_AMOUNT = (
    '<span class="woocommerce-Price-amount amount"{}><bdi>{}&nbsp;'
    '<span class="woocommerce-Price-currencySymbol">&#122;&#322;</span></bdi></span>'
)
_HOLE = re.compile(rb'"<<!(\w+)>>"|<<(\w+)>>|\{(origin|site)\}')
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class Template:
    def __init__(self, view: Json) -> None:
        escaped = encode(view).replace(b"%", b"%%")
        self._encoded = _HOLE.sub(lambda hole: b"%%(%b)b" % (hole[1] or hole[2] or hole[3]), escaped)

    def fill(self, values: dict[bytes, bytes]) -> bytes:
        return self._encoded % values


def _product(images: int) -> Json:
    document = blanks.product(0, _CREATED)
    document |= {
        "id": "<<!id>>",
        "name": "<<name>>",
        "slug": "produkt-<<id>>",
        "permalink": "{origin}/product/produkt-<<id>>/",
        "description": _DESCRIPTION,
        "short_description": "<p>Porządne materiały. Części zamienne przez 5 lat.</p>\n",
        "sku": "<<sku>>",
        "price": "<<regular>>",
        "purchasable": True,
        "weight": "0.5",
        "dimensions": {"length": "20", "width": "15", "height": "10"},
        "categories": "<<!terms>>",
        "related_ids": "<<!related>>",
        "images": [_image("<<id>>", place) for place in range(images)],
        "stock_status": "<<stock_status>>",
        "meta_data": [{"id": "<<!id>>", "key": "_kod_dostawcy", "value": "D<<id>>"}],
    }
    return document


def _image(of: str, place: int) -> Json:
    image = pictures.image(0, place, "<<sku>>", "<<sku>>", "<<local>>", "<<gmt>>")
    for field in ("src", "srcset", "thumbnail"):
        image[field] = image[field].replace("product-0-", f"product-{of}-")
    return {**image, "id": f"<<!image_{place}>>"}


def _simple(images: int) -> Json:
    stock = {"manage_stock": True, "stock_quantity": "<<!stock>>"}
    return {**_product(images), **stock, "regular_price": "<<regular>>", "global_unique_id": "<<gtin>>"}


def product_template(images: int) -> Template:
    view = product_view(_simple(images), _ANY_TIME)
    view["price_html"] = _AMOUNT.format("", "<<regular_shown>>")
    view["_links"] = _with_holes(view["_links"])
    return Template(view)


def sale_template(images: int) -> Template:
    view = product_view(_simple(images), _ANY_TIME)
    view |= {"price": "<<sale>>", "sale_price": "<<sale>>", "on_sale": True}
    currency = "&nbsp;&#122;&#322;"
    view["price_html"] = (
        f'<del aria-hidden="true">{_AMOUNT.format("", "<<regular_shown>>")}</del> '
        f'<span class="screen-reader-text">Original price was: <<regular_shown>>{currency}.</span>'
        f'<ins aria-hidden="true">{_AMOUNT.format("", "<<sale_shown>>")}</ins>'
        f'<span class="screen-reader-text">Current price is: <<sale_shown>>{currency}.</span>'
    )
    view["_links"] = _with_holes(view["_links"])
    return Template(view)


def variable_template(images: int) -> Template:
    colour = {"id": 2, "name": "Kolor", "slug": "pa_kolor", "position": 0, "visible": True, "variation": True}
    document = _product(images) | {
        "type": "variable",
        "attributes": [{**colour, "options": "<<!colours>>"}],
        "variations": "<<!variations>>",
        "has_options": True,
    }
    view = product_view(document, _ANY_TIME)
    hidden, currency = ' aria-hidden="true"', "&nbsp;&#122;&#322;"
    view["price_html"] = (
        f'{_AMOUNT.format(hidden, "<<regular_shown>>")} <span aria-hidden="true">&ndash;</span> '
        f'{_AMOUNT.format(hidden, "<<highest_shown>>")}<span class="screen-reader-text">Price range: '
        f"<<regular_shown>>{currency} through <<highest_shown>>{currency}</span>"
    )
    view["_links"] = _with_holes(view["_links"])
    return Template(view)


def variation_template(shape: VariationShape) -> Template:
    document = blanks.variation(0, 0, _CREATED)
    document |= {
        "id": "<<!id>>",
        "permalink": "{origin}/product/produkt-<<parent>>/?attribute_pa_kolor=<<place>>",
        "sku": "<<sku>>",
        "global_unique_id": "<<gtin>>",
        "price": "<<regular>>",
        "regular_price": "<<regular>>",
        "purchasable": True,
        "manage_stock": True,
        "stock_quantity": "<<!stock>>",
        "stock_status": "<<stock_status>>",
        "weight": "0.5",
        "dimensions": {"length": "20", "width": "15", "height": "10"},
        "image": _image("<<id>>", 0),
        "attributes": [{"id": 2, "name": "Kolor", "slug": "pa_kolor", "option": "<<colour>>"}],
        "name": "<<colour>>",
        "parent_id": "<<!parent>>",
    }
    view = variation_view(document, shape, _ANY_TIME)
    view["_links"] = _with_holes(view["_links"])
    return Template(view)


def _with_holes(links: Json) -> Json:
    """Addresses were made from whole-value holes, which inside a text are written without the mark."""
    return {rel: [{**link, "href": link["href"].replace("<<!", "<<")} for link in targets] for rel, targets in links.items()}
