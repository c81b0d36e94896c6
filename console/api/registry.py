"""The applications, each on its own port."""

from console.systems.approvals.http import approvals_app
from console.systems.campaigns.http import campaigns_app
from console.systems.orders.http import orders_app

APPS = {"orders": orders_app, "approvals": approvals_app, "campaigns": campaigns_app}
