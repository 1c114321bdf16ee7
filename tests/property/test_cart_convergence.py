"""Any number of devices, offline ones too, end with the same cart: that of the history, replayed one operation after the other.

A device queues what it does while it is offline, sends it later, sends some of it twice, and the network turns requests round. A guest's
cart is merged into it anywhere in between.
"""

from collections import Counter
from collections.abc import Coroutine

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from spoina.cart.merging import MergePolicy, merge
from spoina.cart.operations import AddLines, AnyOperation, Applied, LineChange, NewLine, RemoveLines, SetCoupons, SetLines
from spoina.cart.pricing import Totals
from spoina.cart.rules import apply, codes_in, variants_in
from spoina.cart.types import Cart
from spoina.ids import CartLineId, OperationId, VariantId
from tests.spoina.cart.shopping import BOOK, CUP, LAPTOP, MUG, PHONE, TILL, Shelf, empty_cart, line_id, quantities

DEVICES = (LAPTOP, PHONE, TILL)
VARIANTS = st.sampled_from((MUG, BOOK, CUP))
CODES = st.lists(st.sampled_from(("ten", "five", "nic")), max_size=3, unique=True)


def at_once(coroutine: Coroutine):
    """Of one that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


class Server:
    """The rules with what the writer adds to them: each operation once, in the order of arrival, written down."""

    def __init__(self, shelf: Shelf, cart: Cart) -> None:
        self.worlds, self.totals = shelf.worlds(), Totals()
        self.cart, self.history = cart, []
        self.known: dict[str, AnyOperation] = {}

    def take(self, operation: AnyOperation, device) -> None:
        if operation.id in self.known:
            assert self.known[operation.id] == operation
            return
        done = apply(self.cart, operation, self.world([operation]), device, self.totals)
        self.cart = done.cart
        if isinstance(done.outcome, Applied):
            self.known[operation.id] = operation
            self.history.append((operation, device))

    def take_over(self, guest: Cart) -> None:
        variants = variants_in(guest.state, ()) | variants_in(self.cart.state, ())
        knowledge = at_once(self.worlds.know(variants, codes_in(guest.state, ()) | codes_in(self.cart.state, ())))
        merged = merge(guest, self.cart, MergePolicy.ADD_UP, self.worlds.world(knowledge, LAPTOP.channel), self.totals)
        self.cart = replace(self.cart, version=self.cart.version + 1, state=merged.state)
        self.history.append(guest)

    def world(self, operations):
        knowledge = at_once(self.worlds.know(variants_in(self.cart.state, operations), codes_in(self.cart.state, operations)))
        return self.worlds.world(knowledge, LAPTOP.channel)


class Devices(RuleBasedStateMachine):
    lines = Bundle("lines")

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.shelf.offer("ten", "10")
        self.shelf.offer("five", "5", minimum="60.00")
        self.shelf.stock[CUP] = 10**6
        self.server = Server(self.shelf, empty_cart())
        self.queues: list[list[AnyOperation]] = []
        self.sent: list[tuple[AnyOperation, int]] = []
        self.number = 0
        self.merged = False

    @initialize(devices=st.integers(3, 5))
    def switch_on(self, devices: int) -> None:
        self.queues = [[] for _ in range(devices)]

    def next_id(self) -> OperationId:
        self.number += 1
        return OperationId(f"op-{self.number}")

    def queue(self, device: int, operation: AnyOperation) -> None:
        self.queues[device % len(self.queues)].append(operation)

    @rule(target=lines, device=st.integers(0, 4), variant=VARIANTS, pieces=st.integers(1, 9))
    def add(self, device: int, variant: int, pieces: int) -> CartLineId:
        name = self.next_id()
        line = line_id(self.number)
        self.queue(device, AddLines(id=name, lines=(NewLine(variant=VariantId(variant), quantity=pieces, id=line),)))
        return line

    @rule(device=st.integers(0, 4), line=lines, pieces=st.integers(0, 9))
    def set(self, device: int, line: CartLineId, pieces: int) -> None:
        self.queue(device, SetLines(id=self.next_id(), lines=(LineChange(id=line, quantity=pieces),)))

    @rule(device=st.integers(0, 4), line=lines)
    def remove(self, device: int, line: CartLineId) -> None:
        self.queue(device, RemoveLines(id=self.next_id(), lines=(line,)))

    @rule(device=st.integers(0, 4), codes=CODES)
    def enter(self, device: int, codes: list[str]) -> None:
        self.queue(device, SetCoupons(id=self.next_id(), codes=tuple(codes)))

    @rule(device=st.integers(0, 4), order=st.randoms(use_true_random=False))
    def come_online(self, device: int, order) -> None:
        """The network may turn requests round."""
        at = device % len(self.queues)
        queue, self.queues[at] = self.queues[at], []
        order.shuffle(queue)
        for operation in queue:
            self.server.take(operation, DEVICES[at % 3])
            self.sent.append((operation, at))

    @rule(place=st.integers(0, 10**6))
    def send_again(self, place: int) -> None:
        if self.sent:
            before = self.server.cart
            operation, device = self.sent[place % len(self.sent)]
            known = operation.id in self.server.known
            self.server.take(operation, DEVICES[device % 3])
            assert not known or self.server.cart == before

    @rule(pieces=st.integers(1, 9), variant=VARIANTS)
    def sign_in(self, pieces: int, variant: int) -> None:
        if self.merged:
            return
        self.merged = True
        guest = Server(self.shelf, empty_cart(2))
        guest.take(AddLines(id=OperationId("guest"), lines=(NewLine(variant=VariantId(variant), quantity=pieces),)), PHONE)
        self.server.take_over(guest.cart)

    @invariant()
    def the_cart_is_its_history(self) -> None:
        replayed = Server(self.shelf, empty_cart())
        for entry in self.server.history:
            if isinstance(entry, Cart):
                replayed.take_over(entry)
            else:
                replayed.take(*entry)
        assert replayed.cart == self.server.cart

    @invariant()
    def nothing_that_was_added_is_lost(self) -> None:
        """Only setting and removing make less of it: in a cart that has seen neither, everything is there."""
        entries = [entry for entry in self.server.history if not isinstance(entry, Cart)]
        if any(isinstance(operation, SetLines | RemoveLines) for operation, _ in entries):
            return
        added: Counter[int] = Counter()
        for operation, _ in entries:
            if isinstance(operation, AddLines):
                added.update({line.variant: line.quantity for line in operation.lines})
        for entry in self.server.history:
            if isinstance(entry, Cart):
                added.update(quantities(entry))
        assert quantities(self.server.cart) == dict(added)

    @invariant()
    def names_are_unique_and_removed_ones_dead(self) -> None:
        names = [name for line in self.server.cart.state.lines for name in (line.id, *line.aliases)]
        assert len(names) == len(set(names))
        assert not set(names) & set(self.server.cart.state.removed)
        assert self.server.cart.version == len(self.server.history)


Devices.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TestDevices = Devices.TestCase
