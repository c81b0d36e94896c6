"""Who is who: people of the directory in Slack, and people in Slack in the directory."""

import time
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, func, select

from workers.services.slack.calls import SlackCalls, SlackRefusedError
from workers.store.directory import find_person
from workers.store.engine import Store
from workers.store.schema import people
from workflows.approvals.ports import Person

ValueT = TypeVar("ValueT")

REMEMBERED_SECONDS = 300.0
MAX_REMEMBERED = 10_000


class NotAllowedError(Exception):
    """Somebody in Slack is nobody who may do anything here. The text is one line for people."""


class SlackPeople:
    """Maps people by the directory's ``slack_id``, else by e-mail address."""

    def __init__(self, store: Store, calls: SlackCalls) -> None:
        self._store = store
        self._calls = calls
        self._users = _Memory[dict[str, Any]]()
        self._members = _Memory[str | None]()

    async def member(self, person_id: str) -> str | None:
        """Return the Slack ID of a person, or None when they are not in Slack."""
        person = await self._store.read(find_person, person_id)
        if person is None or person.slack_id:
            return person.slack_id if person else None
        if not person.email:
            return None
        known = self._members.get(person.email)
        if known is not None:
            return known.value
        try:
            call = self._calls.web.users_lookupByEmail(email=person.email)
            found: str | None = (await self._calls.answer("users.lookupByEmail", call))["user"]["id"]
        except SlackRefusedError as error:
            if error.code != "users_not_found":
                raise
            found = None
        self._members.put(person.email, found)
        return found

    async def person(self, slack_user: str, team: str) -> Person:
        """Return the person who did something in Slack.

        Raises:
            NotAllowedError: they are of another team, a bot, deactivated, or not in the directory.
        """
        own = await self._calls.team()
        if team != own:
            raise NotAllowedError("your Slack account is of another team")
        user = await self._user(slack_user)
        if user.get("team_id", own) != own or user.get("is_stranger"):
            raise NotAllowedError("your Slack account is of another team")
        if user.get("is_bot") or slack_user == "USLACKBOT":
            raise NotAllowedError("a bot decides nothing")
        if user.get("deleted"):
            raise NotAllowedError("this Slack account is deactivated")
        email = str((user.get("profile") or {}).get("email") or "")
        found = await self._store.read(_find, slack_user, email)
        if len(found) != 1:
            many = "several people have your e-mail address" if found else "the directory does not know you"
            raise NotAllowedError(f"{many}; ask for your Slack ID, {slack_user}, to be added to it")
        return found[0]

    async def _user(self, slack_user: str) -> dict[str, Any]:
        known = self._users.get(slack_user)
        if known is not None:
            return known.value
        try:
            answer = await self._calls.answer("users.info", self._calls.web.users_info(user=slack_user))
        except SlackRefusedError as error:
            unknown = error.code == "user_not_found"
            words = f"does not know {slack_user}" if unknown else f"does not say who {slack_user} is"
            raise NotAllowedError(f"Slack {words}: {error.code}") from error
        user: dict[str, Any] = answer["user"]
        self._users.put(slack_user, user)
        return user


def _find(connection: Connection, slack_user: str, email: str) -> list[Person]:
    """Return who has that Slack ID; else who has that e-mail address, and no other Slack ID."""
    row = people.c
    ids = list(connection.scalars(select(row.person_id).where(row.slack_id == slack_user)))
    if not ids and email:
        same = func.lower(row.email) == email.lower()
        ids = list(connection.scalars(select(row.person_id).where(same, row.slack_id.is_(None)).limit(2)))
    found = [find_person(connection, person_id) for person_id in ids]
    return [person for person in found if person is not None]


@dataclass(frozen=True)
class _Remembered(Generic[ValueT]):
    value: ValueT
    until: float


class _Memory(Generic[ValueT]):
    """Remembers answers for some minutes."""

    def __init__(self) -> None:
        self._known: dict[str, _Remembered[ValueT]] = {}

    def get(self, key: str) -> _Remembered[ValueT] | None:
        known = self._known.get(key)
        return known if known is not None and known.until > time.monotonic() else None

    def put(self, key: str, value: ValueT) -> None:
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[key] = _Remembered(value, time.monotonic() + REMEMBERED_SECONDS)
