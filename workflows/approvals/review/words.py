"""What people say: comments, questions and attachments."""

from datetime import datetime

from workflows.approvals.eligibility import why_not_change, why_not_vote
from workflows.approvals.models import Attachment, Comment, Question, Refusals
from workflows.approvals.review.base import MAX_COMMENTS
from workflows.approvals.review.content import ReviewContent
from workflows.approvals.updates import AddComment, Ask, Attach
from workflows.shared.refusals import Refusal, refuse

MAX_QUESTIONS = 20
MAX_ATTACHMENTS = 20


class WordsOfPeople(ReviewContent):
    """Words that decide nothing."""

    def why_not_comment(self, comment: AddComment) -> Refusal | None:
        """Return why the comment may not be added now; the directory must be asked for the author apart."""
        return self.why_not_settled() or why_not_change(self.chain) or self._why_no_comment(comment.text)

    def comment(self, comment: AddComment, now: datetime) -> None:
        """Add a comment; it answers the open questions to its author."""
        refuse(self.why_not_comment(comment))
        self.comments.append(Comment(author=comment.author, text=comment.text, at=now, source=comment.source))
        self._record(now, comment.author, "comment", comment.text)
        answered = [each for each in self.questions if each.of == comment.author and each.answered_at is None]
        if not answered:
            return
        self.questions = [
            each.model_copy(update={"answered_at": now}) if each in answered else each for each in self.questions
        ]
        askers = list(dict.fromkeys(each.by for each in answered))
        self._tell("answer", f"{comment.author} answers: {comment.text}", askers)

    def why_not_ask(self, ask: Ask, now: datetime) -> Refusal | None:
        """Return why the question may not be asked now; the directory must be asked for its receiver apart."""
        return (
            self.why_not_settled()
            or why_not_vote(self.chain, ask.approver, now)
            or self._why_not_of(ask)
            or self.why_no_move(ask.question)
        )

    def ask(self, ask: Ask, now: datetime) -> None:
        """Ask somebody a question."""
        refuse(self.why_not_ask(ask, now))
        self.moves += 1
        self.questions = [*self.questions, Question(by=ask.approver, of=ask.of, question=ask.question, at=now)]
        self._record(now, ask.approver, "ask", f"{ask.of}: {ask.question}")
        self._tell("ask", f"{ask.approver} asks you: {ask.question}", [ask.of])

    def why_not_attach(self, attach: Attach) -> Refusal | None:
        """Return why the attachment may not be added now."""
        return (
            self.why_not_settled()
            or why_not_change(self.chain)
            or self.why_not_attacher(attach.author)
            or self._why_not_new_file(attach)
            or self.why_no_move(attach.url + attach.name)
        )

    def attach(self, attach: Attach, now: datetime) -> None:
        """Add an attachment: the content that later votes are bound to is another one."""
        refuse(self.why_not_attach(attach))
        self.moves += 1
        self.attachments = [*self.attachments, Attachment(**attach.model_dump(), at=now)]
        self._content_changed()
        self._record(now, attach.author, "attach", f"{attach.name}, {attach.url}, SHA-256 {attach.sha256}")

    def _why_no_comment(self, text: str) -> Refusal | None:
        if len(self.comments) < MAX_COMMENTS:
            return self.why_no_room(text)
        words = f"text: the request has {MAX_COMMENTS} comments and takes no more"
        return Refusal(Refusals.INVALID_REQUEST, words)

    def _why_not_of(self, ask: Ask) -> Refusal | None:
        if ask.of == ask.approver:
            return Refusal(Refusals.INVALID_REQUEST, f"of: {ask.of} asks; name somebody else")
        if len(self.questions) >= MAX_QUESTIONS:
            words = f"question: the request has {MAX_QUESTIONS} questions and takes no more; comments are for all"
            return Refusal(Refusals.INVALID_REQUEST, words)
        return None

    def why_not_attacher(self, author: str) -> Refusal | None:
        """Return why somebody may not attach a file now: nothing may change below a vote that stands."""
        if not self.names(author):
            words = f"{author} neither made this request nor is an approver of it; a comment may have a link"
            return Refusal(Refusals.NOT_ELIGIBLE, words)
        if not self.chain.votes:
            return None
        voter = self.chain.votes[0].approver
        words = f"{voter} has voted on what was there; comment with the link, or send a new version in after a change"
        return Refusal(Refusals.ALREADY_DECIDED, words)

    def _why_not_new_file(self, attach: Attach) -> Refusal | None:
        if len(self.attachments) >= MAX_ATTACHMENTS:
            words = f"the request has {MAX_ATTACHMENTS} attachments and takes no more"
            return Refusal(Refusals.INVALID_REQUEST, words)
        if any((each.url, each.sha256) == (attach.url, attach.sha256) for each in self.attachments):
            return Refusal(Refusals.INVALID_REQUEST, f"url: {attach.url} is attached already, with that hash")
        return None
