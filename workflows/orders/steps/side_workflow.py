"""Handlers of the workflows about an order's money that run beside the order: a payment's, and a refund's."""

from typing import ClassVar, Generic, TypeVar, cast

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.orders.models import ResolveStep
    from workflows.orders.steps.side_progress import SideProgress
    from workflows.orders.steps.stuck import why_not_complete
    from workflows.orders.views.models import SideView
    from workflows.orders.views.refusals import refuse_if
    from workflows.shared.actions import Action, Viewer
    from workflows.shared.identity.allowed import for_viewer
    from workflows.shared.identity.permissions import Access
    from workflows.shared.inputs import SingleInputStart
    from workflows.shared.refusals import INVALID_REQUEST
    from workflows.shared.refused_signals import Acknowledge
    from workflows.shared.signals import SignalReceiver
    from workflows.shared.snapshot import Snapshot
    from workflows.shared.summary import Summary

ProgressT = TypeVar("ProgressT", bound=SideProgress)
ViewT = TypeVar("ViewT", bound=SideView)


class SideWorkflow(SingleInputStart, SignalReceiver, Generic[ProgressT, ViewT]):
    """Base of both: its stuck steps are decided about, it tells what it does, and refuses no signal silently."""

    ACCESS: ClassVar[Access]
    _progress: ProgressT

    @workflow.update
    def resolve_step(self, resolve: ResolveStep) -> ViewT:
        """Retry a stuck step, or resolve a refund that somebody has made by another way."""
        self._progress.stuck.decide(resolve)
        return self._view

    @resolve_step.validator
    def _validate_resolve_step(self, resolve: ResolveStep) -> None:
        refuse_if(why_not_complete(resolve), INVALID_REQUEST)
        refuse_if(self._progress.stuck.why_not_resolve(resolve))

    @workflow.query
    def get_actions(self, viewer: Viewer | None = None) -> list[Action]:
        """Return what may be done now, and what it would do."""
        return for_viewer(self._progress.actions, viewer, self.ACCESS)

    @workflow.query
    def get_summary(self) -> Summary:
        """Return the list row."""
        return self._progress.summary()

    @workflow.query
    def get_snapshot(self, viewer: Viewer | None = None) -> Snapshot[ViewT]:
        """Return view, actions and list row together."""
        view = self._view
        snapshot = Snapshot[type(view)]  # type: ignore[valid-type, misc] # else fields get lost
        stuck = {"stuck": ", ".join(step.name for step in view.stuck)} if view.stuck else {}
        taken: Snapshot[ViewT] = snapshot.take(view, self.get_actions(viewer), self.get_summary(), stuck)
        return taken

    @property
    def _view(self) -> ViewT:
        return cast("ViewT", self._progress.view())

    async def _refuse_signal(self, name: str, reason: str, signal_id: str | None = None) -> None:
        self._progress.refuse_invalid(name, reason, signal_id)

    async def _acknowledge(self, acknowledge: Acknowledge) -> None:
        self._progress.acknowledge(acknowledge)
