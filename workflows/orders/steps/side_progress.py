"""The state of a workflow about an order's money that runs beside the order: a payment's, or a refund's."""

from abc import abstractmethod
from typing import Any

from workflows.orders.steps.progress import Progress
from workflows.orders.views.attention import Attention, most_urgent
from workflows.orders.views.models import SideView
from workflows.shared.actions import Action
from workflows.shared.refused_signals import acknowledge_action
from workflows.shared.summary import Summary


class SideProgress(Progress):
    """What it tells of itself, besides its money."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the money has its owner."""

    @abstractmethod
    def view(self) -> SideView:
        """Return everything about it."""

    @abstractmethod
    def summary(self) -> Summary:
        """Return the list row; it belongs to its order."""

    @property
    def actions(self) -> list[Action]:
        """What people may do."""
        return [self.stuck.action(), *acknowledge_action(self._asking_signals)]

    @property
    def attention(self) -> Attention | None:
        """Why a human must look, if one must."""
        return most_urgent(self.stuck.attentions | ({Attention.SIGNAL_REFUSED} if self._asking_signals else set()))

    def told(self) -> dict[str, Any]:
        """Return the fields of a :class:`SideView`."""
        return {
            "attention": self.attention,
            "updated_at": self.updated_at,
            "refusals": self.refusals.latest,
            "refusal_count": self.refusals.count,
            "timeline": self.shown_timeline,
            "stuck": self.stuck.views(),
            "actions": self.actions,
        }

    @property
    def _asking_signals(self) -> list[str]:
        return [] if self.ended else self.refusals.unsettled

    def _follow_undone(self) -> None:
        """Change nothing: no step of it is refused so."""
