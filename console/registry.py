"""The tabs, in their order. A new system is one pane and one line here."""

from typing import Any

from console.panes.base import SystemPane
from console.systems.approvals.pane import ApprovalsPane
from console.systems.campaigns.pane import CampaignsPane
from console.systems.orders.pane import OrdersPane

PANES: tuple[type[SystemPane[Any]], ...] = (OrdersPane, ApprovalsPane, CampaignsPane)
