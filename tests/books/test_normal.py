"""Orders, requests and campaigns in every normal situation: nothing is without an owner."""

import asyncio

from tests.books.conftest import Company
from tests.support.approvals import leave, level
from tests.support.campaigns import campaign
from tests.support.orders import TOTAL, payment
from tests.support.payments import Intake
from workers.books.check import Check
from workflows.approvals.updates import Approve, Reject, Withdraw
from workflows.campaigns.models import CampaignControl, CampaignStatus
from workflows.orders.models import ShipmentStatus
from workflows.orders.payment_intake.models import PaymentOutcome
from workflows.orders.payments.refund_models import RefundLines


async def orders(company: Company) -> None:
    """Orders that run, wait, are delivered, cancelled, lost or refunded, and money for none."""
    shop = company.shop
    await shop.start()
    await shop.paid()
    delivered, by_intake = await shop.start(), await shop.start()
    await shop.pay(delivered)
    assert await Intake(shop, by_intake.order_id).outcome() == PaymentOutcome.APPLIED
    too_much = await shop.start()
    await shop.pay(too_much, payment(amount=TOTAL + 1))
    parked = await shop.start()
    await Intake(shop, parked.order_id, amount=1).start_and_park()
    second = await shop.paid()
    await Intake(shop, second.order_id).start_and_park()
    cancelled, lost, part, all_lines = await shop.paid(), await shop.shipped(), await shop.paid(), await shop.shipped()
    await shop.cancel(cancelled)
    await shop.report(lost, ShipmentStatus.LOST)
    await shop.cancel(lost)
    for request, lines in ((part, [{"sku": "SKU-CHAIR", "quantity": 1}]), (all_lines, None)):
        wanted = lines or [{"sku": line.sku, "quantity": line.quantity} for line in request.lines]
        refund = RefundLines.model_validate({"lines": wanted, "by": "ana", "reason": "a scratch"})
        await shop.orders.refund_lines(request.order_id, refund)
    await shop.report(all_lines, ShipmentStatus.DELIVERED)
    for request in (delivered, by_intake, too_much, cancelled, lost, all_lines):
        await shop.ended(request)
    assert await Intake(shop, "ORD-NONE").outcome() == PaymentOutcome.REFUNDED


async def requests(company: Company) -> None:
    """Leave requests open, approved, rejected and withdrawn."""
    client = company.office.client
    levels = [level("ben"), level("chen", name="last")]
    ids = [await company.office.start(leave(levels=levels)) for _ in range(4)]
    for approver in ("ben", "chen"):
        await client.approve(ids[0], Approve(approver=approver))
    await client.approve(ids[1], Approve(approver="ben"))
    await client.reject(ids[2], Reject(approver="ben", reason="no"))
    await client.withdraw(ids[3], Withdraw(requester="ana", reason="no"))
    for each in (ids[0], ids[2], ids[3]):
        await company.office.state_at_end(each)


async def campaigns(company: Company) -> None:
    """Campaigns that are done, capped, paused and cancelled."""
    marketing, ana = company.marketing, CampaignControl(by="ana")
    users = marketing.add_users(5)
    for _ in range(3):
        assert (await marketing.run(campaign(users))).status is CampaignStatus.DONE
    await marketing.run(campaign(users, transactional=True))
    for action in (marketing.campaigns.pause, marketing.campaigns.cancel):
        slow = campaign(marketing.add_users(5), max_sends_per_second=0.01)
        await marketing.campaigns.begin(slow)
        await marketing.progress_when(slow.campaign_id, lambda progress: progress.status is CampaignStatus.RUNNING)
        await action(slow.campaign_id, ana)


async def test_normal_traffic_has_no_finding(company: Company) -> None:
    async with asyncio.TaskGroup() as group:
        for traffic in (orders, requests, campaigns):
            group.create_task(traffic(company))
    assert [finding.line for finding in await company.findings()] == []
    counts = await Check(company.client, company.store).counts()
    assert counts.startswith("11 orders, 12 payments, "), counts
