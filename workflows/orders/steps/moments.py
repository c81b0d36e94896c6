"""What happens at the same moment: everything that can go on in one workflow task."""

from workflows.orders.state import OrderState
from workflows.orders.steps.retrying import wait_until


async def at_rest(state: OrderState) -> None:
    """Wait until all that can go on in this workflow task has, and changes the order no more."""
    seen = None
    while seen != state.changes:
        seen = state.changes
        await wait_until(lambda: True)
