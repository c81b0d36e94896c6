"""The users' actors as the inbox lists them: those that have refused a signal."""

from textual.content import Content

from console.commands.acknowledge import ACKNOWLEDGE_SIGNALS
from console.design.tone import Tone
from console.model import Stage
from console.systems.campaigns.commands import USER_COMMANDS
from console.systems.campaigns.operations import ACTOR
from console.systems.campaigns.person_record import person_record
from console.systems.campaigns.user_details import user_details
from console.systems.campaigns.why import WHY
from console.systems.person import PersonLink
from console.systems.system import ConsoleSystem, DetailContext
from workflows.campaigns.actor_view import STAGE
from workflows.campaigns.client import UserActorsClient
from workflows.campaigns.models import UserState


def _details(view: UserState, context: DetailContext) -> Content:
    return user_details(view, width=context.width, now=context.now)


def _named(view: UserState) -> str:
    return view.user_id


USER_ACTORS = ConsoleSystem(
    name="users",
    title="Users",
    client=UserActorsClient,
    view=UserState,
    stages=(Stage(STAGE, "active", "●", Tone.DONE),),
    columns=(),
    commands=(*USER_COMMANDS, ACKNOWLEDGE_SIGNALS),
    details=_details,
    named=_named,
    timeline=lambda user: user.timeline,
    why=WHY,
    operations=ACTOR,
    person=PersonLink("user", record=person_record),
)
