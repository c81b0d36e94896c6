"""Who is who in Slack: by the directory's Slack ID, else by e-mail address."""

from collections.abc import AsyncIterator

import pytest

from tests.slack.api import BOT_TOKEN
from tests.slack.server import SlackServer
from tests.slack.workspace import TEAM_ID
from tests.support.approvals import sample_company
from tests.support.memory_store import MemoryStore
from workers.services.slack.calls import SlackCalls, slack_client
from workers.services.slack.people import NotAllowedError, SlackPeople
from workers.store.people import put_people
from workers.store.person_row import PersonRow


@pytest.fixture
def company() -> MemoryStore:
    """Give a directory of its own."""
    return sample_company()


@pytest.fixture
async def people(slack: SlackServer, company: MemoryStore) -> AsyncIterator[SlackPeople]:
    """Give the mapping of the sample company."""
    async with slack_client(BOT_TOKEN, slack.base_url) as web:
        yield SlackPeople(company, SlackCalls(web))


def put(store: MemoryStore, person_id: str, **fields: str) -> None:
    """Add a person, or change one."""
    row = PersonRow.model_validate({"person_id": person_id, "name": person_id.title(), **fields})
    store.run(put_people, [row])


async def test_by_address_and_back(people: SlackPeople, slack: SlackServer) -> None:
    assert await people.member("ben") == await people.member("ben") == "U0BEN"
    assert (await people.person("U0BEN", TEAM_ID)).person_id == "ben"
    assert slack.called.count("users.lookupByEmail") == 1


async def test_the_directorys_id_comes_first(people: SlackPeople, company: MemoryStore, slack: SlackServer) -> None:
    slack.workspace.add_user("bennie")
    put(company, "ben", slack_id="U0BENNIE")
    assert await people.member("ben") == "U0BENNIE"
    assert (await people.person("U0BENNIE", TEAM_ID)).person_id == "ben"
    with pytest.raises(NotAllowedError, match="the directory does not know you; ask for your Slack ID, U0BEN,"):
        await people.person("U0BEN", TEAM_ID)


async def test_an_address_of_two_is_nobodys(people: SlackPeople, company: MemoryStore) -> None:
    put(company, "ben2", email="BEN@example.com")
    with pytest.raises(NotAllowedError, match="several people have your e-mail address"):
        await people.person("U0BEN", TEAM_ID)


async def test_who_is_not_there(people: SlackPeople, company: MemoryStore, slack: SlackServer) -> None:
    put(company, "zoe", email="zoe@example.com")
    put(company, "yan")
    assert [await people.member(name) for name in ("zoe", "yan", "nobody")] == [None, None, None]
    slack.workspace.users["U0BEN"].deleted = True
    with pytest.raises(NotAllowedError, match="this Slack account is deactivated"):
        await people.person("U0BEN", TEAM_ID)


async def test_a_guest_of_another_team_with_a_known_address(people: SlackPeople, slack: SlackServer) -> None:
    guest = slack.stranger("guest")
    guest.email = "ben@example.com"
    for team in (TEAM_ID, guest.team_id, ""):
        with pytest.raises(NotAllowedError, match="of another team"):
            await people.person(guest.user_id, team)
