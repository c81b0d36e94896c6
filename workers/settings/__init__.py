"""Settings of the workers. Importing them is cheap: the console has them checked before it shows anything."""

from workers.settings.approvals import ApprovalSettings
from workers.settings.orders import OrderSettings


class ServiceSettings(OrderSettings, ApprovalSettings):
    """The settings of all systems; campaigns have none of their own."""
