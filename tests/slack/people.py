"""What people do: they read, press buttons, fill in modals, reply and delete."""

from html import escape

from tests.slack.chat import add_message, remove_message
from tests.slack.render import Button, Seen, seen, view_text
from tests.slack.socket_mode import Delivery, SocketMode
from tests.slack.views import TROUBLE, apply_answer, new_trigger
from tests.slack.workspace import (
    APP_ID,
    BOT_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
    Message,
    ResponseUrl,
    User,
    View,
    Workspace,
    new_secret,
)

WARNING = "This app is not responding."
"""What a person reads beside a message whose click nobody acknowledged."""


class NotPossibleError(AssertionError):
    """A person cannot do this in Slack: the channel, the message or the button is not on the screen."""


class Person:
    """One person at a Slack client. Everything is done at once; what the app makes of it comes later."""

    def __init__(self, workspace: Workspace, socket: SocketMode, user: User, hooks_url: str) -> None:
        self.workspace = workspace
        self.socket = socket
        self.user = user
        self.warnings: list[str] = []
        """What Slack told the person about the app, newest last."""
        self._hooks_url = hooks_url

    def channels(self) -> list[Channel]:
        """Return the channels that the person is in, direct messages with the app last."""
        return [channel for channel in self.workspace.channels.values() if self.user.user_id in channel.members]

    def sees(self, channel: str | Channel | None = None) -> list[Seen]:
        """Return the messages of a channel (``#name`` or ID), or of the direct messages with the app."""
        return [
            seen(message)
            for message in self._channel(channel).messages.values()
            if message.only_for in {None, self.user.user_id} and message.thread_ts in {None, message.ts}
        ]

    def reads_thread(self, message: Seen | Message) -> list[Seen]:
        """Return the replies to a message."""
        parent = self._message(message)
        replies = self._channel(parent.channel_id).thread(parent.ts)
        return [seen(reply) for reply in replies if reply.only_for in {None, self.user.user_id}]

    def modals(self) -> list[View]:
        """Return the modals that the person has open, the topmost last."""
        return [view for view in self.workspace.views if view.user is self.user]

    def reads_modal(self) -> str:
        """Return the topmost modal as text.

        Raises:
            NotPossibleError: there is none.
        """
        return view_text(self._top())

    def clicks(self, message: Seen, button: str) -> Delivery:
        """Press a button by its label or ``action_id``, as it stood there when the person looked.

        Raises:
            NotPossibleError: there is no such button, or the message is no longer there.
        """
        pressed = next((each for each in message.buttons if button in {each.label, each.action_id}), None)
        if pressed is None:
            raise NotPossibleError(f"no button {button!r} in: {message.text}")
        return self.sends_click(self._message(message), pressed)

    def sends_click(self, message: Message, button: Button, **forged: object) -> Delivery:
        """Send a click; ``forged`` replaces parts of its payload, for what no honest client sends."""
        channel = self.workspace.channels[message.channel_id]
        self._check_membership(channel)
        now = self.workspace.next_ts()
        ephemeral = message.only_for is not None
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel_id}
        container |= {"is_ephemeral": ephemeral} | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
        taken = {"action_id": button.action_id, "block_id": button.block_id, "type": "button", "action_ts": now}
        given = {name: button.element[name] for name in ("text", "value", "url", "style") if name in button.element}
        payload = (
            {"type": "block_actions", "user": self._identity(), "api_app_id": APP_ID, "token": "verification"}
            | {"container": container, "trigger_id": new_trigger(self.workspace, self.user), "team": self._team()}
            | {"enterprise": None, "is_enterprise_install": False}
            | {"channel": {"id": channel.channel_id, "name": channel.name}}
            | ({} if ephemeral else {"message": message.to_json()})
            | {"state": {"values": {}}, "response_url": self._response_url(message), "actions": [taken | given]}
        )
        delivery = self.socket.send("interactive", payload | forged)
        self._watch(delivery, None)
        return delivery

    def submits(self, view: View | None = None, /, **values: str) -> Delivery:
        """Submit a modal (the topmost), with the texts entered by ``action_id``.

        Raises:
            NotPossibleError: the client would not let it: a missing, too short or too long text, or no such input.
        """
        opened = view or self._top()
        if opened not in self.workspace.views:
            raise NotPossibleError("the modal is closed")
        entered = _entered(opened, values)
        payload: Json = (
            {"type": "view_submission", "team": self._team(), "user": self._identity(), "api_app_id": APP_ID}
            | {"token": "verification", "trigger_id": new_trigger(self.workspace, self.user)}
            | {"view": opened.to_json(entered), "response_urls": []}
            | {"is_enterprise_install": False, "enterprise": None}
        )
        opened.errors = {}
        delivery = self.socket.send("interactive", payload, accepts_payload=True)
        self._watch(delivery, opened)
        return delivery

    def closes(self) -> None:
        """Close the topmost modal without submitting it."""
        self.workspace.views.remove(self._top())

    def replies(self, message: Seen | Message, text: str) -> Message:
        """Reply in the thread of a message."""
        parent = self._message(message)
        return self._writes(self._channel(parent.channel_id), text, parent.thread_ts or parent.ts)

    def writes(self, channel: str | None, text: str) -> Message:
        """Write to a channel, or to the app."""
        return self._writes(self._channel(channel), text, None)

    def deletes(self, message: Seen | Message) -> None:
        """Delete a message, as an administrator may delete any."""
        found = self._message(message)
        remove_message(self.workspace, self.workspace.channels[found.channel_id], found)

    def _writes(self, channel: Channel, text: str, thread_ts: str | None) -> Message:
        self._check_membership(channel)
        # A client sends what is typed as text: Slack escapes it, and the app gets it escaped.
        message = Message(self.workspace.next_ts(), channel.channel_id, self.user, escape(text, quote=False))
        message.thread_ts = thread_ts
        add_message(self.workspace, channel, message)
        return message

    def _watch(self, delivery: Delivery, opened: View | None) -> None:
        """Let the person read what becomes of a click or a submission."""

        def settle(acknowledged: bool) -> None:  # noqa: FBT001 - a callback
            if opened is None:
                text = "" if acknowledged else WARNING
            elif opened not in self.workspace.views:
                text = ""
            else:
                text = apply_answer(self.workspace, opened, delivery.answer) if acknowledged else TROUBLE
            if text:
                self.warnings.append(text)

        delivery.when_ended = settle

    def _identity(self) -> Json:
        user = self.user
        return {"id": user.user_id, "username": user.name, "name": user.name, "team_id": user.team_id}

    def _team(self) -> Json:
        ours = self.user.team_id == TEAM_ID
        return {"id": self.user.team_id, "domain": TEAM_DOMAIN if ours else "elsewhere"}

    def _response_url(self, message: Message) -> str:
        secret = new_secret()
        self.workspace.response_urls[secret] = ResponseUrl(message, self.user.user_id, self.workspace.clock.now())
        return f"{self._hooks_url}/{TEAM_ID}/{BOT_ID}/{secret}"

    def _channel(self, wanted: str | Channel | None) -> Channel:
        if wanted is None:
            return self.workspace.direct_messages(self.user)
        if isinstance(wanted, Channel):
            channel: Channel | None = wanted
        else:
            names = {each.name: each for each in self.workspace.channels.values() if not each.is_im}
            channel = self.workspace.channels.get(wanted) or names.get(wanted.removeprefix("#"))
        if channel is None:
            raise NotPossibleError(f"no channel {wanted!r}")
        self._check_membership(channel)
        return channel

    def _check_membership(self, channel: Channel) -> None:
        if self.user.user_id not in channel.members:
            raise NotPossibleError(f"{self.user.name} is not in {channel.name}")
        if self.user.deleted:
            raise NotPossibleError(f"{self.user.name} is deactivated")

    def _message(self, message: Seen | Message) -> Message:
        wanted = message.message if isinstance(message, Seen) else message
        found = self.workspace.channels[wanted.channel_id].messages.get(wanted.ts)
        if found is None:
            raise NotPossibleError("the message is deleted")
        return found

    def _top(self) -> View:
        if not (modals := self.modals()):
            raise NotPossibleError(f"{self.user.name} has no modal open")
        return modals[-1]


def _entered(opened: View, values: dict[str, str]) -> Json:
    inputs = {block["element"]["action_id"]: block for block in opened.view["blocks"] if block["type"] == "input"}
    if unknown := values.keys() - inputs.keys():
        raise NotPossibleError(f"no input {sorted(unknown)} in: {view_text(opened)}")
    entered: Json = {}
    for action_id, block in inputs.items():
        element = block["element"]
        value = values.get(action_id, element.get("initial_value"))
        if not value and not block.get("optional"):
            raise NotPossibleError(f"{action_id} is needed")
        if value and not element.get("min_length", 0) <= len(value) <= element.get("max_length", 3000):
            raise NotPossibleError(f"{action_id} is too short or too long: {len(value)}")
        entered[block["block_id"]] = {action_id: {"type": element["type"], "value": value or None}}
    return entered
