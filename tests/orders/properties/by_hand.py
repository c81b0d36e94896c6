"""What a person does in the store in place of a step that is stuck, before saying so."""

from workers.store.engine import Store
from workers.store.inventory import SqlInventory
from workers.store.shipping import SqlCarrier
from workflows.orders.steps.stuck import StepKind
from workflows.orders.views.models import StuckStep


async def do_by_hand(store: Store, order_id: str, stuck: StuckStep) -> bool:
    """Do it and return True, or return False where no person can.

    Money that is sent back, and a parcel that is given away, go past the store.
    """
    kind, _, key = stuck.step.partition("/")
    inventory, carrier = SqlInventory(store), SqlCarrier(store)
    reservation_id = reservation_of(order_id, key)
    match kind:
        case StepKind.REFUND | StepKind.HAND_OVER:
            return True
        case StepKind.CONSUME:
            await inventory.consume(reservation_id)
        case StepKind.RELEASE if key.startswith("reservation"):  # some pieces of it, which the step does not name
            return False
        case StepKind.RELEASE if stuck.name.startswith("restocking"):  # what may be about to be booked out
            await inventory.release(reservation_id)
            await inventory.restock(reservation_id)
        case StepKind.RELEASE:
            await inventory.release(reservation_id)
        case StepKind.RECALL:
            await carrier.recall_parcel(parcel_id=f"{order_id}-P{key or 1}")
        case StepKind.TRACK:
            parcel_id, _, status = key.partition("/")
            await carrier.update_parcel(parcel_id=parcel_id, status=status)
        case _:
            return False
    return True


def reservation_of(order_id: str, key: str) -> str:
    """Return the ID of the reservation that a step is about."""
    return f"{order_id}/reservation" + (f"-{key}" if key else "")
