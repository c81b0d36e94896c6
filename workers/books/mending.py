"""What `tconsole mend` does. Each mends one finding, and refuses if a new look does not find it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from temporalio.client import Client

from workers.books import rows
from workers.books.check import Check
from workers.books.findings import Finding
from workers.services.mailer import StoreMailer
from workers.services.smtp import SmtpTransport
from workers.store.engine import Store
from workers.store.held_messages import SqlHeldMessages
from workers.store.inventory import SqlInventory
from workers.store.items import SqlItems
from workers.store.outbox import Outbox, email_outbox, message_outbox
from workers.store.shipping import SqlCarrier
from workers.store.types import utc_now
from workflows.campaigns.digests.steps import CampaignHold
from workflows.orders.client import payment_workflow_id
from workflows.orders.payment_intake.client import PaymentsClient
from workflows.orders.payment_intake.models import PaymentRequest

GIVEN_UP = "given up by an operator"
OUTBOXES: Mapping[str, Callable[[Store], Outbox]] = {
    "email": email_outbox,
    "message": message_outbox,
}


class NothingToMendError(Exception):
    """It has an owner, or is not known. The text is one line for people."""


class Mending:
    """Mends what has no owner; see `Check` for what its methods raise besides `NothingToMendError`."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client = client
        self._store = store
        self._check = Check(client, store)

    async def payment(self, payment_id: str) -> str:
        """Start a payment again: it pays its order if that goes on, or goes back. Return what was begun."""
        await _one(self._check.captures(payment_id), f"payment {payment_id}")
        [row] = await self._store.read(rows.captured, None, payment_id)
        request = PaymentRequest(
            payment_id=row.payment_id, order_id=row.order_id, amount=row.amount, currency=row.currency
        )
        # That its order once had it is not true any more.
        await SqlItems(self._store).forget(payment_workflow_id(payment_id))
        started = await PaymentsClient(self._client).look_again(request)
        return f"{started} was started; it finds the money an owner"

    async def stock(self, reservation_id: str) -> str:
        """Put the pieces of a reservation back. Return what was done."""
        await _one(self._check.stock(reservation_id), f"reservation {reservation_id}")
        inventory = SqlInventory(self._store)
        await inventory.release(reservation_id)
        await inventory.restock(reservation_id)
        return f"the pieces of {reservation_id} can be ordered again"

    async def parcel(self, parcel_id: str) -> str:
        """Recall a parcel. Return what was done."""
        await _one(self._check.parcels(parcel_id), f"parcel {parcel_id}")
        await SqlCarrier(self._store).recall_parcel(parcel_id=parcel_id)
        return f"parcel {parcel_id} is recalled"

    async def give_up_message(self, key: str) -> str:
        """Note that a message shall not be sent. Return what was done."""
        finding = await _one(self._check.messages(key), f"message {key}")
        kind = finding.item.partition(" ")[0]
        await OUTBOXES[kind](self._store).mark_rejected(key, GIVEN_UP)
        return f"{finding.item} will not be sent"

    async def held(self, campaign_id: str) -> str:
        """Let no digest take the messages of a campaign. Return what was done."""
        await _one(self._check.held(campaign_id), f"campaign {campaign_id}")
        hold = CampaignHold(campaign_id=campaign_id, held_back=True, at=utc_now())
        await SqlHeldMessages(self._store).hold_back(hold)
        return f"what campaign {campaign_id} had to say will not be in a digest"

    async def send_email(self, key: str, smtp: SmtpTransport) -> str:
        """Send an e-mail as it was recorded. Return what was done."""
        finding = await _one(self._check.messages(key), f"message {key}")
        outbox = email_outbox(self._store)
        row = await outbox.find(key)
        if row is None:
            raise NothingToMendError(f"{finding.item} cannot be sent from here; give it up with --give-up")
        await StoreMailer(outbox, smtp).send(
            message_key=key, to=row["recipient"], subject=row["subject"], body=row["body"]
        )
        return f"email {key} was sent"


async def _one(findings: AsyncIterator[Finding], named: str) -> Finding:
    async for finding in findings:
        return finding
    raise NothingToMendError(f"{named} has an owner, or is not known; see uv run tconsole check")


Mend = Callable[[Mending], Awaitable[str]]
