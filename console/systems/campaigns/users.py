"""The users of a campaign with their outcomes, and the actor of the chosen one."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from console.commands.availability import ActionState
from console.commands.basis import Basis
from console.commands.command import AnyCommand, CommandResult, Target
from console.commands.runner import CommandRun
from console.customer.messages import OpenPerson
from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import problem
from console.gateway.gateway import Gateway
from console.gateway.read_only import READ_ONLY
from console.gateway.rows import Row
from console.keys import DIALOG_GROUP
from console.systems.campaigns.commands import USER_COMMANDS
from console.systems.campaigns.details import OUTCOMES
from console.systems.campaigns.user_details import user_details
from console.widgets.excerpt import Excerpt
from console.widgets.line_input import LineInput
from workflows.campaigns.actor_view import user_facts
from workflows.campaigns.client import CampaignsClient, UserActorsClient
from workflows.campaigns.models import CampaignProgress, InlineAudience, UserState
from workflows.campaigns.outcomes import RecentOutcome
from workflows.runtime.console_settings import ConsoleSettings
from workflows.shared.errors import CallError

POLL_INTERVAL = 2.0
STORE_POLLS = 8
"""As seldom the store is asked about a user without an actor: each question is a workflow."""

USER_CELLS = 26


class UsersScreen(ModalScreen[None]):
    """Lists users at the left, and shows the actor of one at the right."""

    DEFAULT_CSS = """
    UsersScreen {
        & > #users-body { height: 1fr; margin: 1 0 0 0; background: $surface; }
        #users-left {
            width: 42%; border: round $border; border-title-color: $text-muted; border-subtitle-color: $text-muted;
            &:focus-within { border: round $accent 70%; border-title-color: $text-accent; }
        }
        &.-narrow #users-left { width: 40%; max-width: 32; }
        #users-list {
            height: 1fr; border: none; background: transparent; padding: 0;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #users-open { margin: 0 1; padding: 0 1; background: $field; }
        #users-open:focus { background: $field-focus; }
        #user {
            width: 1fr; border: round $border; padding: 0 1; border-title-color: $text-muted;
            border-subtitle-color: $text-muted; scrollbar-gutter: stable;
            &:focus { border: round $accent 70%; border-title-color: $text-accent; }
        }
        #users-said { height: auto; max-height: 2; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        *(Binding(command.key, f"act('{command.name}')", command.title, show=False) for command in USER_COMMANDS),
        Binding("slash", "open", "Another user", show=False),
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings, campaign: Row) -> None:
        super().__init__()
        self._gateway = gateway
        self._settings = settings
        self._campaign_id = campaign.business_id
        self._name = plain(campaign.title)
        self._chosen: str | None = None
        self._state: UserState | None = None
        self._listed: dict[str, RecentOutcome | None] = {}
        self._body = Static()

    def compose(self) -> ComposeResult:
        """Lay out the list and the user."""
        with Horizontal(id="users-body"):
            with Vertical(id="users-left") as left:
                yield LineInput(placeholder="/ another user ID", id="users-open", compact=True)
                yield OptionList(id="users-list")
            with VerticalScroll(id="user") as right:
                yield self._body
        yield Excerpt(
            Content("↑ ↓ choose · enter one person · / another user · p preferences · c caps · b bounce · esc back"),
            id="users-said",
        )
        left.border_title = Content(f"Users of {plain(self._campaign_id)} · {self._name}")
        right.border_title = Content("no user chosen")

    def on_mount(self) -> None:
        """Start reading."""
        self.query_one(OptionList).focus()
        self.run_worker(self._poll(), group="users", exclusive=True, exit_on_error=False)

    async def _poll(self) -> None:
        for number in count():
            try:
                progress = await self._gateway.domain(CampaignsClient).get_progress(self._campaign_id)
                self._show_users(progress)
            except CallError as error:
                self._say(problem(str(error)))
            has_actor = self._state is not None and self._state.has_actor
            if self._chosen is not None and (has_actor or number % STORE_POLLS == 0):
                await self._read(self._chosen)
            await asyncio.sleep(POLL_INTERVAL)

    def _show_users(self, progress: CampaignProgress) -> None:
        users = _users_of(progress)
        if users == self._listed:
            return
        self._listed = users
        options = self.query_one(OptionList)
        before = self._chosen
        cells = min(max(map(len, users), default=0), USER_CELLS)
        options.set_options([Option(_line(user_id, outcome, cells), id=user_id) for user_id, outcome in users.items()])
        if before in users:
            options.highlighted = options.get_option_index(before)
        elif users and before is None:
            options.highlighted = 0
        listed, whole = len(users), progress.audience
        shown = f"the latest {listed:,} of {whole:,}" if whole > listed else f"{listed:,}"
        self.query_one("#users-left").border_subtitle = Content(shown)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self._choose(event.option_id)

    @on(OptionList.OptionSelected)
    def _one_person(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self.app.post_message(OpenPerson(event.option_id))

    @on(Input.Submitted, "#users-open")
    def _typed(self, event: Input.Submitted) -> None:
        user_id = event.value.strip()
        if user_id:
            self._choose(user_id)
            self.query_one("#user").focus()

    def _choose(self, user_id: str) -> None:
        if user_id == self._chosen:
            return
        self._chosen, self._state = user_id, None
        self.query_one("#user").border_title = Content(plain(user_id, limit=60))
        self._body.update(Tone.MUTED.styled("reading …"))
        self.run_worker(self._read(user_id), group="user", exclusive=True, exit_on_error=False)

    async def _read(self, user_id: str) -> None:
        try:
            state = await self._gateway.domain(UserActorsClient).known_state(user_id)
        except CallError as error:
            self._show(user_id, None, problem(str(error)))
        else:
            self._show(user_id, state, self._drawn(state))

    def _drawn(self, state: UserState) -> Content:
        width = max(self.query_one("#user").scrollable_content_region.width, 30)
        return user_details(state, width=width, now=datetime.now(UTC))

    def _show(self, user_id: str, state: UserState | None, content: Content) -> None:
        if user_id == self._chosen:
            self._state = state
            self._body.update(content)

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._draw_again)

    def _draw_again(self) -> None:
        if self._state is not None:
            self._body.update(self._drawn(self._state))

    def action_open(self) -> None:
        """Type the ID of another user."""
        self.query_one("#users-open", Input).focus()

    def action_leave(self) -> None:
        """Go back from the ID field to the list, and from the list to the campaigns."""
        if self.query_one("#users-open").has_focus:
            self.query_one(OptionList).focus()
        else:
            self.dismiss()

    def action_act(self, name: str) -> None:
        """Change something of the chosen user."""
        command = next(command for command in USER_COMMANDS if command.name == name)
        if self._chosen is None:
            self._say(problem("choose a user first"))
        elif self._settings.read_only:
            self._say(problem(f"{command.verb}: {READ_ONLY}"))
        elif self._state is None:
            self._say(problem(f"{command.verb}: {plain(self._chosen)} has not answered yet"))
        else:
            self.run_worker(self._run(command, self._chosen, self._state), group=DIALOG_GROUP, exit_on_error=False)

    async def _run(self, command: AnyCommand, user_id: str, state: UserState) -> None:
        basis, look = self._basis(command, state), partial(self._look, command, user_id)
        answered = partial(self._saved, user_id)
        await CommandRun(self, self._gateway, UserActorsClient, command, basis, answered, look).start()

    async def _look(self, command: AnyCommand, user_id: str) -> Basis:
        return self._basis(command, await self._gateway.domain(UserActorsClient).known_state(user_id))

    def _basis(self, command: AnyCommand, user: UserState) -> Basis:
        """Return what a decision about a user rests on; one without an actor offers no actions, and takes them all."""
        action = next((action for action in user.actions if action.name == command.name), None)
        effect = (action.effect if action else None) or ""
        target: Target[Any] = Target(self._gateway.operator, user.user_id, user, user.user_id, effect)
        return Basis(target, ActionState(command, allowed=True, effect=effect), user_facts(user), user.timeline)

    async def _saved(self, user_id: str, result: CommandResult[UserState] | None) -> None:
        await self._read(user_id)
        if result is not None:
            self._say(Tone.DONE.styled(f"✔ {plain(user_id)}: {result.text}"))

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._say(problem(f"unexpected error: {event.worker.error}"))

    def _say(self, content: Content) -> None:
        self.query_one("#users-said", Static).update(content)


def _users_of(progress: CampaignProgress) -> dict[str, RecentOutcome | None]:
    """Return the users with recent outcomes, the latest first, then the named ones without an outcome yet."""
    users: dict[str, RecentOutcome | None] = {}
    for outcome in progress.recent:
        users.setdefault(outcome.user_id, outcome)
    audience = progress.request.audience
    for user_id in audience.user_ids if isinstance(audience, InlineAudience) else []:
        users.setdefault(user_id, None)
    return users


def _line(user_id: str, outcome: RecentOutcome | None, cells: int) -> Content:
    name = Content(plain(user_id, limit=cells))
    start = Content.assemble(" ", name.pad_right(cells - name.cell_length + 2))
    if outcome is None:
        return start
    word, tone = OUTCOMES[outcome.outcome]
    return Content.assemble(start, (word, tone.style), (f"  {plain(outcome.rule or '', limit=40)}", Tone.MUTED.style))
