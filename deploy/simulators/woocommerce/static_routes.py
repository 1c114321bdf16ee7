"""What the shop only shows."""

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.views import EVERY_METHOD, links


def _listed(call: Call, rows: list[Json]) -> Answer:
    paging = read_paging(call)
    return list_answer(call, list(rows[paging.offset : paging.offset + paging.per_page]), len(rows), paging)


def currency() -> Answer:
    row = recorded("currency")
    return Answer({**row, "_links": links("data/currencies", row["code"], hints=["GET"])})


def customers(call: Call) -> Answer:
    email = call.one("email")
    rows = [row for row in recorded("customers") if email in (None, row["email"])]
    return _listed(call, [{**row, "_links": links("customers", row["id"], hints=EVERY_METHOD)} for row in rows])
