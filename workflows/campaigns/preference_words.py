"""What a change of preferences would do, in words. Pure functions."""

from collections.abc import Iterator

from workflows.campaigns.models import Channel, QuietHours, SetPreferences, UserState
from workflows.campaigns.user_models import ConsentState

NAMES = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS", Channel.PUSH: "push"}


def only_changes(state: UserState | None, change: SetPreferences) -> SetPreferences:
    """Return the change without what it leaves as it is, so that it overwrites nothing else.

    A form sends all of its fields: what somebody else changed meanwhile would be undone.
    """
    if state is None:
        return change
    before = state.preferences
    named = {
        name: getattr(change.channels, name)
        for name in sorted(change.channels.model_fields_set)
        if getattr(change.channels, name) != getattr(before.channels, name)
    }
    fields: dict[str, object] = {"by": change.by, **({"channels": named} if named else {})}
    if "quiet_hours" in change.model_fields_set and change.quiet_hours != before.quiet_hours:
        fields["quiet_hours"] = change.quiet_hours
    return SetPreferences.model_validate(fields)


def gives_back(state: UserState | None, change: SetPreferences) -> bool:
    """Return whether a change turns on a channel that is refused now: nobody should do so by a slip."""
    channels = only_changes(state, change).channels
    return state is not None and any(getattr(channels, name) for name in channels.model_fields_set)


def preferences_words(state: UserState, change: SetPreferences) -> str:
    """Return for people what a change would do to the user."""
    return "; ".join(_parts(state, only_changes(state, change))) or "changes nothing"


def _parts(state: UserState, change: SetPreferences) -> Iterator[str]:
    consent = {each.channel: each for each in state.consent}
    for name in sorted(change.channels.model_fields_set):
        channel = Channel(name)
        if getattr(change.channels, name):
            yield f"turns {NAMES[channel]} on{_refused_before(consent.get(channel))}"
        else:
            yield f"turns {NAMES[channel]} off, and calls back what was granted and has not gone out"
    if "quiet_hours" in change.model_fields_set:
        yield _quiet_words(change.quiet_hours)


def _refused_before(consent: ConsentState | None) -> str:
    if consent is None or consent.state == "subscribed":
        return ""
    since = f", {consent.since:%Y-%m-%d %H:%M} UTC" if consent.since else ""
    return f", which was {consent.state} ({consent.source}{since})"


def _quiet_words(quiet: QuietHours | None) -> str:
    if quiet is None:
        return "removes the quiet hours: messages may go at any time"
    return f"holds messages back from {quiet.start} until {quiet.end}, {quiet.timezone}"
