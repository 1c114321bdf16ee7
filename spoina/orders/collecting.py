"""What becomes of an order by what a till does with its pickup: the customer is told the code, the shop that the order is completed."""

from collections.abc import Callable
from uuid import UUID

from spoina.clock import Clock
from spoina.db import Connection
from spoina.ids import LocationId, OrderId
from spoina.orders import outbox, sql
from spoina.orders.alerts import raise_alert
from spoina.orders.rules import SHOP_STATUS, may_follow
from spoina.orders.service import Orders
from spoina.orders.types import AlertKind, OrderState, TaskKind

READY = "ready to be collected"
_POLISH = "Zamówienie czeka na odbiór: {place}. Kod odbioru: {code}"
_ENGLISH = "Your order is ready to be collected: {place}. The code: {code}"
_PLACE = "select location.name, location.address, shop.language from location left join shop on true where location.id = $1"


class CollectedOrders:
    """The order desk of the tills (spoina.pos.pickups.OrderDesk)."""

    def __init__(self, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._clock, self._new_id = clock, new_id

    async def ready(self, db: Connection, order: OrderId, place: LocationId, code: str) -> None:
        """Told by a note for the customer, which WooCommerce mails: most customers have no other way to hear of it."""
        now = self._clock()
        row = await db.fetchrow(_PLACE, place)
        name, address, language = row or ("", "", "")
        words = _POLISH if (language or "").startswith("pl") else _ENGLISH
        text = words.format(place=", ".join(filter(None, (name, address))), code=f"{code[:4]}-{code[4:]}")
        await outbox.add(db, TaskKind.NOTE, order, now, body=f"customer:{text}")
        await sql.note_history(db, order, now, actor="till", event=READY, note=name)

    async def collected(self, db: Connection, order: OrderId, by: str) -> None:
        orders = Orders(db, self._clock, self._new_id)
        if may_follow((await orders.find(order)).state, OrderState.COMPLETED):
            await orders.change_status(order, SHOP_STATUS[OrderState.COMPLETED], actor=by, note="collected")

    async def cancelled(self, db: Connection, order: OrderId, by: str) -> None:
        """Goods and money are the order's: whoever looks after orders decides about them."""
        note = f"{by} cancelled its pickup at the till: cancel the order, or say where else it is collected"
        await raise_alert(db, order, AlertKind.PICKUP, note, self._clock())
