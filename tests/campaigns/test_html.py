"""HTML of e-mails: what is merged into it is text, and every part is checked at the start."""

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select
from typing_extensions import override

from tests.support.campaigns import World, campaign
from tests.support.temporal import fresh
from workers.store.schema import templates
from workers.store.users import upsert_users
from workflows.campaigns.html import merge_html
from workflows.campaigns.models import CampaignRequest, Channel, Preferences, Template
from workflows.campaigns.ports import User
from workflows.campaigns.template import MAX_HTML, SHOWN_HTML
from workflows.shared.errors import RefusedError

HTML = '<p title="{{ name }}">Hello {{ name }}<img alt={{ name }} src=a.png></p>'


class Tags(HTMLParser):
    """What a mail program reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Any] = []
        self.text = ""
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_value_is_text_wherever_it_is(name: str) -> None:
    read = Tags(merge_html(HTML, {"name": name}))
    assert read.text == f"Hello {name}"
    assert read.tags == [("p", [("title", name)]), ("img", [("alt", name), ("src", "a.png")])]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.com/?a=b&c", True),
        ("mailto:ada@example.com", True),
        ("offers/1?x:y", True),
        ("javascript:alert(1)//", False),
        ("JaVa\tScript:alert(1)", False),
        ("data:text/html,<script>", False),
    ],
)
@pytest.mark.parametrize("html", ['<a href="{{ url }}">', "<a HREF = {{ url }}>", "<a href='{{ url }}'>"])
def test_a_link_runs_nothing(html: str, url: str, *, kept: bool) -> None:
    [(_, [(_, href)])] = Tags(merge_html(html, {"url": url})).tags
    assert href == (url if kept else "#")


@pytest.mark.parametrize("part", ["subject", "body", "html"])
async def test_an_unknown_field_is_refused_in_every_part(world: World, part: str) -> None:
    texts = {"subject": "Sale", "body": "Sale", "html": "<p>Sale</p>"} | {part: "{{ first_nam }}"}
    wrong = campaign(world.add_users(1), template=Template.model_validate(texts))
    with pytest.raises(RefusedError, match=rf"^template\.{part}: first_nam is no field; did you mean first_name\?$"):
        await world.campaigns.start(wrong)


@pytest.mark.parametrize(
    ("channel", "template", "words"),
    [
        (Channel.SMS, {"body": "b", "subject": "s"}, "an SMS has no subject; leave it out"),
        (Channel.SMS, {"body": "b", "html": "<p>"}, "only an e-mail has HTML, and this is sms"),
        (Channel.PUSH, {"body": "b", "html": "<p>"}, "only an e-mail has HTML, and this is push"),
        (Channel.EMAIL, {"body": "b", "html": "é" * MAX_HTML}, "it has 200,000 bytes in UTF-8; 100,000 at most"),
        (Channel.EMAIL, {"body": "b", "html": "<p>{{ first name }}</p>"}, "is no merge field; use one like"),
        (Channel.EMAIL, {"html": "<p>"}, "there is HTML and no body; write one"),
    ],
)
def test_what_cannot_be_sent_is_refused(channel: Channel, template: dict[str, str], words: str) -> None:
    audience = {"kind": "inline", "user_ids": ["U1"]}
    given_fields = {"campaign_id": "C", "name": "n", "channel": channel, "template": template, "audience": audience}
    with pytest.raises(ValidationError, match=words):
        CampaignRequest.model_validate(given_fields)


async def test_both_parts_go_out_and_the_history_holds_the_html_once(world: World) -> None:
    user_id = fresh("ANA")
    ana = User(user_id, "ana@example.com", "", "UTC", Preferences(), attributes={"first_name": "<Ana> & Co"})
    world.store.run(upsert_users, [(ana, [])])
    html = f"<p>{{{{ first_name }}}}</p>{'<!-- - -->' * 1_000}"
    template = Template(subject="For {{ first_name }}", body="{{ first_name }}", html=html)
    request = campaign([user_id, *world.add_users(3)], template=template, max_sends_per_second=1000)
    progress = await world.run(request)
    row = world.sent[f"{request.campaign_id}:{user_id}"]
    assert (row.subject, row.body) == ("For <Ana> & Co", "<Ana> & Co")
    assert row.html.startswith("<p>&#60;Ana&#62;&#32;&#38;&#32;Co</p><!--")
    assert progress.request.template.html == f"{html[:SHOWN_HTML]}…"
    assert len(world.store.rows(select(templates))) == 1
    handle = world.client.get_workflow_handle(f"campaign-{request.campaign_id}")
    events = [event.SerializeToString() for event in (await handle.fetch_history()).events]
    assert sum(event.count(b"<!-- - -->" * 1_000) for event in events) == 2  # the start, and the step that keeps it
