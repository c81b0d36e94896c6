"""Digests in the books: one send each, and no message in two places."""

import pytest
from sqlalchemy import delete, insert

from tests.books.conftest import Company
from tests.books.test_messages import MESSAGE
from tests.support.campaigns import campaign, capped
from workers.books.mending import NothingToMendError
from workers.store.held_messages import SqlHeldMessages
from workers.store.held_schema import held_messages
from workers.store.schema import messages
from workers.store.types import utc_now
from workflows.campaigns.digests.ports import MessageToHold
from workflows.campaigns.models import SetPolicy


async def test_what_waits_for_a_digest_and_what_is_in_one(company: Company) -> None:
    marketing, store = company.marketing, company.store
    [user] = marketing.add_users(1)
    await marketing.actors.set_policy(user, SetPolicy(policy=capped(1, 2), by="ana"))
    await marketing.run(campaign([user]))
    first, second = (campaign([user], when_capped="digest") for _ in range(2))
    for request in (first, second):
        await marketing.campaigns.begin(request)
    for request in (first, second):
        assert (await marketing.ended(request.campaign_id)).in_digests == 1
    unknown = campaign([user], when_capped="digest", campaign_id="GONE")
    held = SqlHeldMessages(store)
    assert await held.hold(MessageToHold("GONE:U", user, "kind", unknown, None, utc_now()))
    found = await company.finding()
    amount = "1 message may go out in digests of others, and it is unknown"
    assert (found.what, found.amount) == ("held messages without a campaign", amount)
    assert found.mend == "uv run tconsole mend held -- GONE"
    await company.mending.held("GONE")
    assert await company.findings() == []
    with pytest.raises(NothingToMendError):
        await company.mending.held("GONE")
    alone = f"{first.campaign_id}:{user}"
    again = {**MESSAGE, "send_id": alone, "user_id": user, "transactional": True}
    store.run(lambda connection: connection.execute(insert(messages).values(again)))
    assert [each.what for each in await company.findings()] == ["message sent twice"]
    store.run(lambda connection: connection.execute(delete(messages)))
    assert [each.what for each in await company.findings()] == ["message without its digest"] * 2
    store.run(lambda connection: connection.execute(delete(held_messages)))
    assert await company.findings() == []
