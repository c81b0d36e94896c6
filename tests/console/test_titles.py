"""Refusals name fields as the form does."""

import pytest

from console.forms.titles import in_titles
from workflows.approvals.models import ApprovalRequest
from workflows.campaigns.models import CampaignRequest
from workflows.orders.models import OrderRequest


@pytest.mark.parametrize(
    ("model", "words", "titled"),
    [
        (OrderRequest, "lines.0.sku: unknown SKU A: did you mean B?", "line 1, SKU: unknown SKU A: did you mean B?"),
        (OrderRequest, "customer.name: too long; lines: too many", "customer, name: too long; lines: too many"),
        (OrderRequest, "the order is paid; it costs: nothing", "the order is paid; it costs: nothing"),
        (ApprovalRequest, "levels.0.approvers.1: nobody", "level 1, approver 2: nobody"),
        (CampaignRequest, "audience.name: no segment", "audience, segment: no segment"),
    ],
)
def test_a_refusal_names_fields_by_their_titles(
    model: type[OrderRequest | ApprovalRequest | CampaignRequest], words: str, titled: str
) -> None:
    assert in_titles(words, model) == titled
