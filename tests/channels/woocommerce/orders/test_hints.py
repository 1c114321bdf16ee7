"""What deliveries about orders and customers make us read again."""

import pytest

from channels.woocommerce.webhooks import OrderHint, order_hints
from spoina.errors import InvalidInput
from spoina.orders.types import TaskKind

GONE = b'{"code":"woocommerce_rest_shop_order_invalid_id","message":"Invalid ID.","data":{"status":404}}'


@pytest.mark.parametrize(
    ("case", "topic", "body", "expected"),
    [
        ("an order was made", "order.created", b'{"id":959,"status":"processing"}', (959, TaskKind.READ)),
        ("an order was changed", "order.updated", b'{"id":959,"parent_id":0}', (959, TaskKind.READ)),
        ("an order went to the trash", "order.deleted", b'{"id":959}', (959, TaskKind.READ)),
        ("it was gone when it was told", "order.updated", GONE, None),
        ("a customer", "customer.updated", b'{"id":10,"email":"nowa@example.test"}', (10, TaskKind.CUSTOMER)),
        ("a product is none of these", "product.updated", b'{"id":10}', None),
        ("a coupon neither", "coupon.deleted", b'{"id":10}', None),
    ],
)
def test_a_delivery_names_what_to_read(case: str, topic: str, body: bytes, expected: tuple[int, TaskKind] | None):
    event = topic.partition(".")[2]
    assert order_hints(topic, body) == (() if expected is None else (OrderHint(expected[0], f"webhook {event}", expected[1]),))


def test_a_body_that_is_no_order_is_refused():
    with pytest.raises(InvalidInput, match=r"^body: is not order in JSON"):
        order_hints("order.updated", b"[]")
