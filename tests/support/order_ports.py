"""The world outside the orders system, in memory: as strict as the real one, with knobs for faults."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from workflows.orders.models import Address, ReservedLine
from workflows.orders.policy import OrderPolicy
from workflows.orders.ports import (
    CaptureConflictError,
    CaptureRefusedError,
    OrderPorts,
    OutOfStockError,
    ReservationEndedError,
    UnknownSkuError,
)
from workflows.shared.money import format_money

MOST_UNLUCKY = 3


class Faults:
    """Makes calls fail, before they have an effect or after it, when only the answer gets lost."""

    def __init__(self) -> None:
        self._down: set[str] = set()
        self._to_lose: Counter[str] = Counter()
        self.flaky: random.Random | None = None
        """When set, one call in five fails, half of them after their effect, but not more than three in a row."""
        self._unlucky: Counter[str] = Counter()
        self._to_be_late: set[str] = set()
        self._late: dict[str, Callable[[], Awaitable[object]]] = {}
        self.calls: Counter[str] = Counter()

    def down(self, *names: str) -> None:
        """Let every call fail until :meth:`up`."""
        self._down.update(names)

    def up(self, *names: str) -> None:
        """Let calls work again."""
        self._down.difference_update(names)

    def lose_answers(self, name: str, count: int) -> None:
        """Let the next calls have their effect and fail all the same."""
        self._to_lose[name] += count

    def be_late(self, name: str) -> None:
        """Let the next call fail as one that was not answered in time, and have its effect at :meth:`arrive`."""
        self._to_be_late.add(name)

    def waits_for(self, name: str) -> bool:
        """Return whether the call that is to be late has not come yet."""
        return name in self._to_be_late

    async def arrive(self, name: str) -> None:
        """Let what is late have its effect now; nobody hears its answer."""
        with suppress(OutOfStockError, ReservationEndedError):
            await self._late.pop(name)()

    def on_its_way(self, name: str, call: Callable[[], Awaitable[object]]) -> None:
        """Fail if the call is to be late."""
        if name in self._to_be_late:
            self._to_be_late.remove(name)
            self._late[name] = call
            raise TimeoutError(f"no answer to {name} in time")

    def before(self, name: str) -> None:
        """Fail before the effect, if that is wanted."""
        self.calls[name] += 1
        if name in self._down or self._unlucky_now(name):
            raise ConnectionError(f"{name} is down")

    def after(self, name: str) -> None:
        """Fail after the effect, if that is wanted."""
        if self._to_lose[name] > 0:
            self._to_lose[name] -= 1
            raise ConnectionError(f"the answer to {name} got lost")
        if self._unlucky_now(name):
            raise ConnectionError(f"the answer to {name} got lost")
        self._unlucky[name] = 0

    def _unlucky_now(self, name: str) -> bool:
        if self.flaky is None or self._unlucky[name] >= MOST_UNLUCKY or self.flaky.random() >= 1 / 10:
            return False
        self._unlucky[name] += 1
        return True


class World:
    """Stock, ledger, carrier and mail of one test."""

    def __init__(self, stock: dict[str, int], policy: OrderPolicy) -> None:
        self.faults = Faults()
        self.inventory = MemoryInventory(stock, self.faults)
        self.payments = MemoryPayments(self.faults)
        self.warehouse = MemoryWarehouse(self.faults)
        self.carrier = MemoryCarrier(self.faults)
        self.mailer = MemoryMailer(self.faults)
        self.ports = OrderPorts(
            inventory=self.inventory,
            payments=self.payments,
            warehouse=self.warehouse,
            carrier=self.carrier,
            mailer=self.mailer,
            policy=policy,
        )


class MemoryInventory:
    """Counts pieces: available, held and consumed always add up to what there was."""

    def __init__(self, stock: dict[str, int], faults: Faults) -> None:
        self.available = Counter(stock)
        self._known = frozenset(stock)
        self._total = sum(stock.values())
        self._faults = faults
        self.reservations: dict[str, tuple[str, list[ReservedLine]]] = {}
        self.line_releases: dict[str, tuple[str, list[ReservedLine]]] = {}

    def count(self, status: str) -> int:
        """Return how many pieces are in reservations with that status."""
        return sum(line.quantity for state, lines in self.reservations.values() if state == status for line in lines)

    def assert_adds_up(self) -> None:
        """Fail if a piece appeared or vanished."""
        assert self.available.total() + self.count("held") + self.count("consumed") == self._total
        assert min(self.available.values()) >= 0

    async def reserve(self, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Set all lines aside, or none."""
        self._faults.on_its_way("reserve", partial(self.reserve, reservation_id, lines))
        self._faults.before("reserve")
        if reservation_id not in self.reservations:
            self._check(lines)
            self.available.subtract({line.sku: line.quantity for line in lines})
            self.reservations[reservation_id] = ("held", list(lines))
        elif self.reservations[reservation_id][0] != "held":
            raise ReservationEndedError(reservation_id)
        self._faults.after("reserve")

    async def reserve_available(self, reservation_id: str, lines: Sequence[ReservedLine]) -> list[ReservedLine]:
        """Set aside what there is."""
        self._faults.on_its_way("reserve", partial(self.reserve_available, reservation_id, lines))
        self._faults.before("reserve")
        assert len({line.sku for line in lines}) == len(lines), "a SKU is named twice"
        if reservation_id not in self.reservations:
            for line in lines:
                if line.sku not in self._known:
                    raise UnknownSkuError(line.sku)
            there = {line.sku: min(line.quantity, self.available[line.sku]) for line in lines}
            held = [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in there.items() if quantity]
            if held:
                self.available.subtract(there)
                self.reservations[reservation_id] = ("held", held)
        status, holds = self.reservations.get(reservation_id, ("held", []))
        if status != "held":
            raise ReservationEndedError(reservation_id)
        self._faults.after("reserve")
        return holds

    def restock_shelf(self, sku: str, quantity: int) -> None:
        """Let new pieces come in."""
        self.available[sku] += quantity
        self._total += quantity

    def _check(self, lines: Sequence[ReservedLine]) -> None:
        assert len({line.sku for line in lines}) == len(lines), "a SKU is named twice"
        for line in lines:
            if line.sku not in self._known:
                raise UnknownSkuError(line.sku)
            if self.available[line.sku] < line.quantity:
                raise OutOfStockError(line.sku, wanted=line.quantity, available=self.available[line.sku])

    async def release(self, reservation_id: str) -> None:
        """Put held pieces back; an unknown reservation can then not be made."""
        self._faults.before("release")
        status, lines = self.reservations.get(reservation_id, ("unknown", []))
        if status in ("held", "unknown"):
            self._put_back(reservation_id, lines)
        self._faults.after("release")

    async def consume(self, reservation_id: str) -> None:
        """Book held pieces out."""
        self._faults.before("consume")
        status, lines = self.reservations[reservation_id]
        if status == "held":
            self.reservations[reservation_id] = ("consumed", lines)
        self._faults.after("consume")

    async def restock(self, reservation_id: str) -> None:
        """Put consumed pieces back."""
        self._faults.before("restock")
        status, lines = self.reservations[reservation_id]
        if status == "consumed":
            self._put_back(reservation_id, lines)
        self._faults.after("restock")

    async def release_lines(self, release_key: str, reservation_id: str, lines: Sequence[ReservedLine]) -> None:
        """Put some pieces of a reservation back once."""
        self._faults.before("release_lines")
        known = self.line_releases.get(release_key)
        assert known in (None, (reservation_id, list(lines))), "a known key for another release"
        status, held = self.reservations[reservation_id]
        if known is None and status != "released":
            left = Counter({line.sku: line.quantity for line in held})
            left.subtract({line.sku: line.quantity for line in lines})
            assert min(left.values()) >= 0, "more is put back than was set aside"
            self.available.update({line.sku: line.quantity for line in lines})
            rest = [ReservedLine(sku=sku, quantity=quantity) for sku, quantity in left.items() if quantity]
            self.reservations[reservation_id] = (status if rest else "released", rest)
        self.line_releases[release_key] = (reservation_id, list(lines))
        self._faults.after("release_lines")

    def _put_back(self, reservation_id: str, lines: list[ReservedLine]) -> None:
        self.available.update({line.sku: line.quantity for line in lines})
        self.reservations[reservation_id] = ("released", lines)


