"""The demo's colleagues: they request leave, tools and people, comment, and decide where they are approvers."""

import asyncio
import logging
import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from temporalio.client import Client

from workers.store.engine import Store
from workflows.approvals.client import WORKFLOW_TYPE, ApprovalsClient, new_request_id
from workflows.approvals.models import ApprovalRequest, ApprovalStatus
from workflows.approvals.updates import AddComment, Approve, Reject, Withdraw
from workflows.shared.errors import CallError

log = logging.getLogger(__name__)

SECONDS_BETWEEN_REQUESTS = 35
OLDEST_REQUEST = timedelta(hours=5)
"""Age of the first request of a filled office, as its ID tells."""
MAX_WAITING_FOR_HR = 6
"""Above this ``emeka`` decides too, so that the operator's queue stays readable."""


@dataclass(frozen=True)
class Wish:
    """A request that somebody may make; ``amount`` in cents."""

    kind: str
    title: str
    amount: int | None
    details: dict[str, str]
    remark: str


AUGUST = date(datetime.now(UTC).year + 1, 8, 2)
TWO_WEEKS = {"from": str(AUGUST), "until": str(AUGUST + timedelta(days=14))}

WISHES = (
    Wish("leave", "Two weeks in August", None, TWO_WEEKS, "Enjoy it!"),
    Wish("expense", "New lenses for the lab", 184_000, {"supplier": "Optica", "cost centre": "R&D"}, "worth it"),
    Wish("purchase", "Standing desks for the team", 231_200, {"pieces": "8"}, "The old ones wobble."),
    Wish("hire", "Second site reliability engineer", None, {"team": "Platform"}, "On call is too thin."),
    Wish("expense", "Train to the customer in Lyon", 21_450, {"date": "next Tuesday"}, "Receipts attached."),
    Wish("purchase", "Spare power supplies", 47_900, {"pieces": "6"}, "Two failed this month."),
    Wish("leave", "Friday off", None, {"day": "Friday"}, "Fine with me."),
    Wish("expense", "Conference ticket", 89_500, {"event": "PyCon"}, "She gives a talk there."),
)


async def play(client: Client, _: Store) -> None:
    """Fill the approvals system if it is empty, then request and decide until cancelled."""
    office = Office(client)
    await office.fill()
    await office.live()


class Office:
    """Everybody but the operator."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._approvals = ApprovalsClient(client)
        self._chance = random.Random()  # noqa: S311 - not a secret
        self._clock = datetime.now(UTC)
        self._waiting_for_hr: list[str] = []

    async def fill(self) -> None:
        """Start requests in every stage, unless there are requests already."""
        if (await self._client.count_workflows(f"WorkflowType = '{WORKFLOW_TYPE}'")).count:
            return
        self._clock -= OLDEST_REQUEST
        chains: Sequence[tuple[str, Sequence[str]]] = (
            ("ana", ("ben", "emeka", "dora")),
            ("fay", ("ben", "emeka")),
            ("ana", ("ben", "emeka", "greta")),
            ("fay", ("ben",)),
            ("ben", ("dora",)),
            ("ana", ("ben",)),
            ("fay", ("ben",)),
            ("ana", ()),
            ("fay", ()),
            ("ana", ("ben",)),
        )
        for (requester, approvers), wish in zip(chains, WISHES + WISHES, strict=False):
            await self._quietly(self._ask(requester, wish, approvers))
        await self._quietly(self._refused_by_ben())
        await self._quietly(self._withdrawn_by_fay())

    async def live(self) -> None:
        """Make requests now and then, and decide."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / SECONDS_BETWEEN_REQUESTS))
            self._clock = datetime.now(UTC)
            requester = self._chance.choice(("ana", "fay"))
            await self._quietly(self._ask(requester, self._chance.choice(WISHES), ("ben",)))
            await self._quietly(self._relieve())

    async def _quietly(self, story: Coroutine[Any, Any, None]) -> None:
        try:
            await story
        except CallError as error:  # the operator may have been quicker
            log.info("demo: %s", error)

    async def _start(self, requester: str, wish: Wish) -> str:
        # IDs contain the time: in the past while the office is being filled.
        self._clock = min(self._clock + timedelta(minutes=self._chance.uniform(5, 25)), datetime.now(UTC))
        request = ApprovalRequest(
            request_id=new_request_id(self._clock),
            kind=wish.kind,
            title=wish.title,
            requester=requester,
            amount=wish.amount,
            currency="USD" if wish.amount is not None else None,
            details=dict(wish.details),
        )
        await self._approvals.start(request)
        return request.request_id

    async def _ask(self, requester: str, wish: Wish, approvers: Sequence[str]) -> None:
        request_id = await self._start(requester, wish)
        for approver in approvers:
            comment = wish.remark if approver == "ben" else None
            state = await self._approvals.approve(request_id, Approve(approver=approver, comment=comment))
            if state.status != ApprovalStatus.IN_REVIEW:
                return
        if approvers and "emeka" not in approvers:
            self._waiting_for_hr.append(request_id)

    async def _refused_by_ben(self) -> None:
        request_id = await self._start("fay", Wish("purchase", "Espresso machine", 249_900, {"model": "E-61"}, ""))
        await self._approvals.comment(request_id, AddComment(author="ana", text="I would use it every day."))
        reject = Reject(approver="ben", reason="There is one on the second floor already.")
        await self._approvals.reject(request_id, reject)

    async def _withdrawn_by_fay(self) -> None:
        request_id = await self._start("fay", Wish("leave", "Monday off", None, {"day": "Monday"}, ""))
        await self._approvals.withdraw(request_id, Withdraw(requester="fay", reason="The dentist moved my date."))

    async def _relieve(self) -> None:
        """Let ``emeka`` take the oldest request when too many wait for HR."""
        if len(self._waiting_for_hr) > MAX_WAITING_FOR_HR:
            await self._approvals.approve(self._waiting_for_hr.pop(0), Approve(approver="emeka"))
