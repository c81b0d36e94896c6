"""Writes what Slack is to show of a request. One put at a time writes, and an older one changes no newer card."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, case, select, update

from workers.store.inserts import insert_new
from workers.store.slack_digests import Calendars, waits_for_digest, with_digest
from workers.store.slack_schema import slack_cards, slack_messages
from workers.store.types import utc_now
from workflows.approvals.models import Comment
from workflows.approvals.slack.models import CHANNEL, LevelCard, WantedMessages

HEAD = "request"
"""Part of the row that says which put was the latest; its revision is that of the record."""
MICROSECONDS = 1_000_000


def put_wanted(connection: Connection, wanted: WantedMessages, calendars: Calendars) -> None:
    """Keep what Slack is to show of a request."""
    put = _Put(connection, wanted, calendars)
    if put.is_latest():
        put.cards()
        put.comments()
    put.notices()


class _Put:
    """One put within its transaction."""

    def __init__(self, connection: Connection, wanted: WantedMessages, calendars: Calendars) -> None:
        self._calendars = calendars
        self._connection = connection
        self._wanted = wanted
        self._request_id = wanted.request_id
        self._position = int(utc_now().timestamp() * MICROSECONDS)

    def is_latest(self) -> bool:
        """Return whether nothing newer is known, and keep others out until the transaction ends."""
        sequence, at = self._wanted.sequence, self._wanted.at.isoformat()
        head = {"request_id": self._request_id, "part": HEAD, "revision": sequence, "content": {"at": at}}
        if insert_new(self._connection, slack_cards, head):
            return True
        row = slack_cards.c
        same = and_(row.request_id == self._request_id, row.part == HEAD)
        known = self._connection.execute(select(slack_cards).where(same).with_for_update()).mappings().one()
        if (known["revision"], known["content"]["at"]) > (sequence, at):
            return False
        self._connection.execute(update(slack_cards).where(same).values(revision=sequence, content={"at": at}))
        return True

    def cards(self) -> None:
        """Write the cards, and who gets a copy."""
        known = self._known_cards()
        for row in known.values():
            self._supersede(LevelCard.model_validate(row["content"]), row)
        later = with_digest(self._connection, {person for card in self._wanted.cards for person in card.deciders})
        now = utc_now()
        for card in self._wanted.cards:
            revision = self._card(card, known.get(card.part))
            known_copies = self._copies(card.part)
            for recipient in _recipients(card):
                if recipient not in known_copies:
                    waits = waits_for_digest(card, later.get(recipient), now, self._calendars)
                    state = "digest" if waits else "waiting"
                    self._message(card.part, recipient, "card", card=card.part, wanted=revision, state=state)

    def notices(self) -> None:
        """Write the notices that are new."""
        for notice in self._wanted.notices:
            content = {"title": self._wanted.title, "text": notice.text}
            for recipient in dict.fromkeys(notice.recipients):
                self._message(f"n/{notice.event}", recipient, "notice", content=content)

    def comments(self) -> None:
        """Write the comments that are new, below the copies of the cards that are open; else below the channel's."""
        told = self._told_comments()
        for number, comment in list(enumerate(self._wanted.comments))[told:]:
            for card, recipient in self._threads():
                self._comment(number, comment, card, recipient)

    def _comment(self, number: int, comment: Comment, card: str, recipient: str) -> None:
        content = {"title": self._wanted.title, "text": f"{comment.author}: {comment.text}"}
        here = comment.source is not None and comment.source == self._place(card, recipient)
        shown = {"state": "sent", "shown": 1} if here else {}
        self._message(f"c{number}/{card}", recipient, "comment", card=card, content=content, **shown)

    def _threads(self) -> Iterator[tuple[str, str]]:
        cards = self._wanted.cards
        live = [card for card in cards if not card.outcome]
        digested = self._digested()
        for card in live:
            for recipient in _recipients(card):
                if (card.part, recipient) not in digested:
                    yield card.part, recipient
        if not live and cards:
            yield cards[-1].part, CHANNEL

    def _digested(self) -> set[tuple[str, str]]:
        """Return the copies that nobody posts: part and recipient."""
        row = slack_messages.c
        query = select(row.part, row.recipient).where(row.request_id == self._request_id, row.state == "digest")
        return {(each.part, each.recipient) for each in self._connection.execute(query)}

    def _place(self, card: str, recipient: str) -> str | None:
        """Return where a copy of a card is in Slack, as comments name it as their source."""
        row = slack_messages.c
        query = select(row.channel, row.ts).where(
            row.request_id == self._request_id, row.part == card, row.recipient == recipient
        )
        found = self._connection.execute(query).one_or_none()
        return None if found is None or found.ts is None else thread_source(found.channel, found.ts)

    def _told_comments(self) -> int:
        row = slack_messages.c
        query = select(row.part).where(row.request_id == self._request_id, row.kind == "comment").distinct()
        numbers = [int(part.partition("/")[0].removeprefix("c")) for part in self._connection.scalars(query)]
        return max((number + 1 for number in numbers), default=0)

    def _copies(self, card: str) -> set[str]:
        row = slack_messages.c
        query = select(row.recipient).where(row.request_id == self._request_id, row.part == card)
        return set(self._connection.scalars(query))

    def _known_cards(self) -> Mapping[str, RowMapping]:
        row = slack_cards.c
        query = select(slack_cards).where(row.request_id == self._request_id, row.part != HEAD)
        return {each["part"]: each for each in self._connection.execute(query).mappings()}

    def _supersede(self, card: LevelCard, known: RowMapping) -> None:
        """Close a card of an earlier version, whose end nobody may have told."""
        if card.outcome or card.version >= self._wanted.version:
            return
        words = f"Replaced by version {self._wanted.version}"
        self._card(card.model_copy(update={"outcome": words, "deciders": [], "due_at": None}), known)

    def _card(self, card: LevelCard, known: RowMapping | None) -> int:
        """Write a card if it is another one now, and return its revision."""
        content = card.model_dump(mode="json")
        if known is None:
            values = {"request_id": self._request_id, "part": card.part, "revision": 1, "content": content}
            insert_new(self._connection, slack_cards, values)
            return 1
        if known["content"] == content:
            return int(known["revision"])
        row, message = slack_cards.c, slack_messages.c
        revision = int(known["revision"]) + 1
        same = and_(row.request_id == self._request_id, row.part == card.part)
        self._connection.execute(update(slack_cards).where(same).values(revision=revision, content=content))
        copies = and_(message.request_id == self._request_id, message.part == card.part)
        state = case((message.state == "digest", "digest"), else_="waiting")
        # What was left for a digest and is closed needs to be looked at no more.
        left = revision if card.outcome else 0
        shown = case((message.state == "digest", left), else_=message.shown)
        changed = {"wanted": revision, "state": state, "shown": shown, "retry_at": None}
        self._connection.execute(update(slack_messages).where(copies).values(changed))
        return revision

    def _message(self, part: str, recipient: str, kind: str, **values: Any) -> None:  # noqa: ANN401 - columns of any type
        """Write a message that is new."""
        self._position += 1
        row = {"request_id": self._request_id, "part": part, "recipient": recipient, "kind": kind}
        defaults = {"wanted": 1, "state": "waiting", "position": self._position}
        insert_new(self._connection, slack_messages, row | defaults | values)


def thread_source(channel: str, ts: str) -> str:
    """Return how a comment names the thread that it was written in."""
    return f"slack/{channel}/{ts}"


def _recipients(card: LevelCard) -> list[str]:
    """Return who gets a copy of a card: the channel, and who may decide it."""
    return [CHANNEL, *card.deciders]
