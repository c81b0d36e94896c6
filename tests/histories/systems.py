"""The systems whose histories are recorded."""

from typing import Any

from tests.histories.approvals.stories import APPROVALS
from tests.histories.campaigns.stories import CAMPAIGNS
from tests.histories.orders.stories import ORDERS
from tests.histories.system import System

SYSTEMS: tuple[System[Any], ...] = (ORDERS, APPROVALS, CAMPAIGNS)