def _in_words(capture: tuple[str, int, str]) -> str:
    order_id, amount, currency = capture
    return f"{format_money(amount, currency)} for order {order_id}"


class MemoryPayments:
    """The ledger: a capture once for each payment, a refund once for each key, never more back than came."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.captures: dict[str, tuple[str, int, str]] = {}
        self.processing: set[str] = set()
        """IDs of payments that are not captured yet."""
        self.refunds: dict[str, tuple[str, int, str]] = {}
        self._references: dict[str, str] = {}

    def kept(self, order_id: str) -> int:
        """Return what of the order's money has not gone back."""
        captured = {payment_id: row for payment_id, row in self.captures.items() if row[0] == order_id}
        back = sum(amount for payment_id, amount, _ in self.refunds.values() if payment_id in captured)
        return sum(amount for _, amount, _ in captured.values()) - back

    async def record_capture(self, *, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Write a capture down once."""
        self._faults.before("record_capture")
        if payment_id in self.processing:
            raise CaptureRefusedError(payment_id, "it is processing")
        known = self.captures.setdefault(payment_id, (order_id, amount, currency))
        if known != (order_id, amount, currency):
            raise CaptureConflictError(payment_id, _in_words(known), _in_words((order_id, amount, currency)))
        self._faults.after("record_capture")
        return f"cap_{payment_id}"

    async def refund(self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str) -> str:
        """Send money back once."""
        self._faults.before("refund")
        self._book(refund_key, payment_id, order_id, amount, currency)
        reference = self._references.setdefault(refund_key, f"ref_{refund_key}")
        self._faults.after("refund")
        return reference

    async def record_manual_refund(
        self, *, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str, reference: str
    ) -> str:
        """Write down once that a person sent money back."""
        self._faults.before("record_manual_refund")
        self._book(refund_key, payment_id, order_id, amount, currency)
        first = self._references.setdefault(refund_key, reference)
        self._faults.after("record_manual_refund")
        return first

    def _book(self, refund_key: str, payment_id: str, order_id: str, amount: int, currency: str) -> None:
        assert amount > 0, "a refund of nothing"
        refund = (payment_id, amount, currency)
        if refund_key in self.refunds:
            assert self.refunds[refund_key] == refund, "a known key for another refund"
            return
        of_order, captured, in_currency = self.captures[payment_id]
        assert (of_order, in_currency) == (order_id, currency), "a refund of what never came"
        back = sum(sent for refunded, sent, _ in self.refunds.values() if refunded == payment_id)
        assert back + amount <= captured, "more goes back than came"
        self.refunds[refund_key] = refund


class MemoryWarehouse:
    """Stops what is not packed yet, and says the same when it is asked again."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.answers: dict[str, str | None] = {}
        self.answering = asyncio.Event()
        """Clear it, and an answer takes until it is set."""
        self.answering.set()

    async def stop(self, *, parcel_id: str, step: str) -> str | None:
        """Stop, or say why not."""
        self._faults.before("stop")
        await self.answering.wait()
        assert step in ("picking", "packing", "getting ready to ship"), "no step of a warehouse"
        answer = self.answers.setdefault(parcel_id, "it is packed" if step == "getting ready to ship" else None)
        self._faults.after("stop")
        return answer


class MemoryCarrier:
    """Knows each parcel once."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.parcels: dict[str, str] = {}

    async def create_parcel(self, *, parcel_id: str, order_id: str, address: Address) -> str:
        """Take a parcel over, unless it was called off before."""
        self._faults.before("create_parcel")
        assert address.name
        assert parcel_id.startswith(order_id)
        self.parcels.setdefault(parcel_id, "shipped")
        self._faults.after("create_parcel")
        return "Test Express"

    async def update_parcel(self, *, parcel_id: str, status: str) -> None:
        """Write down where a parcel is."""
        self._faults.before("update_parcel")
        assert parcel_id in self.parcels, "no such parcel"
        self.parcels[parcel_id] = status
        self._faults.after("update_parcel")

    async def recall_parcel(self, *, parcel_id: str) -> None:
        """Call a parcel off, known or not."""
        self._faults.before("recall_parcel")
        self.parcels[parcel_id] = "recalled"
        self._faults.after("recall_parcel")


class MemoryMailer:
    """Delivers each message once."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.sent: dict[str, tuple[str, str, str]] = {}

    async def send(self, *, message_key: str, to: str, subject: str, body: str) -> None:
        """Deliver a message."""
        self._faults.before("send")
        self.sent.setdefault(message_key, (to, subject, body))
        self._faults.after("send")
