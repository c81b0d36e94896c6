"""Who acts: whether the company's directory knows the operator."""

from console.gateway.gateway import Gateway
from workflows.approvals.client import ApprovalsClient
from workflows.shared.errors import RefusedError


async def knows_operator(gateway: Gateway) -> bool:
    """Return whether the directory knows the operator; someone it does not know may look, but not decide.

    Raises:
        CallError: the directory did not say.
    """
    try:
        return (await gateway.domain(ApprovalsClient).person(gateway.operator)).known
    except RefusedError:
        return False
