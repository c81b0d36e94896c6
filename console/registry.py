"""The systems, in the order of their tabs."""

from typing import Any

from console.systems.approvals.system import APPROVALS
from console.systems.campaigns.system import CAMPAIGNS
from console.systems.orders.system import ORDERS
from console.systems.system import ConsoleSystem

SYSTEMS: tuple[ConsoleSystem[Any, Any], ...] = (ORDERS, APPROVALS, CAMPAIGNS)
