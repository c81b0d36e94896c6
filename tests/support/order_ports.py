"""The outside world of the orders system: the real store in memory, behind faults, with its books open to tests."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import ColumnElement, func, insert, select, text

from tests.support.faults import Faults
from tests.support.memory_store import MemoryStore
from workers.services.mailer import StoreMailer
from workers.store.inventory import SqlInventory
from workers.store.items import SqlItems
from workers.store.late_refunds import SqlLateRefunds
from workers.store.order_books import SqlBooks
from workers.store.outbox import email_outbox
from workers.store.payments import SqlPayments
from workers.store.schema import (
    captures,
    emails,
    parcels,
    refunds,
    reservation_lines,
    reservations,
    stock,
    warehouse_stops,
)
from workers.store.shipping import SqlCarrier, SqlWarehouse
from workflows.orders.policy import OrderPolicy
from workflows.orders.ports import OrderPorts


class World:
    """Stock, ledger, warehouse, carrier and mail of one test, on a store of their own unless they share one."""

    def __init__(self, stocked: Mapping[str, int], policy: OrderPolicy, store: MemoryStore | None = None) -> None:
        self.faults = Faults()
        self.store = store or MemoryStore()
        self.inventory = self.faults.wrap(OpenInventory(self.store, stocked), reserve_available="reserve")
        self.payments = self.faults.wrap(OpenPayments(self.store))
        self.warehouse = self.faults.wrap(OpenWarehouse(self.store))
        self.carrier = self.faults.wrap(OpenCarrier(self.store))
        self.mailer = self.faults.wrap(OpenMailer(self.store))
        self.items = self.faults.wrap(SqlItems(self.store), find="find_record", save="save_record")
        self.ports = OrderPorts(
            inventory=self.inventory,
            payments=self.payments,
            warehouse=self.warehouse,
            carrier=self.carrier,
            mailer=self.mailer,
            items=self.items,
            books=self.faults.wrap(SqlBooks(self.store)),
            late_refunds=self.faults.wrap(SqlLateRefunds(self.store)),
            policy=policy,
        )


class OpenInventory(SqlInventory):
    """The inventory, and where its pieces are: available, held and consumed ones add up to what was stocked."""

    def __init__(self, store: MemoryStore, stocked: Mapping[str, int]) -> None:
        super().__init__(store)
        self._memory = store
        self._stocked: Counter[str] = Counter()
        for sku, quantity in stocked.items():
            self.restock_shelf(sku, quantity)

    def restock_shelf(self, sku: str, quantity: int) -> None:
        """Let new pieces come in."""
        known = sku in self._stocked
        change = stock.update().where(stock.c.sku == sku).values(available=stock.c.available + quantity)
        statement = change if known else insert(stock).values(sku=sku, available=quantity)
        self._memory.run(lambda connection: connection.execute(statement))
        self._stocked[sku] += quantity

    @property
    def available(self) -> Counter[str]:
        """The available pieces by SKU."""
        return Counter({row.sku: row.available for row in self._memory.rows(select(stock))})

    @property
    def reservations(self) -> dict[str, str]:
        """The status of each reservation."""
        return {row.reservation_id: row.status for row in self._memory.rows(select(reservations))}

    def count(self, status: str) -> int:
        """Return how many pieces are in reservations with that status, such as ``held``."""
        return self._pieces(reservations.c.status == status.upper()).total()

    def assert_adds_up(self) -> None:
        """Fail if a piece appeared or vanished."""
        taken = self._pieces(reservations.c.status.in_(["HELD", "CONSUMED"]))
        assert self.available + taken == +self._stocked

    def _pieces(self, which: ColumnElement[bool]) -> Counter[str]:
        line = reservation_lines.c
        query = select(line.sku, func.sum(line.quantity).label("quantity")).group_by(line.sku)
        rows = self._memory.rows(query.select_from(reservation_lines.join(reservations)).where(which))
        return Counter({row.sku: row.quantity for row in rows})


class OpenPayments(SqlPayments):
    """The built-in payment provider, and its ledger."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._memory = store

    @property
    def captures(self) -> dict[str, tuple[str, int, str]]:
        """Order, amount and currency by payment."""
        rows = self._memory.rows(select(captures))
        return {row.payment_id: (row.order_id, row.amount, row.currency) for row in rows}

    @property
    def refunds(self) -> dict[str, tuple[str, int, str]]:
        """Payment, amount and currency by refund key."""
        rows = self._memory.rows(select(refunds))
        return {row.refund_key: (row.payment_id, row.amount, row.currency) for row in rows}

    def reference(self, refund_key: str) -> str:
        """Return the reference of a refund that was made."""
        [row] = self._memory.rows(select(refunds.c.reference).where(refunds.c.refund_key == refund_key))
        return str(row.reference)

    def kept(self, order_id: str) -> int:
        """Return what of the order's money has not gone back."""
        captured = {payment_id: amount for payment_id, (owner, amount, _) in self.captures.items() if owner == order_id}
        back = sum(amount for payment_id, amount, _ in self.refunds.values() if payment_id in captured)
        return sum(captured.values()) - back


class OpenWarehouse(SqlWarehouse):
    """The built-in warehouse, and what it was asked to stop."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._memory = store

    @property
    def answers(self) -> dict[str, str | None]:
        """Why not, or None, by parcel."""
        return {row.parcel_id: row.refusal for row in self._memory.rows(select(warehouse_stops))}

    def refuse(self, parcel_id: str, refusal: str) -> None:
        """Refuse to stop a parcel, whenever that is asked."""
        row = insert(warehouse_stops).values(parcel_id=parcel_id, step="packing", refusal=refusal)
        self._memory.run(lambda connection: connection.execute(row))


class OpenCarrier(SqlCarrier):
    """The built-in carrier, and its parcels."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._memory = store

    @property
    def parcels(self) -> dict[str, str]:
        """The status of each parcel."""
        return {row.parcel_id: row.status for row in self._memory.rows(select(parcels))}


class OpenMailer(StoreMailer):
    """The mailer without a mail server, and its outbox."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(email_outbox(store), None)
        self._memory = store

    @property
    def sent(self) -> dict[str, tuple[str, str, str]]:
        """Recipient, subject and body by message key, in the order of the sending."""
        rows = self._memory.rows(select(emails).order_by(text("rowid")))
        return {row.message_key: (row.recipient, row.subject, row.body) for row in rows}
