"""Another address for parcels that have not left."""

from dataclasses import dataclass

from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import NoteAddress
from workflows.orders.customer.email_sender import EmailSender
from workflows.orders.customer.emails import Milestone
from workflows.orders.models import Address, ChangeAddress
from workflows.orders.ports import ChangedAddress
from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import failure_text, retry_until_done, round_of
from workflows.orders.steps.stuck import StepKind, StepRef
from workflows.orders.steps.tasks import Background


@dataclass
class Redirection:
    """Changes the address of all parcels of which the carrier was not told yet."""

    _state: OrderState
    _emails: EmailSender
    _jobs: Background
    _changes: int = 0

    def change(self, change: ChangeAddress) -> None:
        """Send what has not left to another address, and tell the customer."""
        self._changes += 1
        self._set(change.shipping_address)
        self._state.note(f"goes to another address, by {change.by}: {change.reason}")
        self._emails.send(Milestone.ADDRESS_CHANGED, number=self._changes)
        self._jobs.start(self._note(ChangedAddress(number=self._changes, address=change.shipping_address)))

    def find(self, changed: ChangedAddress) -> None:
        """Take over a change that a lost run has made."""
        if changed.number > self._changes:
            self._changes = changed.number
            self._set(changed.address)
            self._state.note("goes to another address, as was decided before")

    def _set(self, address: Address) -> None:
        state, before = self._state, self._state.address
        state.address = address
        if address.country != before.country:
            state.days_off = None  # of the country before
            self._jobs.start(self._read_days_off())

    async def _note(self, changed: ChangedAddress) -> None:
        ref = StepRef(StepKind.NOTE, "recording the changed address", key=f"address-{changed.number}")
        step = NoteAddress(order_id=self._state.request.order_id, changed=changed)
        await retry_until_done(self._state.stuck, ref, round_of(OrderActivities.note_address, step))

    async def _read_days_off(self) -> None:
        address = self._state.address
        request = self._state.request.model_copy(update={"shipping_address": address})
        try:
            days_off = await round_of(OrderActivities.read_days_off, request)()
        except ActivityError as error:  # the estimate says that holidays are not known; nothing else needs them
            if is_cancelled_exception(error):
                raise
            self._state.note(f"days off in {address.country} are not known: {failure_text(error)}")
            return
        if self._state.address == address:
            self._state.days_off = days_off
            self._state.touch()
