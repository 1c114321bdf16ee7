"""Empty documents with every field in the order in which wc/v3 prints them."""

from simulators.woocommerce.php_json import Json

_NO_SIZE = {"length": "", "width": "", "height": ""}
_NO_SALE_DATES = {
    "date_on_sale_from": None,
    "date_on_sale_from_gmt": None,
    "date_on_sale_to": None,
    "date_on_sale_to_gmt": None,
}


def _sold(*, on_sale: bool = False) -> Json:
    return {"price": "", "regular_price": "", "sale_price": "", **_NO_SALE_DATES, "on_sale": on_sale}


def _files() -> Json:
    return {"virtual": False, "downloadable": False, "downloads": [], "download_limit": -1, "download_expiry": -1}


def _backorders() -> Json:
    return {"backorders": "no", "backorders_allowed": False, "backordered": False, "low_stock_amount": None}


def product(of: int, created: Json) -> Json:
    return {
        "id": of,
        "name": "",
        "slug": "",
        "permalink": "",
        **created,
        "type": "simple",
        "status": "publish",
        "featured": False,
        "catalog_visibility": "visible",
        "description": "",
        "short_description": "",
        "sku": "",
        **_sold(),
        "purchasable": False,
        "total_sales": 0,
        **_files(),
        "external_url": "",
        "button_text": "",
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": False,
        "stock_quantity": None,
        **_backorders(),
        "sold_individually": False,
        "weight": "",
        "dimensions": dict(_NO_SIZE),
        "shipping_required": True,
        "shipping_taxable": True,
        "shipping_class": "",
        "shipping_class_id": 0,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "parent_id": 0,
        "purchase_note": "",
        "categories": [],
        "brands": [],
        "tags": [],
        "images": [],
        "attributes": [],
        "default_attributes": [],
        "variations": [],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": "",
        "related_ids": [],
        "meta_data": [],
        "stock_status": "instock",
        "has_options": False,
        "post_password": "",
        "global_unique_id": "",
    }


def variation(of: int, parent: int, created: Json) -> Json:
    return {
        "id": of,
        "type": "variation",
        **created,
        "description": "",
        "permalink": "",
        "sku": "",
        "global_unique_id": "",
        **_sold(),
        "status": "publish",
        "purchasable": False,
        **_files(),
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
        **_backorders(),
        "weight": "",
        "dimensions": dict(_NO_SIZE),
        "shipping_class": "",
        "shipping_class_id": 0,
        "image": None,
        "attributes": [],
        "menu_order": 0,
        "meta_data": [],
        "name": "",
        "parent_id": parent,
    }
