"""Activities of an approval: the directory and the notifications."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from workflows.approvals.models import ApprovalRequest, Delivery, PersonAnswer, PersonLookup, ResolvedChain
from workflows.approvals.ports import ApprovalPorts, Notification
from workflows.approvals.resolve import resolve_chain

RESOLVE_CHAIN = "resolve_chain"
LOOK_UP_PERSON = "look_up_person"
NOTIFY = "notify"


class ApprovalActivities:
    """Reads the directory and sends notifications; every activity is idempotent."""

    def __init__(self, ports: ApprovalPorts) -> None:
        self._directory = ports.directory
        self._notifier = ports.notifier

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities, for a worker."""
        return [self.resolve_chain, self.look_up_person, self.notify]

    @activity.defn(name=RESOLVE_CHAIN)
    async def resolve_chain(self, request: ApprovalRequest) -> ResolvedChain:
        """Find out who decides the request. Raises ``InvalidRequest``, not retryable, when nobody can."""
        return await resolve_chain(request, self._directory)

    @activity.defn(name=LOOK_UP_PERSON)
    async def look_up_person(self, lookup: PersonLookup) -> PersonAnswer:
        """Ask the directory for a person."""
        person = await self._directory.person(lookup.person_id)
        if person is None:
            return PersonAnswer(person_id=lookup.person_id, known=False)
        return PersonAnswer(person_id=person.person_id, known=True, name=person.name, groups=list(person.groups))

    @activity.defn(name=NOTIFY)
    async def notify(self, notification: Notification) -> Delivery:
        """Deliver a notification, once for its key. Raises what the notifier raises, so that it is retried."""
        return Delivery(state=await self._notifier.notify(notification))
