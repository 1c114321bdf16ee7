"""What can be followed."""

import strawberry

from storefront.resolvers import cart_live, order_reads, store_reads
from storefront.types.cart import Cart
from storefront.types.order import Order
from storefront.types.reading import read
from storefront.types.store import AvailabilityUpdate


@strawberry.type
class Subscription:
    cart_changed: Cart = read(
        cart_live.cart_changed,
        description="The cart as it is, then every newer version as soon as it is committed, by whichever device; "
        "those that come faster than they can be told are left out. Ends when the cart was ordered, merged or has expired.",
    )
    order_changed: Order = read(
        order_reads.order_changed,
        description="The order as it is, then as it becomes: when WooCommerce has it (`paymentUrl`), is paid, sent, given back.",
    )
    availability_changed: AvailabilityUpdate = read(
        store_reads.availability_changed,
        description="Follows up to 200 variants, by SKU, GTIN, barcode or id, or all that lies at a location. "
        "Everything first, then changes; those within a tenth of a second come as one.",
    )
