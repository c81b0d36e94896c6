"""Whether a message may reach its workflow: by its signature, the people whom it names, and its signer's roles.

A verdict is a code. A refused start or signal is recorded in the history as that code, so that every replay decides
as the first time, whatever the operators file says by then. The words follow from code and message alone.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from workflows.shared.identity.operators import Operator, Operators
from workflows.shared.identity.permissions import START, WORDS, Permission, needed
from workflows.shared.identity.signature import Message, Signature, is_right
from workflows.shared.inputs import MAX_EXCERPT, printable

PERSON_FIELDS = frozenset({"by", "approver", "requester", "author", "requested_by"})
"""Fields of a payload that say whose message it is."""

PAIRS = json.JSONDecoder(object_pairs_hook=list)

CUSTOMER = "customer"
"""Channel of people outside, for whom a process of ours acts that has the permission `SERVICE`."""

MAX_AGE = timedelta(minutes=15)
"""Of an update: its sender waits for the answer. A signal may wait for a worker as long as it takes."""


class Verdict(StrEnum):
    """Why a message is refused."""

    UNSIGNED = "unsigned"
    UNKNOWN = "unknown"
    REMOVED = "removed"
    WRONG = "wrong"
    OLD = "old"
    NOT_FOR_OTHERS = "not-for-others"
    UNREADABLE = "unreadable"
    OTHER_PERSON = "other-person"
    NO_ROLE = "no-role"


class Ruling(NamedTuple):
    """Why a message is refused; ``need`` is the permission that its sender lacks."""

    verdict: Verdict
    need: Permission | None = None

    @property
    def code(self) -> str:
        """The ruling for a history."""
        return f"{self.verdict}.{self.need}" if self.need else str(self.verdict)

    @classmethod
    def of_code(cls, code: str) -> Self:
        """Return the ruling of a code."""
        verdict, _, need = code.partition(".")
        return cls(Verdict(verdict), Permission(need) if need else None)


def judge(
    message: Message, signature: Signature | None, workflow: type, operators: Operators, now: datetime
) -> Ruling | None:
    """Return why a message to a workflow is refused now, or None if it is not."""
    if signature is None:
        return Ruling(Verdict.UNSIGNED)
    if (why_not := _why_not_signer(message, signature, operators, now)) is not None:
        return Ruling(why_not)
    try:
        given = list(_fields(message.payloads))
    except (ValueError, RecursionError):
        return Ruling(Verdict.UNREADABLE)
    if any(named != signature.person for _, named in _people(given)):
        return Ruling(Verdict.OTHER_PERSON)
    name = START if message.kind == "start" else message.name
    needs = needed(workflow, name, [key for key, _ in given])
    holder = signature.person
    if signature.channel == CUSTOMER:
        needs, holder = [Permission.SERVICE], signature.operator
    need = next((need for need in needs if not operators.may(holder, need)), None)
    return None if need is None else Ruling(Verdict.NO_ROLE, need)


def _why_not_signer(message: Message, signature: Signature, operators: Operators, now: datetime) -> Verdict | None:
    signer = operators.entry(signature.operator)
    if signer is None or signer.public_key is None:
        return Verdict.UNKNOWN
    if not signer.is_valid(now):
        return Verdict.REMOVED
    if not is_right(signer.key, message, signature):
        return Verdict.WRONG
    if message.kind == "update" and abs(now.timestamp() - signature.at) > MAX_AGE.total_seconds():
        return Verdict.OLD
    return _why_not_for(signer, signature, operators, now) if signature.acts_for else None


def _why_not_for(signer: Operator, signature: Signature, operators: Operators, now: datetime) -> Verdict | None:
    person = operators.entry(signature.acts_for)
    if signature.channel not in signer.acts_for or (signature.channel == CUSTOMER and person is not None):
        return Verdict.NOT_FOR_OTHERS
    return Verdict.REMOVED if person is not None and not person.is_valid(now) else None


def _fields(payloads: Iterable[bytes]) -> Iterator[tuple[str, object]]:
    """Yield the fields of payloads that have a value, with those of a refusal that is told of.

    Each of several of one name: a parser may take any. Raises ``ValueError`` or ``RecursionError`` if one is no JSON.
    """
    for payload in payloads:
        pairs = PAIRS.decode(payload.decode()) if payload else None
        for pair in pairs if isinstance(pairs, list) else ():
            if isinstance(pair, tuple) and pair[1] is not None:
                yield pair
                if pair[0] == "refusal" and isinstance(pair[1], list):
                    yield from (each for each in pair[1] if isinstance(each, tuple))


def _people(fields: Iterable[tuple[str, object]]) -> Iterator[tuple[str, str]]:
    """Yield the fields that name somebody, with whom."""
    for field, value in fields:
        if field in PERSON_FIELDS:
            yield field, value if isinstance(value, str) else str(value)


WHY = {
    Verdict.UNSIGNED: "it is not signed: TCONSOLE_IDENTITY=signed takes messages of operators only, who have a key",
    Verdict.UNKNOWN: "it is signed by {signer}, of whom the operators file has no key",
    Verdict.REMOVED: "{person} was removed from the operators",
    Verdict.WRONG: "the signature of {signer} does not fit: it is of another message, or of another key",
    Verdict.OLD: "{signer} signed it more than {minutes} minutes from now; send it anew, or set the clock",
    Verdict.NOT_FOR_OTHERS: "the key of {signer} may not act for {person}",
    Verdict.UNREADABLE: "the payload is not JSON",
    Verdict.OTHER_PERSON: "{field}: it names {named}, and is signed by {person}",
    Verdict.NO_ROLE: "{person} has no role that may {need}",
}


def words_of(ruling: Ruling, message: Message, signature: Signature | None) -> str:
    """Return why a message is refused, in one line for people."""
    field, named = next(_others(message, signature), ("by", ""))
    return WHY[ruling.verdict].format(
        signer=printable(signature.operator, MAX_EXCERPT) if signature else "",
        person=printable(signature.person, MAX_EXCERPT) if signature else "",
        minutes=MAX_AGE // timedelta(minutes=1),
        field=field,
        named=printable(named, MAX_EXCERPT),
        need=WORDS[ruling.need] if ruling.need else "do that",
    )


def _others(message: Message, signature: Signature | None) -> Iterator[tuple[str, str]]:
    """Yield the fields that name somebody else than the signer."""
    with suppress(ValueError, RecursionError):
        for field, named in _people(_fields(message.payloads)):
            if signature is not None and named != signature.person:
                yield field, named
