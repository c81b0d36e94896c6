"""Metadata, histories and the list of channels, as slack-sdk's client meets them."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.metadata import Metadata
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.server import CHANNEL, CHANNEL_ID, SlackServer

KEY = Metadata("tconsole_message", {"key": "REQ-1"})


async def test_a_message_is_found_by_its_metadata(slack: SlackServer, web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=CHANNEL, text="one", metadata=KEY)
    await web.chat_postMessage(channel=CHANNEL, text="a reply", thread_ts=posted["ts"], metadata=KEY)
    slack.person("ben").writes(CHANNEL, "two")
    plain = await web.conversations_history(channel=CHANNEL_ID)
    assert [message["text"] for message in plain["messages"]] == ["two", "one"]
    assert plain["messages"][1]["metadata"] == {"event_type": "tconsole_message"}
    full = await web.conversations_history(channel=CHANNEL_ID, include_all_metadata=True)
    assert full["messages"][1]["metadata"]["event_payload"] == {"key": "REQ-1"}
    assert "metadata" not in full["messages"][0]
    thread = await web.conversations_replies(channel=CHANNEL_ID, ts=posted["ts"], include_all_metadata=True)
    assert [message["metadata"]["event_payload"]["key"] for message in thread["messages"]] == ["REQ-1", "REQ-1"]


async def test_an_update_keeps_the_metadata_that_it_does_not_name(web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=CHANNEL, text="one", metadata=KEY)
    await web.chat_update(channel=CHANNEL_ID, ts=posted["ts"], text="two")
    [message] = (await web.conversations_history(channel=CHANNEL_ID, include_all_metadata=True))["messages"]
    assert (message["text"], message["metadata"]["event_payload"]) == ("two", {"key": "REQ-1"})
    await web.chat_update(channel=CHANNEL_ID, ts=posted["ts"], text="three", metadata={})
    [message] = (await web.conversations_history(channel=CHANNEL_ID, include_all_metadata=True))["messages"]
    assert "metadata" not in message


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{broken", "invalid_metadata_format"),
        ([], "invalid_metadata_format"),
        ({"event_type": "a"}, "invalid_metadata_format"),
        ({"event_type": "a b", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"key": None}}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"key": {"deep": {"er": 1}}}}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"key": "x" * 20_000}}, "metadata_too_large"),
    ],
)
async def test_metadata_that_slack_does_not_keep(
    slack: SlackServer, web: AsyncWebClient, metadata: object, error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        await web.api_call("chat.postMessage", json={"channel": CHANNEL, "text": "one", "metadata": metadata})
    assert slack.posts == []


async def test_a_history_comes_in_pages(web: AsyncWebClient) -> None:
    for number in range(5):
        await web.chat_postMessage(channel=CHANNEL, text=str(number))
    first = await web.conversations_history(channel=CHANNEL_ID, limit=3)
    assert ([message["text"] for message in first["messages"]], first["has_more"]) == (["4", "3", "2"], True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await web.conversations_history(channel=CHANNEL_ID, limit=3, cursor=cursor)
    assert ([message["text"] for message in rest["messages"]], rest["has_more"]) == (["1", "0"], False)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await web.conversations_history(channel=CHANNEL)


async def test_channels_are_found_by_name(slack: SlackServer, web: AsyncWebClient) -> None:
    slack.workspace.add_channel("board", is_private=True)
    slack.workspace.add_channel("secret", is_private=True, with_bot=False)
    answer = await web.conversations_list(types="public_channel,private_channel", limit=1)
    assert [channel["name"] for channel in answer["channels"]] == ["approvals"]
    answer = await web.conversations_list(
        types="public_channel,private_channel", limit=5, cursor=answer["response_metadata"]["next_cursor"]
    )
    assert [channel["name"] for channel in answer["channels"]] == ["board"]
    assert answer["response_metadata"]["next_cursor"] == ""
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await web.conversations_list(types="im")
