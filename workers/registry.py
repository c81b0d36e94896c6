"""Every system that has a worker: one line each."""

from workers import approvals, campaigns, orders
from workers.system import System

SYSTEMS: tuple[System, ...] = (
    orders.SYSTEM,
    approvals.SYSTEM,
    campaigns.SYSTEM,
)
