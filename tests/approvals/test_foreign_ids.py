"""Requests and people named by other systems are decided as any other."""

import asyncio

from sqlalchemy import insert

from tests.support.approvals import Office
from tests.support.identifiers import FOREIGN_IDS
from workers.store.schema import people
from workflows.approvals.audit import verify
from workflows.approvals.models import ApprovalStatus
from workflows.approvals.updates import Approve


async def test_people_and_requests_of_other_systems_are_decided(office: Office) -> None:
    hired = [{"person_id": name, "name": name, "email": ""} for name in FOREIGN_IDS]
    office.store.run(lambda connection: connection.execute(insert(people), hired))
    await asyncio.gather(*(decide(office, ident) for ident in FOREIGN_IDS))


async def decide(office: Office, ident: str) -> None:
    """Let a person with that ID open a request with it, one approve it, and look at the trail."""
    other = FOREIGN_IDS[FOREIGN_IDS.index(ident) - 1]
    await office.start(request_id=ident, requester=ident, levels=[{"name": "peer", "approvers": [other]}])
    assert (await office.client.person(ident)).known
    state = await office.client.approve(ident, Approve(approver=other, comment="", on_behalf_of=" "))
    assert state.status == ApprovalStatus.APPROVED
    assert verify(await office.client.get_audit_trail(ident))
    await office.state_at_end(ident)
