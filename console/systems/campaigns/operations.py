"""What Temporal's operations mean to a campaign and to a user's actor, and what these hold."""

from collections.abc import Sequence

from console.operations.meaning import Meaning, StartAgain
from workflows.campaigns.client import CampaignsClient
from workflows.campaigns.models import CampaignProgress, CampaignRequest, UserState
from workflows.shared.counts import number_of


def held_by_campaign(campaign: CampaignProgress) -> Sequence[str]:
    """Return the users of a campaign who have no outcome."""
    waiting = campaign.pending + campaign.deferred
    return [f"{number_of(waiting, 'user')} without a message, of {campaign.audience:,}"] if waiting else ()


def held_by_actor(user: UserState) -> Sequence[str]:
    """Return how full the caps of a user are."""
    return [f"{use.rule}: {use.used} of {use.limit} messages" for use in user.usage if use.used]


CAMPAIGN = Meaning(
    cancel="ends the campaign where it is: batches under way are stopped, and users without a message get none",
    terminate="ends the campaign where it is: users without a message get none. A reset lets it go on later",
    reset="lets the campaign go on with the users who have no message yet; nobody gets it twice, and a finished one"
    " ends as before",
    pause="stops the campaign's code: batches under way end, no other begins, and what you can do here is refused",
    unpause="lets the campaign go on",
    timer="the campaign's own time limit",
    instead=("cancel", "pause"),
    held=held_by_campaign,
    moves=True,
    again=StartAgain(CampaignRequest, CampaignsClient.start),
)
ACTOR = Meaning(
    cancel="ends the actor; the next message to this user starts another one, which reads the store",
    terminate="ends the actor; the next message to this user starts another one, which reads the store: no send and no"
    " preference is forgotten but a report of this instant",
    reset="lets the actor read the store again; no send is counted twice",
    pause="stops the actor: every message to this user waits until it goes on",
    unpause="lets the actor answer again",
    held=held_by_actor,
    moves=True,
)
