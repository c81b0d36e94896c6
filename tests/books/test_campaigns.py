"""Campaigns that were stopped from outside are found, and go on with the printed command."""

from tests.books.conftest import Company, run_temporal
from tests.support.campaigns import campaign
from tests.support.eventually import eventually
from workflows.campaigns.client import campaign_workflow_id
from workflows.campaigns.models import CampaignStatus


async def test_a_terminated_campaign_with_users_left(company: Company) -> None:
    marketing = company.marketing
    users = marketing.add_users(6)
    done, stopped = campaign(users[:1]), campaign(users, max_sends_per_second=1)
    await marketing.run(done)
    await marketing.campaigns.begin(stopped)
    await marketing.progress_when(stopped.campaign_id, lambda progress: progress.sent > 0)
    await company.client.get_workflow_handle(campaign_workflow_id(stopped.campaign_id)).terminate("an accident")
    [found] = await eventually(company.findings, lambda found: len(found) == 1)  # the list lags
    assert (found.what, found.item) == ("campaign that has stopped", f"campaign {stopped.campaign_id}")
    assert found.amount.endswith("of 6 users are left, and it was terminated")
    await run_temporal(found.mend)
    assert (await marketing.ended(stopped.campaign_id)).status is CampaignStatus.DONE
    assert await company.findings() == []
    assert len(marketing.sent) == 7
