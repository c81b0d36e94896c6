"""A campaign's users with what became of them, and the actor of the one that is chosen."""

import asyncio
from datetime import UTC, datetime
from typing import ClassVar
from uuid import uuid4

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from console.design.text import plain
from console.design.tone import Tone
from console.details.sections import problem
from console.dialogs.form import FormDialog
from console.forms import FormLayout
from console.gateway.gateway import Gateway
from console.panes.legality import READ_ONLY
from console.panes.messages import Said
from console.settings import ConsoleSettings
from console.systems.campaigns.details import OUTCOMES
from console.systems.campaigns.user_details import user_details
from console.widgets.line_input import LineInput
from workflows.campaigns.client import CampaignsClient, UserActorsClient
from workflows.campaigns.models import CampaignProgress, InlineAudience, RecentOutcome, SetPreferences, UserState
from workflows.shared.errors import CallError, NotFoundError

READ_SECONDS = 2.0
"""How often the campaign and the user are read while this screen is open."""

USER_CELLS = 26


class UsersScreen(ModalScreen[None]):
    """Lists users at the left; shows the actor of one at the right."""

    DEFAULT_CSS = """
    UsersScreen {
        & > #users-body { height: 1fr; margin: 1 0 0 0; background: $surface; }
        #users-left {
            width: 42%; border: round $border; border-title-color: $text-muted; border-subtitle-color: $text-muted;
            &:focus-within { border: round $accent 70%; border-title-color: $text-accent; }
        }
        &.-narrow #users-left { width: 32; }
        #users-list {
            height: 1fr; border: none; background: transparent; padding: 0;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        #users-open { margin: 0 1; padding: 0 1; background: $foreground 7%; }
        #users-open:focus { background: $accent 18%; }
        #user {
            width: 1fr; border: round $border; padding: 0 1; border-title-color: $text-muted;
            border-subtitle-color: $text-muted;
            &:focus { border: round $accent 70%; border-title-color: $text-accent; }
        }
        #users-said { height: 1; padding: 0 1; color: $text-muted; background: $panel; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("p", "preferences", "Preferences", show=False),
        Binding("slash", "open", "Another user", show=False),
    ]

    def __init__(self, gateway: Gateway, settings: ConsoleSettings, campaign_id: str, name: str) -> None:
        super().__init__()
        self._gateway = gateway
        self._settings = settings
        self._campaign_id = campaign_id
        self._name = plain(name)
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
        yield Static(Content("enter or ↑ ↓ choose · / another user · p preferences · esc back"), id="users-said")
        left.border_title = Content(f"Users of {plain(self._campaign_id)} · {self._name}")
        right.border_title = Content("no user chosen")

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one(OptionList).focus()
        self.run_worker(self._poll(), group="users", exclusive=True, exit_on_error=False)

    async def _poll(self) -> None:
        while True:
            try:
                progress = await self._gateway.domain(CampaignsClient).get_progress(self._campaign_id)
                self._show_users(progress)
            except CallError as error:
                self._say(problem(str(error)))
            if self._chosen is not None:
                await self._read(self._chosen)
            await asyncio.sleep(READ_SECONDS)

    def _show_users(self, progress: CampaignProgress) -> None:
        users = users_of(progress)
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
        shown = (
            f"the latest {len(users):,} of {progress.audience:,}"
            if progress.audience > len(users)
            else f"{len(users):,}"
        )
        self.query_one("#users-left").border_subtitle = Content(shown)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self._choose(event.option_id)

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
        self._body.update(Content.styled("reading …", Tone.MUTED.style))
        self.run_worker(self._read(user_id), group="user", exclusive=True, exit_on_error=False)

    async def _read(self, user_id: str) -> None:
        try:
            state = await self._gateway.domain(UserActorsClient).get_user_state(user_id)
        except NotFoundError:
            self._show(user_id, None, Content.styled("Nobody has asked to write to this user yet.", Tone.MUTED.style))
        except CallError as error:
            self._show(user_id, None, problem(str(error)))
        else:
            width = max(self.query_one("#user").scrollable_content_region.width, 30)
            self._show(user_id, state, user_details(state, width=width, now=datetime.now(UTC)))

    def _show(self, user_id: str, state: UserState | None, content: Content) -> None:
        if user_id == self._chosen:
            self._state = state
            self._body.update(content)

    def action_open(self) -> None:
        """Type the ID of another user."""
        self.query_one("#users-open", Input).focus()

    def action_leave(self) -> None:
        """Go back from the typed ID to the list, and from the list to the campaigns."""
        if self.query_one("#users-open").has_focus:
            self.query_one(OptionList).focus()
        else:
            self.dismiss()

    def action_preferences(self) -> None:
        """Change what the chosen user wants to hear."""
        if self._chosen is None:
            self._say(problem("choose a user first"))
        elif self._settings.read_only:
            self._say(problem(f"preferences: {READ_ONLY}"))
        else:
            self.run_worker(self._ask_preferences(self._chosen, self._state), group="act", exit_on_error=False)

    async def _ask_preferences(self, user_id: str, state: UserState | None) -> None:
        key = f"console-{uuid4().hex}"
        actions = state.actions if state else []

        async def save(preferences: SetPreferences) -> None:
            async def call() -> str:
                client = self._gateway.domain(UserActorsClient)
                after = await client.set_preferences(user_id, preferences, update_id=key)
                width = max(self.query_one("#user").scrollable_content_region.width, 30)
                self._show(user_id, after, user_details(after, width=width, now=datetime.now(UTC)))
                return "preferences saved"

            receipt = await self._gateway.perform("preferences", user_id, call())
            self.post_message(Said(receipt))
            if not receipt.ok:
                raise CallError(receipt.text)
            self._say(Content.styled(f"✔ preferences of {plain(user_id)} saved", Tone.DONE.style))

        dialog = FormDialog(
            SetPreferences,
            f"Preferences of {user_id}",
            dict(state.preferences) if state else {"channels": {"email": True, "sms": True, "push": True}},
            "Save",
            effect=next((action.effect for action in actions if action.name == "set_preferences"), None),
            layout=FormLayout(fixed={"by": self._gateway.operator}),
            submit=save,
        )
        await self.app.push_screen_wait(dialog)

    @on(Worker.StateChanged)
    def _failed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self._say(problem(f"unforeseen error: {event.worker.error}"))

    def _say(self, content: Content) -> None:
        self.query_one("#users-said", Static).update(content)


def users_of(progress: CampaignProgress) -> dict[str, RecentOutcome | None]:
    """Return the users that the campaign tells of, the latest outcomes first, then the named ones without one yet."""
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
