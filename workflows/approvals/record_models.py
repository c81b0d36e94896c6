"""Payloads of the activities that write the store's record of a request."""

from pydantic import ConfigDict, Field

from workflows.approvals.applying import StepToApply
from workflows.approvals.level_models import LevelPlan, LevelToPlan
from workflows.approvals.models import ApprovalRequest
from workflows.approvals.slack.models import Notice, SlackSwitch
from workflows.shared.fields import Answer, UtcDatetime
from workflows.shared.items import ItemRecord


class CarriedRequest(Answer):
    """What a run hands on to the next one when it continues as new."""

    record: ItemRecord
    registered: bool
    """Whether search attributes may be written."""
    slack: SlackSwitch


class ApprovalStart(ApprovalRequest):
    """Input of a run: the request, and after continue-as-new what the run before hands on."""

    model_config = ConfigDict(title="ApprovalRequest")

    carried: CarriedRequest | None = None

    @property
    def request(self) -> ApprovalRequest:
        """The request alone."""
        return ApprovalRequest.model_construct(**{name: getattr(self, name) for name in ApprovalRequest.model_fields})


def continued(request: ApprovalRequest, carried: CarriedRequest) -> ApprovalStart:
    """Return the input of the next run."""
    return ApprovalStart(**dict(request), carried=carried)


class RequestToOpen(Answer):
    """Input of the activity ``open_request``."""

    request: ApprovalRequest
    began_at: UtcDatetime
    chain: str
    """First run ID of the workflow."""


class RequestToSave(Answer):
    """Input of the activity ``save_record``: the record, and what else is to be done in the same go."""

    item_id: str
    record: ItemRecord
    levels: list[LevelToPlan] = Field(default_factory=list)
    """Levels that have opened, to plan."""
    step: StepToApply | None = None
    """What the record's approval leads to, to try once."""
    notices: list[Notice] = Field(default_factory=list)
    """What people are to be told, since the last record."""


class AppliedInStore(Answer):
    """A step that was done, and is in the store's record."""

    words: str
    at: UtcDatetime
    saved: int
    """Length of the trail that the store has."""


class SavedRequest(Answer):
    """Answer of the activity ``save_record``. What is None could not be done, and is tried again by itself."""

    record: ItemRecord | None = None
    """The one that stands, if it is another than the one to save."""
    plans: list[LevelPlan] | None = None
    applied: AppliedInStore | None = None
    slack: SlackSwitch = "off"
    """Whether Slack is told."""
