"""The relay on a store of the sample company, and the strict Slack at its other end."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from tests.services.slack.desk import Desk
from tests.slack.api import BOT_TOKEN
from tests.slack.server import CHANNEL, SlackServer
from tests.support.approvals import running_office, sample_company
from tests.support.beside import beside
from tests.support.eventually import eventually
from tests.support.memory_store import MemoryStore
from workers.services.slack import relay as relay_module
from workers.services.slack.calls import SlackCalls, slack_client
from workers.services.slack.people import SlackPeople
from workers.services.slack.posting import Posting
from workers.services.slack.relay import Relay
from workers.store.slack_messages import SqlSlackMessages
from workflows.approvals.models import Comment
from workflows.approvals.slack.models import CardDecision, LevelCard, Notice, SlackState, WantedMessages

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = LevelCard(
    request_id="REQ-1",
    version=1,
    level=0,
    name="manager",
    content_hash="0123abcd",
    title="New lenses for the lab",
    asked="expense of $480.00 by ana",
    deciders=["ben"],
)
APPROVED = CardDecision(person="ben", decision="approved", at=NOON)
CLOSED = CARD.model_copy(update={"outcome": "Level manager is approved", "deciders": [], "decisions": [APPROVED]})


def wanted(
    *cards: LevelCard, sequence: int = 1, notices: list[Notice] | None = None, comments: list[Comment] | None = None
) -> WantedMessages:
    """Return what Slack is to show of the request REQ-1."""
    at = NOON + timedelta(seconds=sequence)
    version = max((card.version for card in cards), default=1)
    return WantedMessages(
        request_id="REQ-1",
        sequence=sequence,
        at=at,
        version=version,
        title=CARD.title,
        cards=list(cards),
        comments=comments or [],
        notices=notices or [],
    )


@dataclass
class Post:
    """The product's side: its store, and the relays that serve it."""

    slack: SlackServer
    store: MemoryStore = field(default_factory=sample_company)
    token: str = BOT_TOKEN
    channel: str = CHANNEL

    def __post_init__(self) -> None:
        self.relays: list[Relay] = []
        self.calls: list[SlackCalls] = []
        self.board = SqlSlackMessages(self.store, on=True, wake=self.wake)

    def wake(self) -> None:
        """Tell the relays."""
        for relay in self.relays:
            relay.wake()

    async def serve(self) -> None:
        """Relay until cancelled."""
        async with slack_client(self.token, self.slack.base_url) as web:
            calls = SlackCalls(web)
            self.calls.append(calls)
            relay = Relay(self.store, Posting(self.store, calls, SlackPeople(self.store, calls), self.channel))
            self.relays.append(relay)
            try:
                await relay.run()
            finally:
                self.relays.remove(relay)

    @property
    def health(self) -> str:
        """Return the health of the first connection."""
        return self.calls[0].health

    async def state(self) -> SlackState:
        """Return what became of the messages."""
        return await self.board.state("REQ-1")

    async def state_when(self, condition: Callable[[SlackState], bool]) -> SlackState:
        """Return it as soon as it fulfils the condition."""
        return await eventually(self.state, condition)

    async def all_sent(self) -> SlackState:
        """Wait until every message is as it should be."""
        return await self.state_when(
            lambda state: bool(state.messages) and all(message.state == "sent" for message in state.messages)
        )

    def texts(self, person: str, channel: str | None = None) -> list[str]:
        """Return the first lines of what a person sees in a channel, or of the app."""
        return [seen.text.splitlines()[0] for seen in self.slack.person(person).sees(channel)]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages follow one another without a pause."""
    monkeypatch.setattr(relay_module, "MESSAGE_SECONDS", 0.0)
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 0.05)


@pytest.fixture
def post(slack: SlackServer) -> Post:
    """Give a store that nobody serves yet."""
    return Post(slack)


@pytest.fixture
async def served(post: Post) -> AsyncIterator[Post]:
    """Give a store that a relay serves."""
    async with beside(post.serve()):
        yield post


@pytest.fixture
async def desk(client: Client, slack: SlackServer) -> AsyncIterator[Desk]:
    """Give a running worker whose requests are in Slack, without the service."""
    async with running_office(client) as office:
        yield Desk(office, slack)


@pytest.fixture
async def open_desk(desk: Desk) -> AsyncIterator[Desk]:
    """Give it with the service."""
    async with desk.serve():
        yield desk
