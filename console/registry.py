"""The tabs, in their order. A new system is one pane and one line here."""

from typing import Any

from console.panes.base import SystemPane
from console.panes.orders import OrdersPane

PANES: tuple[type[SystemPane[Any]], ...] = (OrdersPane,)
