"""What an app puts beside a message for itself, see https://docs.slack.dev/messaging/message-metadata."""

import json

from tests.slack.errors import SlackError
from tests.slack.workspace import Json, Message

MAX_BYTES = 16_384
"""The real limit is not documented; what is longer would be no key."""


def checked_metadata(given: object) -> Json:
    """Return a message's metadata, empty for none.

    Raises:
        SlackError: it has not the form that Slack takes.
    """
    if given is None or given == {}:
        return {}
    if not isinstance(given, dict):
        raise SlackError("invalid_metadata_format")
    event_type, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(event_type, str) or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_format")
    if not event_type or not event_type.replace("_", "").isalnum() or not all(map(_fits, payload.values())):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(given).encode()) > MAX_BYTES:
        raise SlackError("metadata_too_large")
    return given


def with_metadata(message: Message, shown: Json, args: Json) -> Json:
    """Return a message as a history shows it: of its metadata only the type, unless all was asked for."""
    if not message.metadata:
        return shown
    everything = str(args.get("include_all_metadata")).lower() in {"1", "true"}
    kept = message.metadata if everything else {"event_type": message.metadata["event_type"]}
    return shown | {"metadata": kept}


def _fits(value: object) -> bool:
    """Return whether a value of a payload is one that Slack keeps: plain, or objects of plain values."""
    if isinstance(value, list):
        return all(map(_fits, value))
    if isinstance(value, dict):
        return all(isinstance(each, str | int | float | bool) for each in value.values())
    return isinstance(value, str | int | float | bool)
