"""What a vote is bound to: the version and the content of the request that its approver has read."""

from datetime import datetime
from typing import NamedTuple

from workflows.approvals.content import hash_of_content, in_words, joined
from workflows.approvals.models import ApprovalRequest, Difference, Refusals
from workflows.approvals.review.base import ReviewBase
from workflows.shared.refusals import Refusal


class Content(NamedTuple):
    """What approvers could read at some time: the version, and its first attachments."""

    version: int
    attachments: int


class ReviewContent(ReviewBase):
    """The content under review, and whether what somebody has read is still it."""

    def __init__(self, request: ApprovalRequest, now: datetime) -> None:
        super().__init__(request, now)
        self.contents: dict[str, Content] = {}
        """By hash, the latest last."""
        self._content_changed()

    @property
    def content_hash(self) -> str:
        """Hash of what an approver decides on."""
        return next(reversed(self.contents))

    def why_not_current(self, version: int | None, content_hash: str | None = None) -> Refusal | None:
        """Return ``StaleVersion``, with the differences, when something else was read than what is there now."""
        if version not in (None, self.version):
            words = f"version: the vote is on version {version}, the request is at version {self.version}"
            return self._stale(words, self._since(Content(version or 1, len(self.attachments))))
        if content_hash in (None, self.content_hash):
            return None
        read = self.contents.get(content_hash or "")
        if read is None:
            return self._stale("content_hash: it is not of this request", [])
        return self._stale("content_hash: the request has changed since it was read", self._since(read))

    def _content_changed(self) -> None:
        content_hash = hash_of_content(self.request, self.version, self.attachments)
        self.contents[content_hash] = Content(self.version, len(self.attachments))

    def _since(self, read: Content) -> list[Difference]:
        changed = joined([each.differences for each in self.versions if each.version >= read.version])
        added = self.attachments[read.attachments :]
        return [*changed, *(Difference(field="attachment", before=None, after=each.name) for each in added)]

    def _stale(self, words: str, found: list[Difference]) -> Refusal:
        details = {
            "version": self.version,
            "content_hash": self.content_hash,
            "differences": [each.model_dump(mode="json") for each in found],
        }
        told = f"{in_words(found)}; " if found else ""
        return Refusal(Refusals.STALE_VERSION, f"{words}: {told}read it again", details=(details,))
