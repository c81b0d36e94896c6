"""One request under review."""

from workflows.approvals.review.application import Applications
from workflows.approvals.review.base import OVERDUE
from workflows.approvals.review.deadlines import Deadlines
from workflows.approvals.review.refused import Refused
from workflows.approvals.review.votes import Votes
from workflows.approvals.review.words import WordsOfPeople
from workflows.shared.refused_signals import SIGNAL_REFUSED


class Review(Votes, WordsOfPeople, Deadlines, Refused, Applications):
    """Everything about a request, and every change to it."""

    @property
    def shown_attention(self) -> str | None:
        """Why a human must look, if one must."""
        late = OVERDUE if self.is_open and self.overdue else None
        return self.attention or late or (SIGNAL_REFUSED if self.asking_signals else None)
