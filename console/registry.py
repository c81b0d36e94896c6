"""The tabs, in their order. A new system is one pane and one line here."""

from typing import Any

from console.panes.approvals import ApprovalsPane
from console.panes.base import SystemPane
from console.panes.campaigns import CampaignsPane
from console.panes.orders import OrdersPane

PANES: tuple[type[SystemPane[Any]], ...] = (OrdersPane, ApprovalsPane, CampaignsPane)
