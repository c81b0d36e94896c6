"""What a person does in the store in place of a step that is stuck, and the decision about it."""

from tests.orders.properties.events import BY
from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.shipping import SqlCarrier
from workflows.orders.models import StepDecision
from workflows.orders.steps.stuck import StepKind
from workflows.orders.views.models import StuckStep

BY_HAND = "by hand:"
"""How the references begin of what a person did."""


async def decision_about(
    store: Store, order_id: str, stuck: StuckStep, decision: StepDecision
) -> dict[str, str | None] | None:
    """Return the decision about a step, once the person has done what it says; None where no person can."""
    if decision == StepDecision.RESOLVE and not await _do_by_hand(store, order_id, stuck):
        return None
    reference = f"{BY_HAND} {stuck.step}" if decision == StepDecision.RESOLVE else None
    return {"step": stuck.step, "decision": decision, "reference": reference, **BY}


async def _do_by_hand(store: Store, order_id: str, stuck: StuckStep) -> bool:
    """Do it and return True, or return False where no person can.

    Money that is sent back, and a parcel that is given away, go past the store.
    """
    kind, _, key = stuck.step.partition("/")
    inventory, carrier = SqlInventory(store), SqlCarrier(store)
    reservation_id = f"{order_id}/reservation" + (f"-{key}" if key else "")
    match kind:
        case StepKind.REFUND | StepKind.HAND_OVER:
            return True
        case StepKind.CONSUME:
            await inventory.consume(reservation_id)
        case StepKind.RELEASE if key.startswith("reservation"):  # some pieces of it, which the step does not name
            return False
        case StepKind.RELEASE:
            await inventory.release(reservation_id)
            if stuck.name.startswith("restocking"):  # what may be about to be booked out
                await inventory.restock(reservation_id)
        case StepKind.RECALL:
            await carrier.recall_parcel(parcel_id=f"{order_id}-P{key or 1}")
        case StepKind.TRACK:
            parcel_id, _, status = key.partition("/")
            await carrier.update_parcel(parcel_id=parcel_id, status=status)
        case _:
            return False
    return True
