"""Every system that has a worker: one line each."""

from workers import approvals, campaigns, orders
from workers.system import AnySystem

SYSTEMS: tuple[AnySystem, ...] = (
    orders.SYSTEM,
    approvals.SYSTEM,
    campaigns.SYSTEM,
)
