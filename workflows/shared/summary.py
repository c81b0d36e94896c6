"""Summary of a workflow: its list row, published as search attributes and memo, so that a list costs one List call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

from pydantic import Field
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from workflows.shared.crowds import MAX_ATTRIBUTE_BYTES, fitting_people
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.visibility import ask_search_attributes_registered

ValueT = TypeVar("ValueT")

STAGE = SearchAttributeKey.for_keyword("BizStage")
OWNER = SearchAttributeKey.for_keyword("BizOwner")
DUE_AT = SearchAttributeKey.for_datetime("BizDueAt")
AMOUNT = SearchAttributeKey.for_int("BizAmount")
ATTENTION = SearchAttributeKey.for_keyword("BizAttention")
STAGE_SINCE = SearchAttributeKey.for_datetime("BizStageSince")
WAITING_FOR = SearchAttributeKey.for_keyword_list("BizWaitingFor")

ATTRIBUTES: dict[str, SearchAttributeKey[Any]] = {
    "stage": STAGE,
    "stage_since": STAGE_SINCE,
    "owner": OWNER,
    "due_at": DUE_AT,
    "amount": AMOUNT,
    "attention": ATTENTION,
    "waiting_for": WAITING_FOR,
}
"""Search attributes by field of the summary. The namespace must know all of them."""

MEMO_TITLE = "title"
MEMO_CURRENCY = "currency"
MEMO_NOTE = "note"
MEMO_EXTRA = "extra"

MAX_MEMO_BYTES = 600
"""Of a memo text. Three of them stay below the 2 KB at which Temporal warns."""

Extra = dict[str, int | str]
"""Values of a system's own columns by name; far below the memo's 2 KB."""
Memo = dict[str, str | Extra | None]


def _cut(text: str) -> str:
    return text.encode(errors="replace")[:MAX_MEMO_BYTES].decode(errors="ignore")


def memo_of(title: str, currency: str | None, note: str, extra: Extra | None = None) -> Memo:
    """Return the memo of a workflow."""
    return {
        MEMO_TITLE: _cut(title),
        MEMO_CURRENCY: currency,
        MEMO_NOTE: _cut(note) or None,
        MEMO_EXTRA: extra or None,
    }


class Summary(Answer):
    """List row of one workflow; also the answer of the query ``get_summary``."""

    title: str = Field(description="one short human line (memo `title`)")
    stage: str = Field(description="the workflow's current status (BizStage)")
    stage_since: UtcDatetime = Field(description="when it entered that stage (BizStageSince)")
    owner: str = Field(description="whose it is: the customer, the requester, the user (BizOwner)")
    due_at: UtcDatetime | None = Field(default=None, description="when the stage must be decided (BizDueAt)")
    amount: int | None = Field(default=None, description="amount in minor units of `currency` (BizAmount)")
    currency: str | None = Field(default=None, description="ISO 4217 code of `amount` (memo `currency`)")
    attention: str | None = Field(default=None, description="short code for why a human must look (BizAttention)")
    waiting_for: list[str] = Field(default_factory=list, description="people who must act now (BizWaitingFor)")
    note: str = Field(default="", description="a second short line, such as progress or the open level (memo `note`)")
    extra: Extra = Field(default_factory=dict, description="values of the system's own columns (memo `extra`)")


class SummaryPublisher:
    """Publishes what changed in the summary of the running workflow.

    Nothing is published before :meth:`open`, or :meth:`begin`, has learnt from an activity whether the namespace knows
    the search attributes: a replay must upsert what the run did.
    """

    def __init__(self) -> None:
        self._attributes: bool | None = None
        self._latest: Summary | None = None
        self._published: Summary | None = None
        self._begun_with: Mapping[str, Payload] = {}

    @property
    def is_open(self) -> bool:
        """Whether it publishes."""
        return self._attributes is not None

    @property
    def registered(self) -> bool:
        """Whether it may write search attributes; not before it is open."""
        return bool(self._attributes)

    async def open(self) -> None:
        """Ask whether search attributes may be written, then publish the latest summary."""
        self.begin(registered=await ask_search_attributes_registered())

    def begin(
        self,
        *,
        registered: bool,
        memo: Mapping[str, Payload] | None = None,
        attributes: TypedSearchAttributes | None = None,
    ) -> None:
        """Publish the latest summary; ``registered`` is whether search attributes may be written.

        ``memo`` and ``attributes`` are those of the start; what is right in them is not written again.
        """
        self._attributes = registered
        self._begun_with = memo or {}
        # Not TypedSearchAttributes.empty: the SDK writes upserts into the object that it was given, for all workflows.
        self._begun_attributes = attributes or TypedSearchAttributes([])
        if self._latest is not None:
            self.publish(self._latest)

    def publish(self, summary: Summary) -> None:
        """Write what differs from the published summary."""
        self._latest = summary
        if self._attributes is None or summary == self._published:
            return
        if self._attributes:
            updates = self._attribute_updates(summary)
            if updates:
                workflow.upsert_search_attributes(updates)
        memo = self._memo_updates(summary)
        if memo:
            workflow.upsert_memo(memo)
        self._published = summary.model_copy(deep=True)

    def _attribute_updates(self, summary: Summary) -> list[SearchAttributeUpdate[Any]]:
        updates, before = [], self._published
        # After continue-as-new a run inherits attributes: those that are empty now must be unset.
        inherits = workflow.info().continued_run_id is not None
        for name, key in ATTRIBUTES.items():
            value = getattr(summary, name)
            is_empty = value in (None, [])
            if before is None:
                differs = inherits if is_empty else self._begun_attributes.get(key) != fitting(value)
            else:
                differs = value != getattr(before, name)
            if differs:
                updates.append(key.value_unset() if is_empty else key.value_set(fitting(value)))
        return updates

    def _memo_updates(self, summary: Summary) -> Memo:
        after = _memo(summary)
        if self._published is not None:
            before = _memo(self._published)
            return {key: value for key, value in after.items() if value != before[key]}
        convert, begun_with = workflow.payload_converter().to_payload, self._begun_with
        return {
            key: value
            for key, value in after.items()
            if begun_with.get(key) != (None if value is None else convert(value))
        }


def _memo(summary: Summary) -> Memo:
    return memo_of(summary.title, summary.currency, summary.note, summary.extra)


@dataclass(frozen=True)
class StartRow:
    """The list row of a workflow as its start has it; the workflow then writes nothing that is right already."""

    memo: Memo
    attributes: TypedSearchAttributes | None

    @classmethod
    def of(cls, summary: Summary, *, registered: bool) -> Self:
        """Return it; ``registered`` is whether the namespace knows the search attributes."""
        values = ((key, getattr(summary, name)) for name, key in ATTRIBUTES.items())
        pairs = [SearchAttributePair(key, fitting(value)) for key, value in values if value not in (None, [])]
        memo: Memo = {key: value for key, value in _memo(summary).items() if value is not None}
        return cls(memo, TypedSearchAttributes(pairs) if registered else None)


def fitting(value: ValueT) -> ValueT:
    """Return what a search attribute holds of people, or of the characters of a text."""
    if isinstance(value, list):
        return cast("ValueT", fitting_people(value))
    kept: Any = value
    while isinstance(kept, str) and len(json.dumps(kept)) > MAX_ATTRIBUTE_BYTES:
        kept = kept[:-1]
    return cast("ValueT", kept)
